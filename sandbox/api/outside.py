"""What a scenario does with rows from outside: follow them, hold them against contract, and what was sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sandbox.api.judged import Judged, Moment
from sandbox.errors import InputError, Problem, together
from sandbox.runs.listening import Listener, ignore, landing
from sandbox.scenario.placing import in_place
from sandbox.scenario.plan import Plan
from sandbox.scenario.span import with_span

if TYPE_CHECKING:
    from sandbox.reconcile import Reconciliation
    from sandbox.runs.pulse import Pulse
    from sandbox.verify.findings import Finding


class Outside(Judged):
    """The part of `sandbox.Scenario` that reads real sources, and what others landed."""

    def follow(
        self,
        out: str | os.PathLike[str],
        *,
        every: float = 5.0,
        lateness: float | None = None,
        for_: float | None = None,
        until_idle: float | None = None,
        workers: int = 1,
        tell: Callable[[Pulse], None] = lambda pulse: None,
        listen: Listener = ignore,
    ) -> int:
        """Land what the target's sources go on to give, and keep the features of every model fresh in `out/features`.

        Args:
            out: the folder that is kept fresh; called again, it goes on from there.
            every: seconds that a batch gathers.
            lateness: events older than the newest by more seconds are set aside.
            for_: stop after so many seconds.
            until_idle: stop when nothing came for so many seconds.
            workers: how many land what does not go on.
            tell: told of each batch: what came, how old the newest event is, how much still waits.
            listen: told of progress before the first batch.
        Returns:
            The batches that landed so far.
        Raises:
            InputError: nothing of the target can be followed, or a source does not fit its contract.
            OutsideError: a source or the disk failed for good; the same call goes on from there.
        """
        from sandbox.runs.following import FollowWishes, follow

        wishes = FollowWishes(Path(out), every, lateness, for_, until_idle, workers, listen)
        with in_place(self.loaded.document):
            return follow(self.loaded, wishes, tell)

    def verify(
        self,
        datasets: Sequence[str] | None = None,
        *,
        workers: int = 1,
        show_pii: bool = False,
        listen: Listener = ignore,
    ) -> list[Finding]:
        """Hold data against its contract, without landing it: who breaks which rule, and since when.

        Args:
            datasets: which; by default those that the target makes real, or all where none is.
            workers: how many work at once.
            show_pii: show personal data of the rows that break a rule.
            listen: told of progress.
        Raises:
            InputError: no such dataset, or a source that lacks a column.
            OutsideError: a source cannot be read.
        """
        from sandbox.verify.verify import verify

        with in_place(self.loaded.document):
            return verify(self.plan, datasets, workers=workers, progress=landing(listen), show_pii=show_pii)

    def watch(
        self,
        datasets: Sequence[str] | None = None,
        *,
        every: float = 5.0,
        for_: float | None = None,
        until_idle: float | None = None,
        show_pii: bool = False,
        tell: Callable[[Sequence[Finding], Mapping[str, int | None]], None] = lambda findings, lags: None,
    ) -> list[Finding]:
        """Hold what the target's sources go on to give against their contracts.

        Args:
            datasets: which; by default all that can be followed.
            every: seconds from one telling to the next.
            for_: stop after so many seconds.
            until_idle: stop when nothing came for so many seconds.
            show_pii: show personal data of the rows that break a rule.
            tell: told of the findings so far, and of the rows that wait at each source.
        Raises:
            InputError: nothing can be followed.
            OutsideError: a source does not answer any more.
        """
        from sandbox.verify.watch import WatchWishes, watch

        with in_place(self.loaded.document):
            return watch(self.plan, datasets, WatchWishes(every, for_, until_idle, show_pii), tell)

    def reconcile(
        self,
        dataset: str,
        against: str,
        *,
        order: Literal["event", "arrival"] = "event",
        run: Path | str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        rename: Mapping[str, str] | None = None,
        tolerance: Sequence[str] = (),
        window: Literal["hour", "day"] = "day",
        receipt: Path | str | None = None,
        show_pii: bool = False,
    ) -> Reconciliation:
        """Hold what somebody else's pipeline landed against what was sent.

        Args:
            dataset: which.
            against: the address of the landed copy, such as `parquet:lake/orders`.
            order: the order in which it was replayed: as it happened, before any delivery, or as the scenario's
                delivery brings it.
            run: the folder of a run, or of what `generate` wrote: what landed there is what was sent. None: what the
                scenario makes, and so what a replay sends.
            since: only what happened then or later was sent, as a replay of that span sends it.
            until: only what happened before was sent.
            rename: the copy's name of a column, and the contract's.
            tolerance: what may be wrong, as `lost=0.1%` or `duplicated=5`.
            window: how faults are gathered over time.
            receipt: of the replay that sent the rows, or its folder: what its sink refused, the pipeline did not lose.
            show_pii: show personal data of offenders.
        Raises:
            InputError: no such dataset or source, a column is missing, or the receipt is of other rows.
            OutsideError: the copy cannot be read.
        """
        from sandbox.reconcile import reconcile, tolerances_of
        from sandbox.reconcile.sent import FromRun, FromScenario

        plan, tolerances = together(
            lambda: self._cut(dataset, since, until, is_landed=run is not None), lambda: tolerances_of(tolerance)
        )
        with in_place(self.loaded.document):
            return reconcile(
                FromScenario(plan, dataset, order) if run is None else FromRun(Path(run), dataset),
                against,
                rename=rename,
                tolerances=tolerances,
                window=window,
                zone=self.plan.clock.zone,
                receipt=Path(receipt) if receipt is not None else None,
                show_pii=show_pii,
            )

    def _cut(self, dataset: str, since: Moment | None, until: Moment | None, *, is_landed: bool) -> Plan:
        """The plan with the span that was sent. Raises InputError: there is none to be cut."""
        said = next((name for name, value in (("since", since), ("until", until)) if value is not None), "")
        if said and is_landed:
            raise InputError(Problem("what landed in a run was sent as it is; take this or the run away.", said))
        if said and dataset in self.plan.bindings:
            told = f"{dataset} comes whole from its source; a span is cut out of what the scenario makes."
            raise InputError(Problem(told, said))
        return with_span(self.plan, since, until)
