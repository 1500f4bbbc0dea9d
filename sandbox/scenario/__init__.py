"""The scenario language: reading it with places, its models, binding it, and the plan that comes of it."""
