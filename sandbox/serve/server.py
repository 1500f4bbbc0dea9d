"""Listen on an address and serve an app there until somebody breaks off."""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from sandbox.errors import OutsideError
from sandbox.registry import from_extra

STOPPED_WITHIN_S = 5
"""How long calls under way may take when it is over."""
HEADERS_S = 10.0
"""How long a client may take for the headers of a request."""
KEPT_OPEN_S = 60
"""How long a connection may be idle between two."""
MOST_CONNECTIONS = 1_000
"""At once; whoever comes then is told 503."""
_EVERYWHERE = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}
"""All addresses of a machine, and one elsewhere that belongs to nobody (RFC 5737, RFC 3849)."""


def listen(host: str, port: int) -> socket.socket:
    """Take an address. Raises OutsideError: it is not ours, or taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(1024)
    except OSError as error:
        found.close()
        raise OutsideError(f"{host}:{port}: {error.strerror or error}; choose another --port or --host.") from None
    return found


def url_of(listening: socket.socket) -> str:
    """Where it is to be reached; of all addresses of the machine, by the one that others reach it by."""
    host, port = listening.getsockname()[:2]
    if host in _EVERYWHERE:
        host = _own_address(listening.family, _EVERYWHERE[host])
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _own_address(family: int, elsewhere: str) -> str:
    """The address by which this machine would speak to others; the loopback where it has no network."""
    with socket.socket(family, socket.SOCK_DGRAM) as speaking, contextlib.suppress(OSError):
        speaking.connect((elsewhere, 9))  # sends nothing: it only asks for the way
        return str(speaking.getsockname()[0])
    return "::1" if family == socket.AF_INET6 else "127.0.0.1"


class Serving(Protocol):
    """A server that is about to run."""

    ready: Callable[[], None]
    """Called when it answers."""
    leaving: Callable[[], None]
    """Called when it is about to end: whoever holds connections open lets go of them."""

    def run(self) -> None:
        """Serve until SIGINT, SIGTERM or `stop`; calls under way are answered before it returns."""

    def stop(self) -> None:
        """Let it end, from any thread."""


def serving(app: Any, listening: socket.socket) -> Serving:
    """A server of an app on an address. Raises InputError: the extra `serve` is not installed."""
    uvicorn = from_extra("uvicorn", "serve")

    class Server(uvicorn.Server):  # type: ignore[misc, name-defined]
        """Ends at a signal without raising it again: to break off is how a server ends."""

        ready = leaving = staticmethod(lambda: None)

        def run(self, sockets: Any = None) -> None:
            super().run([listening])

        def stop(self) -> None:
            self.should_exit = True

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            # What was learnt stays: the collector need not go through it again and again while calls are answered.
            gc.collect()
            gc.freeze()
            self.ready()

        async def shutdown(self, sockets: Any = None) -> None:
            self.leaving()
            await super().shutdown(sockets)

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            if threading.current_thread() is not threading.main_thread():
                yield
                return
            before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
            try:
                yield
            finally:
                for each, handler in before.items():
                    signal.signal(each, handler)

    _quieten()
    _allow_connections()
    config = uvicorn.Config(
        app,
        http=_patient(),
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEPT_OPEN_S,
        timeout_graceful_shutdown=STOPPED_WITHIN_S,
    )
    found: Serving = Server(config)
    return found


def _patient() -> Any:
    """uvicorn's protocol, which also closes connections that begin a request and never end its headers."""
    library = from_extra("uvicorn.protocols.http.httptools_impl", "serve")

    class Patient(library.HttpToolsProtocol):  # type: ignore[misc, name-defined]
        """Waits only so long for headers."""

        _deadline: Any = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait_for_headers()

        def connection_lost(self, exc: Exception | None) -> None:
            self._have_headers()
            super().connection_lost(exc)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            if self._deadline is None:
                self._wait_for_headers()

        def on_headers_complete(self) -> None:
            self._have_headers()
            super().on_headers_complete()

        def _wait_for_headers(self) -> None:
            self._deadline = self.loop.call_later(HEADERS_S, self.transport.close)

        def _have_headers(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

    return Patient


def _quieten() -> None:
    """Let what clients do wrong write nothing on our terminal; it is answered to them."""
    logger = logging.getLogger("uvicorn")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _allow_connections() -> None:
    """Let the process hold as many connections as we do; many systems begin with a thousand files."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MOST_CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == -1 else min(wanted, hard), hard))
