"""Blueprints and what they build: a pure room, Arrow tables in and frozen dataclasses out."""
