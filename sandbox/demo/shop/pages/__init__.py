"""The files of the page: plain HTML, CSS and JavaScript, as they are sent."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache
def asset(name: str) -> str:
    """A file of the page, as text."""
    return files("sandbox.demo.shop.pages").joinpath(name).read_text(encoding="utf-8")
