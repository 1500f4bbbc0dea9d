"""A webhook: rows are posted in batches, and posted again until they are taken."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field

from sandbox import registry
from sandbox.errors import InputError
from sandbox.scenario.outlets import Errand, Outlet, OutletPart

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class HttpWebhook(OutletPart):
    """POST to a URL: `http://localhost:8080/events?batch=500`."""

    needs: ClassVar[str | None] = "http"

    url: str = Field(min_length=1, max_length=4096)
    """Where to; without a user, and without options of its own."""
    batch: int = Field(default=500, ge=1, le=100_000)
    """Rows of one request at most."""
    format: Literal["json", "jsonl"] = "json"
    """The body: a JSON array of objects, or one object a line."""
    envelope: bool = False
    """Whether each object has the envelope (event id, arrival …) as its last key, `_sandbox`."""
    timeout: float = Field(default=10.0, gt=0, le=3600)
    """Seconds to wait for a connection, and for an answer."""
    token: str | None = Field(default=None, pattern=r"[A-Za-z_][A-Za-z0-9_]*")
    """The environment variable that holds a bearer token."""

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, str]:
        """`//host/path`, or the same behind `https:`."""
        url = location if location.startswith("https:") else f"http:{location}"
        parts = urlsplit(url)
        if not location.removeprefix("https:").startswith("//") or not parts.hostname:
            raise ValueError("names no host; write http://HOST:PORT/PATH.")
        if "@" in parts.netloc:
            raise ValueError("holds a user; give a token instead, by the name of its variable: ?token=VARIABLE.")
        return {"url": url}

    def takes_json(self) -> bool:
        """They are what is sent."""
        return True

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The host and its path."""
        return {"host": [self.url]}

    def connect(self, errand: Errand) -> Outlet:
        """Nothing is sent before there are rows: whether somebody answers is seen then."""
        registry.from_extra("urllib3", "http")
        from sandbox.sinks.http_posts import Webhook

        return Webhook(self, errand, self._headers())

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json" if self.format == "json" else "application/x-ndjson"}
        if self.token is None:
            return headers
        secret = os.environ.get(self.token)
        if not secret:
            raise InputError(
                f"{self.url}: the environment variable {self.token}, which is to hold a token, is not set."
            )
        parts = urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise InputError(f"{self.url}: a token travels by https only; this address is http.")
        return {**headers, "Authorization": f"Bearer {secret}"}
