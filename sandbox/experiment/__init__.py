"""Experiments: who gets which arm, what came of it, how sure that is, and what it is worth. Pure."""
