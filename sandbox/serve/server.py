"""Listen on an address and serve an app there until somebody breaks off."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from sandbox.errors import OutsideError
from sandbox.registry import from_extra

STOPPED_WITHIN_S = 5
"""How long calls under way may take when it is over."""


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
        raise OutsideError(f"{host}:{port}: {error.strerror or error}; choose another --port.") from None
    return found


def url_of(listening: socket.socket) -> str:
    """Where it is to be reached."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Serving(Protocol):
    """A server that is about to run."""

    ready: Callable[[], None]
    """Called when it answers."""

    def run(self) -> None:
        """Serve until SIGINT, SIGTERM or `stop`; calls under way are answered before it returns."""

    def stop(self) -> None:
        """Let it end, from any thread."""


def serving(app: Any, listening: socket.socket) -> Serving:
    """A server of an app on an address. Raises InputError: the extra `serve` is not installed."""
    uvicorn = from_extra("uvicorn", "serve")

    class Server(uvicorn.Server):  # type: ignore[misc, name-defined]
        """Ends at a signal without raising it again: to break off is how a server ends."""

        ready = staticmethod(lambda: None)

        def run(self, sockets: Any = None) -> None:
            super().run([listening])

        def stop(self) -> None:
            self.should_exit = True

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            self.ready()

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

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=STOPPED_WITHIN_S,
    )
    found: Serving = Server(config)
    return found
