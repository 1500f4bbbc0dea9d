"""A plugin of sandbox: one part of each kind, and a check of its own for column generators."""
