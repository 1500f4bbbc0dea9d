"""A schema registry that keeps to the published HTTP interface: subjects, versions, ids, compatibility, error codes.

It holds Avro in memory, in threads of the process that runs the tests. What it was asked is in `asked`, so that a test
can tell a cached answer from a new question.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.servers.schemas import RefusedError, Schemas

_MEDIA = "application/vnd.schemaregistry.v1+json"


class SchemaRegistry:
    """A registry at a free port of the loopback; with a `login` ("name:password") it lets in nobody else."""

    def __init__(self, login: str | None = None) -> None:
        self.login = login
        self.schemas = Schemas()
        self.asked: list[str] = []
        self.failures: list[int] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def address(self) -> str:
        """The URL that clients are given."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """No client reads any."""
        return {}

    def fail_next(self, *codes: int) -> None:
        """Answer the next questions with these HTTP codes instead."""
        self.failures += codes

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, body: Any, login: str | None) -> Any:
        """What a question is answered with. Raises RefusedError."""
        self.asked.append(f"{method} {path}")
        if self.failures:
            raise RefusedError(self.failures.pop(0), 50001, "Error in the backend data store")
        if self.login is not None and login != self.login:
            raise RefusedError(401, 401, "Unauthorized")
        where, _, query = path.partition("?")
        for verb, pattern, called in self.schemas.routes():
            found = re.fullmatch(pattern, where)
            if verb == method and found:
                return called(*found.groups(), *([body] if method in ("POST", "PUT") else []), query)
        raise RefusedError(404, 404, "HTTP 404 Not Found")


def _handler(registry: SchemaRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PUT(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def _answer(self) -> None:
            told = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind, _, secret = (self.headers.get("Authorization") or "").partition(" ")
            login = base64.b64decode(secret).decode() if kind == "Basic" else None
            try:
                code, answer = 200, registry.answer(self.command, self.path, json.loads(told or b"null"), login)
            except RefusedError as refused:
                code, answer = refused.code, {"error_code": refused.error_code, "message": refused.message}
            written = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", _MEDIA)
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    return Handler
