"""A plugin of sandbox: one part of each kind."""
