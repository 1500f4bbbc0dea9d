"""A server in a thread of this process: for tests of whatever integrates it, and for notebooks."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sandbox.errors import OutsideError
from sandbox.runs.basis import SOURCES, Basis
from sandbox.serve.accepted import Accepted
from sandbox.serve.answers import Answers
from sandbox.serve.banner import banner, environment, names
from sandbox.serve.guarding import Guard, Trouble
from sandbox.serve.server import listen, serving, url_of
from sandbox.serve.serving import Served

if TYPE_CHECKING:
    from sandbox.scenario.plan import Plan
    from sandbox.world.world import World

STARTED_WITHIN_S = 30.0


@dataclass(frozen=True)
class Wishes:
    """How a scenario is to be served."""

    folder: Path
    """Where what comes in is kept."""
    basis: Basis = SOURCES
    events: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, list[str]] = field(default_factory=dict)
    latency_s: float = 0.0
    error_rate: float = 0.0
    port: int = 0


class Server:
    """Answers until it is closed; a `with` block closes it at its end."""

    def __init__(self, served: Served, url: str, server: Any, thread: threading.Thread) -> None:
        self.served, self.url = served, url
        self._server, self._thread = server, thread

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which an unmodified client finds it."""
        return environment(self.url)

    @property
    def names(self) -> dict[str, str]:
        """ARNs and the tracking id, by what they are for."""
        return names(self.served)

    @property
    def banner(self) -> str:
        """All of it, as a shell takes it."""
        return banner(self.served, self.url, None)

    def close(self) -> None:
        """Answer what is under way, and end."""
        self._server.stop()
        self._thread.join()
        self.served.accepted.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def run_server(plan: Plan, world: World | None, wishes: Wishes) -> Server:
    """Learn, listen on the loopback, and answer from a thread.

    Raises:
        InputError: no stream tells which customer met which item; a filter makes no sense; the extra is missing.
        OutsideError: the port is taken, or the folder cannot be written.
    """
    from sandbox.serve.recommending import Recommendations

    recommendations = Recommendations.of(plan, world, wishes.basis, wishes.events)
    with ExitStack() as undo:
        listening = undo.enter_context(listen("127.0.0.1", wishes.port))
        accepted = Accepted(wishes.folder, recommendations)
        undo.callback(accepted.close)
        recommendations.learn(accepted.events)
        served = Served(recommendations, accepted, Answers(wishes.answers), wishes.filters)
        server = serving(served.app(None, Guard(), Trouble(wishes.latency_s, wishes.error_rate)), listening)
        undo.pop_all()  # from here on it is the thread that ends them
    url, ready = url_of(listening), threading.Event()
    server.ready = ready.set

    def work() -> None:
        with listening:
            server.run()

    thread = threading.Thread(target=work, name="sandbox-serves", daemon=True)
    thread.start()
    if not ready.wait(STARTED_WITHIN_S):
        raise OutsideError(f"the server did not start within {STARTED_WITHIN_S:g} s.")
    return Server(served, url, server, thread)
