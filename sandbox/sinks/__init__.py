"""Where rows go: one file a kind, each a `SinkPart` under the entry point group `sandbox.sinks`."""
