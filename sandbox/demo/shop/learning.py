"""The model of the shop: learnt from the last run or from a simulation, while the page is already there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.errors import SandboxError


@dataclass(eq=False)
class Learning:
    """Learns in a thread of its own; whoever asks is told how far it is."""

    learn: Callable[[], int]
    """Learns from everything; gives how many events there were."""
    origin: str
    """What from, in words."""
    state: Literal["waiting", "learning", "ready", "failed"] = "waiting"
    events: int = 0
    times: int = 0
    """How often it has learnt."""
    seconds: float = 0.0
    """How long the last time took."""
    failure: str = ""
    listeners: list[Callable[[], None]] = field(default_factory=list)
    """Called once, when it has learnt; see `then`."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    def start(self) -> bool:
        """Let it learn, unless it does already; whether it was started."""
        with self._lock:
            if self.state == "learning":
                return False
            self.state = "learning"
            self._thread = threading.Thread(target=self._run, name="learning", daemon=True)
            self._thread.start()
            return True

    def then(self, call: Callable[[], None]) -> None:
        """Call something once it has learnt: in its thread, or now if it has already."""
        self.listeners.append(call)
        if self.times:
            self._call()

    def wait(self) -> None:
        """Until it has learnt, or failed."""
        if self._thread is not None:
            self._thread.join()

    def told(self) -> dict[str, Any]:
        """How far it is."""
        return {
            "state": self.state,
            "events": self.events,
            "times": self.times,
            "seconds": round(self.seconds, 1),
            "origin": self.origin,
            "failure": self.failure,
        }

    def _run(self) -> None:
        began = time.monotonic()
        try:
            self.events = self.learn()
        except SandboxError as error:
            self.failure, self.state = str(error), "failed"
        except Exception as error:  # a page that waits for ever would say less
            self.failure, self.state = f"sandbox itself is at fault ({type(error).__name__}: {error}).", "failed"
        else:
            self.times += 1
            self.failure, self.state = "", "ready"
            self.seconds = time.monotonic() - began
            self._call()

    def _call(self) -> None:
        with self._lock:
            calls, self.listeners = self.listeners, []
        for call in calls:
            call()
