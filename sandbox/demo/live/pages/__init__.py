"""The files of the live page: plain HTML, CSS and JavaScript, as they are sent."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

ASSETS = {
    "live.css": "text/css",
    "drawing.js": "text/javascript",
    "charts.js": "text/javascript",
    "panels.js": "text/javascript",
    "review.js": "text/javascript",
    "live.js": "text/javascript",
}
"""What the page loads, and of which type each is."""


@lru_cache
def asset(name: str) -> bytes:
    """A file of the page, as it is sent."""
    return files("sandbox.demo.live.pages").joinpath(name).read_bytes()
