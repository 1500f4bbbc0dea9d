"""A webhook: rows are posted in batches, and posted again until they are taken."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import Field

from sandbox import registry
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.outlets import Errand, Outlet, OutletPart

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NAMES_A_SECRET = re.compile(
    r"token|secret|passw|credential|signature|^(api[_-]?)?key$|^sig$|^code$|^auth", re.IGNORECASE
)
_NAMES_A_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


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
    query: tuple[tuple[str, str], ...] = ()
    """The URL's own query: what is no field of these; `${VARIABLE}` in a value is read when it is posted."""

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

    @classmethod
    def own_query(cls, query: str) -> tuple[tuple[str, str], ...]:
        """What is no field of ours, unless it is nearly one, and what names a variable: `token=${HOOK_TOKEN}`."""
        own = []
        for name, text in parse_qsl(query, keep_blank_values=True):
            is_bearer = name == "token" and (_NAMES_A_VARIABLE.fullmatch(text) or text in os.environ)
            if _VARIABLE.search(text):
                own.append((name, text))
            elif _NAMES_A_SECRET.search(name) and not is_bearer:
                raise ValueError(
                    f"'{name}' holds a secret, and an address is told and kept; let it name an environment variable, "
                    f"in single quotes for the shell: '{name}=${{VARIABLE}}'."
                )
            elif name not in cls.model_fields and "Did you mean" not in did_you_mean(name, cls.model_fields):
                own.append((name, text))
        return tuple(own)

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

        headers = {"Content-Type": "application/json" if self.format == "json" else "application/x-ndjson"}
        names = [*([self.token] if self.token else []), *_VARIABLE.findall(" ".join(text for _, text in self.query))]
        secrets = {name: self._secret(name) for name in names}
        if self.token:
            headers["Authorization"] = f"Bearer {secrets[self.token]}"
        own = [(name, _VARIABLE.sub(lambda found: secrets[found[1]], text)) for name, text in self.query]
        posted = f"{self.url}?{urlencode(own)}" if own else self.url
        return Webhook(self, errand, posted, headers, tuple(secrets.values()))

    def _secret(self, variable: str) -> str:
        """What a variable holds, if it may travel there."""
        secret = os.environ.get(variable)
        if not secret:
            raise InputError(f"{self.url}: the environment variable {variable}, which is to hold a token, is not set.")
        parts = urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise InputError(f"{self.url}: a token travels by https only; this address is http.")
        return secret
