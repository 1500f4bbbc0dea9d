"""Streams of behaviour: customers come, walk through their visits and choose, all at once as arrays."""
