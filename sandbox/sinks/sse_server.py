"""Serve server-sent events on the loopback: a thread a listener, each of which is given the log at its own pace."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account, Errand, Faults, Refusal
from sandbox.sinks.damage import damaged
from sandbox.sinks.json_rows import json_rows
from sandbox.sinks.pieces import slices
from sandbox.sinks.sse import LOOPBACK, ServerSentEvents
from sandbox.sinks.sse_log import Chunk, Listener, Log
from sandbox.sinks.sse_page import page_of

HEARTBEAT_S = 15.0
_ROWS_AT_ONCE = 1024
_COME_BACK_MS = 1000
_OVERSIZED_BYTES = 1 << 20
_BINARY = pa.binary()


def serving(config: ServerSentEvents, errand: Errand) -> Served:
    """Begin to serve. Raises OutsideError: the port is taken."""
    log = Log(config.keep)
    try:
        server = _Server(config, errand.name, log)
    except OSError as error:
        raise OutsideError(f"sse://{config.host}:{config.port}: {error.strerror}; choose another port.") from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    return Served(config, errand, log, server, thread)


@dataclass(slots=True)
class Served:
    """Events that are served while rows are sent."""

    config: ServerSentEvents
    errand: Errand
    log: Log
    server: _Server
    _thread: threading.Thread
    _closed: bool = field(default=False)

    @property
    def url(self) -> str:
        """Where to listen."""
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        return f"http://{host}:{self.server.server_port}{self.config.path}"

    def send(self, batch: pa.RecordBatch, faults: Faults | None = None) -> None:
        """Give rows to all who listen; waits for those who are too far behind."""
        at = 0
        for part in slices(batch):
            for first in range(0, part.num_rows, min(_ROWS_AT_ONCE, self.config.keep)):
                rows = part.slice(first, min(_ROWS_AT_ONCE, self.config.keep))
                wrong = None if faults is None else faults[at : at + rows.num_rows]
                self._wait_for_room(rows.num_rows)
                self.log.add(Chunk.of(self.log.next, self._frames(rows, wrong)))
                at += rows.num_rows

    def account(self) -> Account:
        """Acknowledged is what was written to all who listen."""
        with self.log.changed:
            heard = self.log.heard
            return Account(self.log.next, heard, settled=heard)

    def refusals(self) -> Sequence[Refusal]:
        """There are none."""
        return ()

    def flush(self) -> None:
        """Wait until everything is written to all who listen. Raises OutsideError: nobody listens any more."""
        if self.config.listeners and self.log.next:
            self._wait(lambda: bool(self.log.listeners), f"nobody listens any more at {self.url}")
        self._wait(lambda: self.log.heard >= self.log.next, None)

    def held(self) -> None:
        """Nothing is kept."""
        return

    def close(self) -> None:
        """Tell those who listen that it is over, and serve no more."""
        if self._closed:
            return
        self._closed = True
        with self.log.changed:
            self.log.ended = True
            self.log.changed.notify_all()
        self._wait(lambda: not self.log.listeners, None, 2.0)
        self.server.drop_all()
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def _frames(self, rows: pa.RecordBatch, wrong: Faults | None) -> pa.Array:
        numbers = pa.array(np.arange(self.log.next, self.log.next + rows.num_rows)).cast(pa.string())
        texts = json_rows(rows, self.config.envelope)
        pieces = [f"id: {self.errand.name}:", numbers, "\ndata: ", texts, "\n\n"]
        if wrong is None or not wrong.any():
            return pc.binary_join_element_wise(*pieces, "")
        pieces[3] = damaged(texts, wrong, _OVERSIZED_BYTES).cast(_BINARY)
        octets = [
            pa.scalar(piece.encode(), _BINARY) if isinstance(piece, str) else piece.cast(_BINARY) for piece in pieces
        ]
        return pc.binary_join_element_wise(*octets, pa.scalar(b"", _BINARY))

    def _wait_for_room(self, rows: int) -> None:
        """Wait until enough listen, and none of them would lose what it was not given yet."""
        log = self.log
        if not log.next and self.config.listeners:
            enough = self.config.listeners
            self._wait(lambda: len(log.listeners) >= enough, f"nobody listens at {self.url}; open it, or ?listeners=0")
        elif self.config.listeners and self.config.slow == "wait":
            self._wait(lambda: bool(log.listeners), f"nobody listens any more at {self.url}")
        limit = log.next + rows - self.config.keep
        if self.config.slow == "drop":
            self._drop([listener for listener in log.listeners if listener.position < limit])
        else:
            self._wait(lambda: log.heard >= limit, None)

    def _wait(self, condition: Callable[[], bool], otherwise: str | None, patience_s: float | None = None) -> None:
        """Wait for a condition. Who hinders it and takes nothing until patience ends is cut off, or it is an error."""
        patience = self.errand.patience_s if patience_s is None else patience_s
        end = time.monotonic() + patience
        while True:
            with self.log.changed:
                if condition():
                    return
                self.log.changed.wait(0.2)
                if condition():
                    return
                now = time.monotonic()
                idle = [each for each in self.log.listeners if now - each.heard_s > patience]
                behind = [each for each in idle if each.position < self.log.next]
            if otherwise is None:
                self._drop(behind)
                if patience_s is not None and now > end:
                    return
            elif now > end:
                raise OutsideError(f"{otherwise}.")

    def _drop(self, listeners: Sequence[Listener]) -> None:
        for listener in listeners:
            listener.dropped = True
            self.server.drop(listener)


class _Server(ThreadingHTTPServer):
    """Knows the log, and the connections of those who listen."""

    daemon_threads = True

    def __init__(self, config: ServerSentEvents, errand: str, log: Log) -> None:
        self.config, self.errand, self.log = config, errand, log
        self.connections: dict[Listener, socket.socket] = {}
        if ":" in config.host:
            self.address_family = socket.AF_INET6
        super().__init__((config.host, config.port), _Handler)

    def drop(self, listener: Listener) -> None:
        """Cut somebody off, in the middle of a write too."""
        connection = self.connections.get(listener)
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def drop_all(self) -> None:
        """Cut everybody off."""
        for listener in list(self.connections):
            self.drop(listener)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A listener that went away is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    """One listener, from its request to its end."""

    server: _Server

    def do_GET(self) -> None:
        """Give it the events from where it was, or from the oldest that is kept; a browser itself, a page of them."""
        path, served = urlsplit(self.path).path, self.server.config.path
        if not _is_of_this_machine(self.headers):
            self.send_error(403, "Only pages of this machine may listen")
        elif path in ("/", served) and "text/html" in self.headers.get("Accept", ""):
            self._show(page_of(served))
        elif path != served:
            self.send_error(404, explain=f"Events are served at {served}")
        else:
            self._begin()
            with contextlib.suppress(OSError):
                self._serve()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written about who listens."""

    def _show(self, page: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page)

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        origin = self.headers.get("Origin")
        if origin:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Vary", "Origin")
        self.end_headers()
        self.wfile.write(f"retry: {_COME_BACK_MS}\n\n".encode())

    def _serve(self) -> None:
        log = self.server.log
        wanted = self._wanted()
        with log.changed:
            begin = min(max(wanted, log.oldest), log.next)
            listener = log.join(begin)
        self.server.connections[listener] = self.connection
        try:
            if begin > wanted:
                self._tell("gap", {"missed": begin - wanted})
            written = time.monotonic()
            while not listener.dropped:
                news = log.wait_for_news(listener)
                if news is not None:
                    self.wfile.write(news[0])
                    log.took(listener, news[1])
                    written = time.monotonic()
                elif log.ended:
                    self._tell("end", {"rows": log.next})
                    return
                elif _has_left(self.connection):
                    return
                elif time.monotonic() - written > HEARTBEAT_S:
                    self.wfile.write(b": still here\n\n")
                    written = time.monotonic()
        finally:
            self.server.connections.pop(listener, None)
            log.leave(listener)

    def _wanted(self) -> int:
        """The event behind the last one that it has; whoever has none of this errand begins with the oldest."""
        errand, _, number = (self.headers.get("Last-Event-ID") or "").rpartition(":")
        known = errand == self.server.errand and number.isdigit()
        return int(number) + 1 if known else self.server.log.oldest

    def _tell(self, event: str, data: dict[str, int]) -> None:
        self.wfile.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())


def _is_of_this_machine(headers: Any) -> bool:
    """Whether a request names this machine, and comes from a page of it or from no page: no other site reads along."""
    host = urlsplit(f"//{headers.get('Host', '')}").hostname
    origin = headers.get("Origin")
    return host in LOOPBACK and (origin is None or urlsplit(origin).hostname in LOOPBACK)


def _has_left(connection: socket.socket) -> bool:
    """Whether the other side closed the connection; it has nothing else to say."""
    connection.setblocking(False)
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.setblocking(True)
