"""Serve rows as server-sent events on the loopback, while they are sent; who is too far behind is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account, Errand, Faults, Refusal
from sandbox.sinks.damage import damaged
from sandbox.sinks.json_rows import json_rows
from sandbox.sinks.pieces import slices
from sandbox.sinks.sse import ServerSentEvents
from sandbox.sinks.sse_listening import Server
from sandbox.sinks.sse_log import Chunk, Listener, Log

_ROWS_AT_ONCE = 1024
_OVERSIZED_BYTES = 1 << 20
_BINARY = pa.binary()


def serving(config: ServerSentEvents, errand: Errand) -> Served:
    """Begin to serve. Raises OutsideError: the port is taken."""
    log = Log(config.keep)
    try:
        server = Server(config, errand.name, log)
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
    server: Server
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
