"""Who may call, and what a rehearsal does to calls on purpose: keys, origins, hosts, latency and errors."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from sandbox.serve.calling import JSON, Answer, Call, in_json

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ORIGINS = r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?"
"""Pages of this machine, whatever their port."""
_CREDENTIAL = re.compile(rb"Credential=([^/,\s]+)/")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is done to calls, so that a client shows what it does about it."""

    latency_s: float = 0.0
    error_rate: float = 0.0
    """Share of calls that fail as an overloaded service does."""

    async def __call__(self) -> Answer | None:
        """Wait; and the failure, where this call is one of those that fail."""
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if self.error_rate and random.random() < self.error_rate:
            found = in_json(
                {"__type": "ThrottlingException", "message": "Rate exceeded: --error-rate asks for it."}, 429
            )
            found.headers = [JSON, (b"x-amzn-ErrorType", b"ThrottlingException")]
            return found
        return None


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses calls that are not for us."""

    key: str | None = None
    """The access key that a signature must name; None: any, or none. Signatures themselves are not checked."""
    is_loopback: bool = True
    """Whether we listen to this machine alone: then a name that only seems to be ours is refused too."""

    def __call__(self, call: Call) -> Answer | None:
        """The refusal; None for a call that may go on."""
        origin = call.headers.get(b"origin")
        if origin is not None and not _may_ask(origin.decode("latin-1"), call.headers.get(b"host", b"")):
            return in_json({"message": "only pages of this machine may call."}, 403)
        if self.is_loopback and b"host" in call.headers and not _is_here(call.headers[b"host"]):
            return in_json({"message": "this server is called 127.0.0.1, localhost or ::1."}, 421)
        if self.key is not None and not self._has_key(call):
            found = in_json({"__type": "UnrecognizedClientException", "message": "The security token is invalid."}, 403)
            found.headers = [JSON, (b"x-amzn-ErrorType", b"UnrecognizedClientException")]
            return found
        return None

    def _has_key(self, call: Call) -> bool:
        named = _CREDENTIAL.search(call.headers.get(b"authorization", b""))
        given = call.headers.get(b"x-api-key") if named is None else named[1]
        return given is not None and self.key is not None and given == self.key.encode()


@lru_cache(maxsize=64)
def _may_ask(origin: str, host: bytes) -> bool:
    """Whether a page is one of this machine, or came from this very server, under whatever name."""
    return re.fullmatch(ORIGINS, origin) is not None or origin.partition("://")[2] == host.decode("latin-1")


@lru_cache(maxsize=64)
def _is_here(host: bytes) -> bool:
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname in LOOPBACK
    except ValueError:
        return False
