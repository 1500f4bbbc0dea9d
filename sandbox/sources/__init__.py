"""Where rows come from: simulated worlds, files and databases, all behind one contract."""

from sandbox.sources.opening import is_real, open_source, open_sources, origin, touches

__all__ = ["is_real", "open_source", "open_sources", "origin", "touches"]
