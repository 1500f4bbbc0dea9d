"""Proposals of how values arise where only a schema is known: by type, name, pattern, enum and hints of a format."""
