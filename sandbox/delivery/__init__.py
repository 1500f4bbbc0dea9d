"""Delivery: how events come from where they happen to where they land, late, twice, out of order or not at all."""
