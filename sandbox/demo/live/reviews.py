"""The people behind a show's models: who is asked, who falls ill, how many wait. They go beside the loop.

Nothing of the loop asks what they do. Whatever it is follows from the plan, from what arrived, and from the inputs in
the journal; so it comes out the same whenever it goes beside the same loop.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.contract.masking import MASK
from sandbox.demo.live.arrived import Arrived
from sandbox.demo.live.deciding import Deciding
from sandbox.errors import SandboxError
from sandbox.experiment.inputs import STAFFING, Input, reviewed_models
from sandbox.experiment.loop import Loop
from sandbox.experiment.setting_up import shelves_of, steps_of
from sandbox.review.open_desk import OpenDesk, Stand
from sandbox.scenario.plan import Plan
from sandbox.world.periods import HOUR_US

_SHOWN_HOURS = 7 * 24
_LATEST = 6
"""Decisions that are told one by one."""


@dataclass(eq=False)
class Reviews:
    """The models of a plan whose doubtful decisions people look at; none costs nothing."""

    models: tuple[Deciding, ...]
    arrived: Arrived
    _preparing: threading.Thread | None = None
    _taken: int = 0
    _next_us: int = 0

    @classmethod
    def of(cls, plan: Plan) -> Reviews:
        """As the plan has them, at the beginning of its experiment.

        Raises:
            InputError: it has no shelves, or the features of a model do not stand.
        """
        shelves = shelves_of(plan)
        models = tuple(Deciding.of(plan, name, shelves.starts_us) for name in reviewed_models(plan))
        reads = {dataset for model in models for dataset in model.reads}
        return cls(models, Arrived(plan, shelves.events, sorted(reads - {shelves.events})))

    def hear(self, rows: pa.RecordBatch, arrived_us: NDArray[np.int64]) -> None:
        """Take in rows of the loop's stream, in the order of their arrival."""
        if self.models:
            self.arrived.hear(rows, arrived_us)

    def prepare(self, loop: Loop) -> None:
        """Let models learn in another thread what they can from what came before the beginning.

        What they find is the same without it; what fails in it fails again when it is gone on.
        """
        if self.models:
            self._preparing = threading.Thread(target=self._prepare, args=(loop,), name="live learning", daemon=True)
            self._preparing.start()

    def wait(self) -> bool:
        """Wait until they have; whether that took any time. Nothing may be done to the loop before."""
        if self._preparing is None or not self._preparing.is_alive():
            return False
        self._preparing.join()
        return True

    def go_on(self, loop: Loop) -> None:
        """Go on to where a loop has come; asked for before anything is done to it, and after each step.

        Raises:
            OutsideError: what arrived cannot be kept.
        """
        if not self.models:
            return
        self.wait()
        for given in loop.taken[self._taken :]:
            self._take(given, loop.plan)
        self._taken = len(loop.taken)
        desks = [model.desk for model in self.models if model.desk is not None]
        for desk in desks:
            desk.go_on(loop.now_us)
        if self._next_us <= loop.now_us < loop.plan.clock.end_us:
            self._begin_day(loop)

    def close(self) -> None:
        """Let go of what arrived."""
        self.wait()
        self.arrived.close()

    def told(self, now_us: int) -> list[dict[str, Any]]:
        """How each stands, as plain values, moments in milliseconds UTC."""
        return [_told(model, now_us) for model in self.models]

    def _prepare(self, loop: Loop) -> None:
        with suppress(SandboxError):
            self._learn(loop)

    def _learn(self, loop: Loop) -> None:
        ready = [model for model in self.models if model.learns_us <= loop.now_us]
        if ready:
            mart = self.arrived.mart(loop.now_us)
            for model in ready:
                model.learn(mart, loop.now_us)

    def _begin_day(self, loop: Loop) -> None:
        now_us, end_us = loop.now_us, loop.plan.clock.end_us
        self._next_us = min([*steps_of(loop.plan, now_us, 0), end_us])
        mart = self.arrived.mart(now_us)
        for model in self.models:
            kept = model.begin_day(mart, now_us, self._next_us)
            if kept and loop.journal is not None:
                loop.journal.write("review", now_us, model=model.name, **kept)

    def _take(self, given: Input, plan: Plan) -> None:
        if given.what == "break":
            self.arrived.otherwise(plan)
        for model in self.models:
            if given.what not in STAFFING or given.of not in ("", model.name) or model.desk is None:
                continue
            act = model.desk.fall_ill if given.what == "fall ill" else model.desk.help_out
            act(given.at_us, given.lasts_us)


def _told(model: Deciding, now_us: int) -> dict[str, Any]:
    told: dict[str, Any] = {"model": model.name, "failure": model.failure, "learns": model.learns_us // 1000}
    desk = model.desk
    if desk is None:
        return told
    stand, cases = desk.stand(now_us), desk.cases
    waiting = cases.comes_us[stand.waiting]
    return {
        **told,
        "waiting": len(waiting),
        "oldest_s": round((now_us - int(waiting[0])) / 1e6) if len(waiting) else 0,
        "under_review": int(stand.under_review.sum()),
        "by_people": int(stand.decided.sum()),
        "given_up": int(stand.given_up.sum()),
        "alone": model.alone,
        "team": {
            "there": stand.there,
            "ill": stand.ill,
            "helpers": stand.helpers,
            "all": stand.team,
            "open": stand.is_open,
            "changes": stand.changes_us // 1000,
        },
        "hours": _hours(desk, stand, model.opens_us),
        "latest": _latest(model, desk, stand),
    }


def _hours(desk: OpenDesk, stand: Stand, opens_us: int) -> dict[str, Any]:
    """How many waited at the end of each of the latest hours, and how many were given up in it."""
    now_us = stand.now_us
    first = max(opens_us, now_us - now_us % HOUR_US - _SHOWN_HOURS * HOUR_US)
    ends = np.append(np.arange(first, now_us, HOUR_US), now_us)
    left, gone = np.sort(stand.left_us), np.sort(stand.done_us[stand.given_up])
    waited = np.searchsorted(desk.cases.comes_us, ends, "right") - np.searchsorted(left, ends, "right")
    return {
        "at": (ends // 1000).tolist(),
        "waiting": waited.tolist(),
        "given_up": np.diff(np.searchsorted(gone, ends, "right"), prepend=0)[1:].tolist(),
        "closed": [[begin // 1000, end // 1000] for begin, end in desk.closed(first, now_us)],
    }


def _latest(model: Deciding, desk: OpenDesk, stand: Stand) -> list[dict[str, Any]]:
    """What was decided last, the latest first."""
    done = np.flatnonzero(stand.decided | stand.given_up)
    latest = done[np.argsort(stand.done_us[done], kind="stable")[::-1][:_LATEST]]
    is_secret = model.is_secret()
    return [
        {
            "id": MASK if is_secret else str(desk.cases.ids[row].as_py()),
            "score": round(float(desk.cases.scores[row]), 4),
            "at": int(stand.done_us[row]) // 1000,
            "waited_s": round(float(stand.left_us[row] - desk.cases.comes_us[row]) / 1e6),
            "by_person": bool(stand.decided[row]),
        }
        for row in latest.tolist()
    ]
