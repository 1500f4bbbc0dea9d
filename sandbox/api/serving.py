"""What a scenario serves to others: rows in order and at a pace, answers of an API, lists of items."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.api.judged import Judged, Moment
from sandbox.errors import together
from sandbox.scenario.forms import formed
from sandbox.scenario.placing import in_place
from sandbox.scenario.span import with_span

if TYPE_CHECKING:
    from sandbox.models.recommend.base import Suggestion
    from sandbox.models.recommend.recommender import LeaveOut
    from sandbox.replay import Receipt, Told
    from sandbox.runs.ended import Run
    from sandbox.runs.recommending import Recommenders
    from sandbox.serve.running import Server


class Serving(Judged):
    """The part of `sandbox.Scenario` that others listen to."""

    def replay(
        self,
        *streams: str,
        to: str,
        order: str = "event",
        speed: float | None = None,
        rate: str | float | None = None,
        history: str = "scd2",
        since: Moment | None = None,
        until: Moment | None = None,
        loops: int = 1,
        redate: str | None = None,
        fresh: bool = False,
        patience_s: float = 60.0,
        out: str | os.PathLike[str] = "data",
        listen: Told | None = None,
    ) -> Receipt:
        """Send datasets to a sink, in order and at a pace. Stopped and called again, it goes on where it stopped.

        Args:
            streams: which, merged into one order; all by default.
            to: an address: `-` (standard output), `jsonl:FOLDER`, `jsonl:FILE.jsonl`, `kafka://HOST:PORT/TOPIC`, …
            order: `event`, by the time that rows tell of, or `arrival`.
            speed: so many times real time.
            rate: so many rows a second (`500` or `"500/s"`). Without speed and rate: as fast as possible.
            history: how histories are sent: `scd2` or `changes`, as for `generate`.
            since: only what happened then or later.
            until: only what happened before.
            loops: how often everything is sent; 0: again and again, until somebody breaks off.
            redate: move all timestamps so that the first is now (`begin`), or the last (`end`); `now`: the first if
                there is a pace, else the last. Loops then follow each other in time.
            fresh: begin anew, whatever an earlier call kept.
            patience_s: how long a sink that does not answer is tried again.
            out: where the runs lie; checkpoint and receipt go below `out/<scenario>/replays`.
            listen: told of rows sent and of the lag in seconds, about once a second.
        Raises:
            InputError: an unknown dataset, sink or option; a sink that cannot hold the rows. Nothing was sent.
            OutsideError: a sink or source failed for good; `replay.Stopped`, which has the receipt.
        """
        from sandbox.replay import Wishes, replay, work_of
        from sandbox.runs.folder import ignored_by_git

        plan, wishes, asked = together(
            lambda: with_span(formed(self.plan, history), since, until),
            lambda: Wishes.said(order, speed, rate, loops, redate, fresh, patience_s),
            lambda: work_of(self.plan, streams, to, Wishes(), Path(out)),
        )
        work = replace(asked, plan=plan, wishes=wishes)
        work.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored_by_git(work.folder)
        with in_place(self.loaded.document):
            return replay(work, world=self._world, listen=listen)

    def serve(
        self,
        out: str | os.PathLike[str] = "data",
        *,
        run: Run | None = None,
        unreleased: bool = False,
        events: str | None = None,
        filters: Mapping[str, str] | None = None,
        answers: Mapping[str, list[str]] | None = None,
        latency: float = 0.0,
        error_rate: float = 0.0,
        port: int = 0,
    ) -> Server:
        """Answer as Amazon Personalize does, from a thread, on this machine; `with` ends it, or `close`.

        Args:
            out: what comes in is kept below `out/<scenario>/accepted`, and known again.
            run: learn from what landed in it; else from the latest that is released, where the scenario asks for
                releases, and else from a simulation.
            unreleased: take a run that may not be released, as a rehearsal.
            events: the stream to learn from, where there are several.
            filters: expressions by name, there from the start.
            answers: fixed items by customer; `*` is everybody else.
            latency: seconds that each answer is kept back.
            error_rate: share of calls that fail.
            port: 0 is a free one.
        Raises:
            InputError: no stream tells which customer met which item; a filter makes no sense; nothing is released.
            OutsideError: the port is taken, or the disk does not take what comes in.
        """
        from sandbox.runs.basis import basis_of
        from sandbox.serve.running import Wishes, run_server

        wishes = Wishes(
            Path(out) / self.name / "accepted",
            basis_of(self.plan, Path(out), run, unreleased=unreleased),
            events,
            filters or {},
            answers or {},
            latency,
            error_rate,
            port,
        )
        return run_server(self.plan, self._world, wishes)

    def recommend(
        self,
        customer: Any = None,
        n: int = 10,
        *,
        item: Any = None,
        run: Run | None = None,
        events: str | None = None,
        goal: str | None = None,
        leave_out: LeaveOut = "bought",
        unreleased: bool = False,
        out: str | os.PathLike[str] = "data",
    ) -> list[Suggestion]:
        """Items for a customer: what goes with those that were looked at, then best sellers.

        The first call learns from the events, simulated (the first five million) or landed; later ones are quick.

        Args:
            customer: their id; best sellers for None and for who was never seen.
            n: how many, >= 1.
            item: what is looked at now: the list is then about it.
            run: learn from what landed in this run; else as `serve`.
            events: the stream to learn from, where several have items.
            goal: the event that counts as a sale; `purchase` where there is one, else every event.
            leave_out: `bought`, `seen` or `nothing` of what the customer did.
            unreleased: take a run that may not be released, as a rehearsal.
            out: where the runs lie.
        Raises:
            InputError: no stream has customers and items; an id or an event is not one; nothing is released.
        """
        from sandbox.runs.basis import basis_of

        folder = basis_of(self.plan, Path(out), run, unreleased=unreleased).folder
        return self._recommenders.recommend(customer, n, item, folder, events, goal, leave_out)

    @cached_property
    def _recommenders(self) -> Recommenders:
        from sandbox.runs.recommending import Recommenders

        return Recommenders(self.plan, self._world)
