"""Rehearse an ML product before its data arrives: see `sandbox/README.md` for the map of the house."""
