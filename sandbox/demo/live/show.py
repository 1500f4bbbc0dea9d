"""The show: a loop in a thread of its own, kept to its pace, which does what it is asked for and tells what is to see.

A step is taken when its end has come by the pace; whatever is asked for meanwhile happens at its own moment, to which
the loop goes on at once. How long steps are hangs on the speed; each change of that stands in the journal, as every
input does, so that the same journal gives the same bytes.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.demo.live.asked import AnotherPace, Asked, Jump
from sandbox.demo.live.listeners import Listeners
from sandbox.demo.live.pace import Pace
from sandbox.demo.live.reviews import Reviews
from sandbox.demo.live.scene import kinds_of
from sandbox.demo.live.telling import Telling
from sandbox.demo.live.traffic import Traffic
from sandbox.errors import OutsideError, SandboxError
from sandbox.experiment.inputs import Input
from sandbox.experiment.loop import Loop, Wishes
from sandbox.scenario.plan import Plan

_SECOND_US = 1_000_000
_TRUTH_AT_ONCE = 2_000
"""Visits whose truth is worked out together: few, so that it is there soon."""
_BEHIND_STEPS = 3
"""So many steps behind its pace, a loop goes on from where it is instead of hurrying after."""


@dataclass(eq=False)
class Show:
    """An experiment to look at while it goes on."""

    plan: Plan
    journal: Path
    """The folder that its journal is written into."""
    truth: bool = True
    pace: Pace = field(init=False)
    loop: Loop = field(init=False)
    listeners: Listeners = field(default_factory=Listeners)
    failure: str = ""
    """Why it stands still for good; empty while it does not."""
    _asked: list[tuple[Asked, Future[None]]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False
    _thread: threading.Thread | None = None

    def open(self) -> None:
        """Set the scene, up to the first moment of the experiment.

        Raises:
            InputError: the scenario has no experiment whose arms fill shelves.
            OutsideError: the journal cannot be written.
        """
        shelves, kinds = kinds_of(self.plan)
        traffic, self._reviews = Traffic.of(self.plan, shelves.event, kinds), Reviews.of(self.plan)

        def hear(rows: pa.RecordBatch, arrived_us: NDArray[np.int64]) -> None:
            traffic.hear(rows, arrived_us)
            self._reviews.hear(rows, arrived_us)

        wishes = Wishes(truth=self.truth, journal=self.journal, at_once=_TRUTH_AT_ONCE, hear=hear)
        self.pace = Pace(shelves.starts_us)
        self.loop = Loop(self.plan, replace(wishes, step_us=self.pace.step_us(shelves.starts_us, self._begins_us)))
        self._telling = Telling(self.loop, self.pace, traffic, self._reviews, self.listeners)
        self._telling.begin(kinds, self.truth)

    def start(self) -> None:
        """Let it go on, in a thread."""
        self._reviews.prepare(self.loop)
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self._thread.start()

    def ask(self, asked: Asked) -> Future[None]:
        """Ask for something, from any thread; done once it was taken up, with InputError where it makes no sense."""
        found: Future[None] = Future()
        with self._changed:
            if self._closed or self.failure:
                found.set_exception(OutsideError(self.failure or "the show is over."))
                return found
            self._asked.append((asked, found))
            self._changed.notify()
        return found

    def close(self) -> None:
        """End it: the step under way is taken, and the journal gets its last line."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        for _, answer in self._asked:
            answer.set_exception(OutsideError("the show is over."))
        self.listeners.close()
        self._reviews.close()
        if self.loop.journal is not None:
            with suppress(OutsideError):
                self.loop.journal.end(self.loop.now_us)

    @property
    def _begins_us(self) -> int:
        """From where on steps are counted."""
        return self.plan.clock.start_us

    def _run(self) -> None:
        try:
            while (asked := self._waited()) is not None:
                for each, answer in asked:
                    self._take(each, answer)
                if asked:
                    self._telling.tell()
                else:
                    self._go_on()
        except SandboxError as error:
            self._fail(str(error))
        except Exception as error:  # a page that stands still without a word would say less
            self._fail(f"sandbox itself is at fault ({type(error).__name__}: {error}).")

    def _waited(self) -> list[tuple[Asked, Future[None]]] | None:
        """Wait until something is asked for, or for the next step's end (nothing); None when it is over."""
        with self._changed:
            while not self._closed:
                if self._asked:
                    some, self._asked = self._asked, []
                    return some
                wait_s = None if self.loop.is_over else self.pace.wait_s(self.loop.next_us())
                if wait_s == 0.0:
                    return []
                self._changed.wait(wait_s)
        return None

    def _take(self, asked: Asked, answer: Future[None]) -> None:
        try:
            if isinstance(asked, AnotherPace):
                self.pace.jump_us = None
                self.pace.change(speed=asked.speed, running=asked.running)
            elif isinstance(asked, Jump):
                to_us = _on_the_second(self.loop.now_us + asked.lasts_us)
                self.pace.jump_us = min(to_us, self.plan.clock.end_us)
            else:
                self._cause(asked)
        except SandboxError as error:
            answer.set_exception(error)
        else:
            self._keep_step()
            answer.set_result(None)

    def _cause(self, given: Input) -> None:
        """Let something happen now, also where time stands still: the loop goes on to that moment."""
        self._is_held_up()
        at_us = self._moment_us()
        self.loop.send(replace(given, at_us=at_us))
        while self.loop.now_us < at_us:
            self._step()
        self._reviews.go_on(self.loop)
        while self.loop.take():
            pass
        self._reviews.go_on(self.loop)

    def _moment_us(self) -> int:
        """When an input comes that is asked for now: on the second, not before the loop's own time."""
        now_us = max(self.loop.now_us, self.pace.now_us() if self.pace.jump_us is None else 0)
        return _on_the_second(now_us)

    def _keep_step(self) -> None:
        """Take the steps that the pace asks for, and say so in the journal."""
        step_us = self.pace.step_us(self.loop.now_us, self._begins_us)
        if step_us == self.loop.wishes.step_us:
            return
        self.loop.wishes = replace(self.loop.wishes, step_us=step_us)
        if self.loop.journal is not None:
            self.loop.journal.write("pace", self.loop.now_us, step_us=step_us)

    def _step(self) -> None:
        self._reviews.go_on(self.loop)
        self.loop.step()
        self._reviews.go_on(self.loop)

    def _is_held_up(self) -> bool:
        """Wait for models that learn before the first step; time stands still meanwhile."""
        if not self._reviews.wait():
            return False
        self.pace.set(self.loop.now_us)
        return True

    def _go_on(self) -> None:
        if self._is_held_up():
            return
        self._step()
        if self.pace.jump_us is not None:
            self.pace.set(self.loop.now_us)
            if self.loop.now_us >= self.pace.jump_us:
                self.pace.jump_us = None
            self._keep_step()
        elif self.pace.now_us() - self.loop.now_us > _BEHIND_STEPS * self.loop.wishes.step_us:
            self.pace.set(self.loop.now_us)
        if self.loop.is_over:
            self.pace.change(running=False)
            self.pace.set(self.loop.now_us)
        self._telling.went_on()

    def _fail(self, why: str) -> None:
        with self._changed:
            self.failure = why
            self.pace.change(running=False)
            some, self._asked = self._asked, []
        for _, answer in some:
            answer.set_exception(OutsideError(why))
        self._telling.fail(why)


def _on_the_second(moment_us: int) -> int:
    """The first whole second that is not before a moment."""
    return -(-moment_us // _SECOND_US) * _SECOND_US
