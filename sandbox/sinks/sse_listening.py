"""Who listens to server-sent events, over HTTP: a thread each, which is given the log at its own pace."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from sandbox.sinks.sse import LOOPBACK, ServerSentEvents
from sandbox.sinks.sse_log import Listener, Log
from sandbox.sinks.sse_page import page_of

HEARTBEAT_S = 15.0
_COME_BACK_MS = 1000


class Server(ThreadingHTTPServer):
    """Knows the log, and the connections of those who listen."""

    daemon_threads = True

    def __init__(self, config: ServerSentEvents, errand: str, log: Log) -> None:
        self.config, self.errand, self.log = config, errand, log
        self.connections: dict[Listener, socket.socket] = {}
        if ":" in config.host:
            self.address_family = socket.AF_INET6
        super().__init__((config.host, config.port), _Listening)

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


class _Listening(BaseHTTPRequestHandler):
    """One listener, from its request to its end."""

    server: Server

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
