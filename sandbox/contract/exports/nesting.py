"""Nested types as formats have them whose maps have texts for keys."""

from __future__ import annotations

from sandbox.contract.types import Part, Type


def with_text_keys(key: Part, value: Part) -> Type:
    """A map from text; from anything else a list of pairs, which holds the same."""
    if key.type.is_text:
        return Type("map", parts=(Part("key", Type("string")), value))
    return Type("list", parts=(Part("element", Type("struct", parts=(key, value))),))
