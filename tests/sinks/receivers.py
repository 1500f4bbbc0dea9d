"""A webhook's receiver that does as it is told: it takes rows, turns them away, hangs or breaks off."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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
    connections: int = 0

    def __enter__(self) -> Receiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

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
                word = receiver.script.pop(0) if receiver.script else 200
                if word == 200 and body.count(b'"n":') > receiver.most_rows:
                    word = 413
                if word in (200, "lost"):
                    receiver.bodies.append(body)
                if word == "hang":
                    receiver.hung.wait(10)
                if word in ("hang", "reset", "lost"):
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                    self.close_connection = True
                    return
                self.send_response(word)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer.encode())

            def log_message(self, *_: Any) -> None:
                pass

            def finish(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    super().finish()

        self.hung = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hung.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows that were taken, once for each time."""
        return [row for body in self.bodies for row in json.loads(body)]
