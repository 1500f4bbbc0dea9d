"""One server process: started on a free port, waited for, stopped, killed or paused, and started again on its data."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

LAST_LINES = 30


class ServerError(RuntimeError):
    """A server could not be had or did not start; the message says what to do, or ends with its last lines."""


class Server(ABC):
    """A command that serves at a port of the loopback, and a folder of its own that goes when it is closed.

    `kill` or `stop` and then `start` keep port and data: what a client sees is a server that went and came back.
    """

    name = "server"
    user: int | None = None
    start_patience_s = 60.0

    def __init__(self) -> None:
        self._kept = tempfile.TemporaryDirectory(prefix=f"sandbox-{self.name}-")
        self.folder = Path(self._kept.name)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What starts it; it runs in its folder."""

    def answers(self) -> bool:
        """Whether it is there for its clients."""
        return accepts(self.port)

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which its clients find it, where they read any."""
        return {}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers. Raises ServerError."""
        with self._log.open("ab") as printed:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                cwd=self.folder,
                user=self.user,
                start_new_session=True,  # it leads a group, so that its children end with it
            )
        end = time.monotonic() + self.start_patience_s
        while not self.answers():
            if self._process.poll() is not None:
                raise ServerError(f"{self.name} ended as it started:\n{self._last_lines()}")
            if time.monotonic() > end:
                raise ServerError(
                    f"{self.name} does not answer after {self.start_patience_s:g} s:\n{self._last_lines()}"
                )
            time.sleep(0.05)

    def stop(self, sign: signal.Signals = signal.SIGTERM, patience_s: float = 20.0) -> None:
        """End it in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(sign)
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """`kill -9`, its children too: it gets to tidy nothing."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def pause(self) -> None:
        """Let it hang: it keeps its connections and answers none, until `go_on`."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End a pause."""
        self._signal(signal.SIGCONT)

    def bring_back(self) -> None:
        """Whatever a test did to it, let it serve again."""
        self.go_on()
        if self._process is None or self._process.poll() is not None:
            self.start()

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        self._kept.cleanup()

    def _signal(self, sign: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, sign)

    @property
    def _log(self) -> Path:
        return self.folder / "printed.log"

    def _last_lines(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def accepts(port: int) -> bool:
    """Whether somebody takes connections at a port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
