"""What a scenario does with what lies outside: follow it, hold it against contract and dummy, and what was sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sandbox.errors import InputError
from sandbox.runs.listening import Listener, ignore, landing
from sandbox.scenario.loader import Loaded
from sandbox.scenario.placing import in_place
from sandbox.scenario.plan import Plan

if TYPE_CHECKING:
    from sandbox.calibrate import Calibration
    from sandbox.experiment.design import Design
    from sandbox.experiment.experiment import Tried
    from sandbox.experiment.inputs import Input
    from sandbox.experiment.loop import Loop
    from sandbox.gap.figures import Gap
    from sandbox.reconcile import Reconciliation
    from sandbox.rehearse.rehearsal import Rehearsal
    from sandbox.runs.pulse import Pulse
    from sandbox.verify.findings import Finding


class Outside:
    """The part of `sandbox.Scenario` that reads real sources, and what others landed."""

    loaded: Loaded

    @property
    def plan(self) -> Plan:
        """Everything that will be done, decided."""
        return self.loaded.plan

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

    def gap(
        self,
        datasets: Sequence[str] | None = None,
        *,
        whole_rows: bool = True,
        models: bool = True,
        workers: int = 1,
        tell: Callable[[str], None] = lambda what: None,
    ) -> Gap:
        """How far the dummy is from the real data, each distance also by what real data differs from itself.

        Args:
            datasets: which; by default all that the target makes real.
            whole_rows: ask a classifier about whole rows too.
            models: fit every model of the scenario on either side, and ask both about real data.
            workers: how many land the data that the models learn from.
            tell: told what is being done.
        Raises:
            InputError: nothing is real, no such dataset, or no real row keeps the contract.
            OutsideError: a source cannot be read.
        """
        from sandbox.gap.gap import measure_gap

        with in_place(self.loaded.document):
            return measure_gap(self.loaded, datasets, whole_rows=whole_rows, models=models, workers=workers, tell=tell)

    def calibrate(
        self,
        out: str | os.PathLike[str],
        datasets: Sequence[str] | None = None,
        *,
        keep: Sequence[str] = (),
        profile: str | os.PathLike[str] | None = None,
        force: bool = False,
        tell: Callable[[str], None] = lambda what: None,
    ) -> Calibration:
        """Write the scenario anew, with what the real data says in the place of what was said.

        Args:
            out: the new file. What the scenario reads beside it is looked for from there.
            datasets: which; by default all that the target makes real.
            keep: dotted paths that stay as they are, beside those of the scenario's `keep:`.
            profile: a sealed profile to fit to instead of the real data.
            force: replace the file if it is there.
            tell: told what is being done.
        Raises:
            InputError: nothing is real, no such dataset or path, `out` is there, or what comes out is no scenario.
            OutsideError: a source cannot be read, or the file cannot be written.
        """
        from sandbox.calibrate import calibrate
        from sandbox.calibrate.unsealing import read_profile
        from sandbox.init.saving import save_all

        path = Path(out)
        if path.exists() and not force:
            raise InputError(f"{path}: is there already; choose another place with -o, or replace it with --force.")
        with in_place(self.loaded.document):
            told = None if profile is None else read_profile(Path(profile))
            found = calibrate(self.loaded, path, datasets, keep=keep, profile=told, tell=tell)
        save_all({path: found.text, **{path.parent / name: each for name, each in found.files.items()}}, force=force)
        return found

    def profile(
        self,
        out: str | os.PathLike[str],
        datasets: Sequence[str] | None = None,
        *,
        force: bool = False,
        tell: Callable[[str], None] = lambda what: None,
    ) -> dict[str, Any]:
        """Write a sealed profile of the real data, from which `calibrate` fits where no row may go.

        Args:
            out: the new file.
            datasets: which; by default all that the target makes real.
            force: replace the file if it is there.
            tell: told what is being done.
        Raises:
            InputError: nothing is real, no such dataset, or `out` is there.
            OutsideError: a source cannot be read, or the file cannot be written.
        """
        import json

        from sandbox.calibrate.calibrate import observations
        from sandbox.calibrate.sealing import sealed
        from sandbox.init.saving import save_all

        path = Path(out)
        if path.exists() and not force:
            raise InputError(f"{path}: is there already; choose another place with -o, or replace it with --force.")
        with in_place(self.loaded.document):
            found = sealed(self.plan, observations(self.plan, datasets, tell=tell))
        save_all({path: json.dumps(found, indent=1) + "\n"}, force=force)
        return found

    def rehearse(
        self,
        kinds: Sequence[str] = (),
        *,
        times: int = 1,
        keep: str | os.PathLike[str] | None = None,
        tell: Callable[[str], None] = lambda what: None,
    ) -> Rehearsal:
        """Pretend that the real data comes, each time with another fault, and see whether verify and gap name it.

        Args:
            kinds: of faults, such as `unit` or `zone`; all by default.
            times: how often each is tried, on another column or dataset where there is one.
            keep: a folder, new or empty, in which the pretended real data is left.
            tell: told what is being done.
        Raises:
            InputError: an unknown kind, no fault could befall this scenario, or `keep` holds something.
            OutsideError: the disk is full.
        """
        from sandbox.rehearse.rehearsal import rehearse

        with in_place(self.loaded.document):
            return rehearse(self.plan, kinds, times=times, keep=None if keep is None else Path(keep), tell=tell)

    @property
    def planned(self) -> Design:
        """What the experiment's plan is, and its digest, before any data is seen. Raises InputError: there is none."""
        from sandbox.experiment.experiment import planned

        return planned(self.plan)

    def experiment(
        self,
        sealed: Mapping[str, Any] | None = None,
        *,
        journal: str | os.PathLike[str] | None = None,
        inputs: Sequence[Input] = (),
        watch: Callable[[Loop], None] | None = None,
        listen: Listener = ignore,
    ) -> Tried:
        """Analyse the scenario's experiment by its log, simulated or real; where arms fill shelves, rehearse it.

        Args:
            sealed: the plan as it was before (`scenario.planned.to_dict()`): what differs from it is named.
            journal: a folder in which a rehearsal keeps what was shown, who served and what was decided.
            inputs: what comes from outside while it is rehearsed.
            watch: is shown the loop after each of its days.
            listen: told how far a rehearsal is.
        Raises:
            InputError: there is no experiment, none of its log counts, a source does not fit its contract, or an
                input cannot be done.
            OutsideError: a source cannot be read, or the journal not written.
        """
        from sandbox.experiment.counterfactual import VISITS_AT_ONCE, VISITS_WATCHED
        from sandbox.experiment.experiment import try_out
        from sandbox.experiment.loop import Wishes

        folder = None if journal is None else Path(journal)
        with in_place(self.loaded.document):
            at_once = VISITS_AT_ONCE if watch is None else VISITS_WATCHED
            wishes = Wishes(journal=folder, inputs=tuple(inputs), watch=watch, at_once=at_once)
            return try_out(self.plan, sealed=sealed, tell=listen, wishes=wishes)

    def reconcile(
        self,
        dataset: str,
        against: str,
        *,
        order: Literal["event", "arrival"] = "event",
        run: Path | str | None = None,
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

        with in_place(self.loaded.document):
            return reconcile(
                FromScenario(self.plan, dataset, order) if run is None else FromRun(Path(run), dataset),
                against,
                rename=rename,
                tolerances=tolerances_of(tolerance),
                window=window,
                zone=self.plan.clock.zone,
                receipt=Path(receipt) if receipt is not None else None,
                show_pii=show_pii,
            )
