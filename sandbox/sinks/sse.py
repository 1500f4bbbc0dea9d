"""Server-sent events: rows for a page in a browser of this machine to listen to, with nothing but `EventSource`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field

from sandbox.scenario.outlets import Errand, Outlet, OutletPart

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ServerSentEvents(OutletPart):
    """Serves `http://HOST:PORT/PATH` while rows are sent: `sse://127.0.0.1:8900/events`.

    Each row is an event with an id, by which a listener that was cut off goes on. Pages of this machine may listen,
    whatever their port, and nobody else. Listeners never say what they have, so acknowledged is what was written to all
    of them.
    """

    lasts: ClassVar[bool] = False
    refuses: ClassVar[bool] = False

    host: Literal["127.0.0.1", "localhost", "::1"] = "127.0.0.1"
    """An address of this machine."""
    port: int = Field(ge=0, le=65_535)
    """Where to listen; 0: whichever is free."""
    path: str = Field(default="/", pattern=r"^/[^\s?#]*$")
    """Of the URL."""
    envelope: bool = False
    """Whether each object has the envelope (event id, arrival …) as its last key, `_sandbox`."""
    listeners: int = Field(default=1, ge=0, le=1000)
    """How many must listen before the first row is sent; with 0, rows go by whether somebody listens or not."""
    keep: int = Field(default=10_000, ge=1, le=10_000_000)
    """So many rows are kept for listeners that come back with the id of the last one they have."""
    slow: Literal["wait", "drop"] = "wait"
    """A listener that is further behind than rows are kept: it is waited for (until patience ends), or cut off."""

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, Any]:
        """`//HOST:PORT/PATH`."""
        try:
            parts = urlsplit(f"http:{location}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not location.startswith("//") or host is None or port is None:
            raise ValueError("names no port; write sse://127.0.0.1:PORT/PATH.")
        if host not in LOOPBACK:
            raise ValueError(f"serves this machine alone, and {host} is another address; write 127.0.0.1.")
        return {"host": host, "port": port, "path": parts.path or "/"}

    def takes_json(self) -> bool:
        """They are what is sent."""
        return True

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The port that is opened."""
        return {"host": [f"http://{self.host}:{self.port}{self.path}"]}

    def connect(self, errand: Errand) -> Outlet:
        """Begin to serve; of a port that is free (0) it is told which. Raises OutsideError: the port is taken."""
        from sandbox.sinks.sse_server import serving

        served = serving(self, errand)
        if self.port == 0:
            sys.stderr.write(f"{errand.name}: listen at {served.url}\n")
            sys.stderr.flush()
        return served
