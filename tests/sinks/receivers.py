"""A webhook's receiver that does as it is told: it takes rows, turns them away, hangs or breaks off."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.sinks.rude_http import RudeHandler, RudeServer


@dataclass
class Receiver:
    """Answers each request by the next word of its script (a status, `hang`, `reset`, `lost`), and 200 when it ends.

    `lost` takes the rows and breaks off before it says so.
    """

    script: list[Any] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    most_rows: int = 10**9
    bodies: list[bytes] = field(default_factory=list)
    """Of the requests that were taken."""
    keys: list[str] = field(default_factory=list)
    """Of all requests, in their order."""
    seen: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Receiver:
        receiver = self

        class Handler(RudeHandler):
            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # whoever posted was killed on the way: nothing was asked
                    self.close_connection = True
                    return
                receiver.keys.append(self.headers["Idempotency-Key"])
                receiver.seen.append(dict(self.headers))
                receiver.paths.append(self.path)
                word = receiver.script.pop(0) if receiver.script else 200
                if word == 200 and body.count(b'"n":') > receiver.most_rows:
                    word = 413
                if word in (200, "lost"):
                    receiver.bodies.append(body)
                if word == "hang":
                    receiver.hung.wait(10)
                if word in ("hang", "reset", "lost"):
                    self.break_off()
                else:
                    self.answer(word, receiver.headers, receiver.answer.encode())

        self.hung = threading.Event()
        self._server = RudeServer(Handler)
        return self

    def __exit__(self, *_: object) -> None:
        self.hung.set()
        self._server.close()

    @property
    def address(self) -> str:
        return f"{self._server.url}/hook"

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows that were taken, once for each time."""
        return [row for body in self.bodies for row in json.loads(body)]
