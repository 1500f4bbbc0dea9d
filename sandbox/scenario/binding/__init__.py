"""Binding: what a scenario's parts mean together. It turns a `Scenario` into a `Plan`, or tells every problem."""

from sandbox.scenario.binding.scenario import bind

__all__ = ["bind"]
