"""Runs that ended, as users hold them: their tables, their truth, their record; and two of them side by side."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sandbox.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.models.fitted import Fitted
    from sandbox.reconcile import Reconciliation
    from sandbox.runs.comparing import Comparison
    from sandbox.runs.decisions import Decision
    from sandbox.runs.folder import RunFolder
    from sandbox.runs.record import RunRecord
    from sandbox.runs.releasing import Standing


@dataclass(frozen=True, slots=True)
class Run:
    """A run that ended: its folder, its record and, fresh from `Scenario.run`, its models."""

    folder: RunFolder
    record: RunRecord = field(repr=False)
    models: Mapping[str, Fitted] = field(default_factory=dict, repr=False)

    @property
    def done(self) -> bool:
        """Whether no gate fails."""
        return self.record.done

    @property
    def standing(self) -> Standing:
        """Where it stands on its way to a release: what is in the way, who approved it, whether that still holds."""
        from sandbox.runs.releasing import standing_of

        return standing_of(self.folder, self.record)

    def approve(self, by: str, because: str = "") -> Decision:
        """Agree to its release by name. Raises InputError: it is out of place, or not for this person."""
        from sandbox.runs.releasing import approve

        return approve(self.folder, self.record, by, because)

    def shelve(self, because: str, revisit: datetime.date, by: str = "") -> Decision:
        """Put it aside until a day. Raises InputError: no reason, or a day that has been."""
        from sandbox.runs.releasing import shelve

        return shelve(self.folder, because, revisit, by)

    @property
    def report(self) -> Path:
        """The page to look at."""
        return self.folder.report

    def table(self, dataset: str) -> pa.Table:
        """What landed of a dataset."""
        import pyarrow.dataset as ds

        folder = self.folder.landing / dataset
        known = sorted(path.name for path in self.folder.landing.glob("*"))
        if dataset not in known:
            raise InputError(f"the run {self.folder.name} has no dataset '{dataset}'.{did_you_mean(dataset, known)}")
        return ds.dataset(folder, format="parquet", partitioning="hive").to_table()

    def truth(self, dataset: str) -> pa.Table:
        """What only the simulated world knows of a dataset's rows. It is for judging models, never for training them.

        By the dataset's key, or `_sandbox.event_id` where it has none. Of a stream: whose visit it truly was, how
        likely the choice or click was (`visit.chance`), and how likely a click was on anything that was shown
        (`visit.click_chance`). Of others: hidden columns, tastes and habits.

        Raises:
            InputError: there is no such dataset, it is real, or there is nothing that its rows do not tell.
        """
        import pyarrow.dataset as ds

        known = [name for name, rows in self.record.truth.items() if rows]
        if dataset not in known:
            raise InputError(f"the run {self.folder.name} has no truth of '{dataset}'.{did_you_mean(dataset, known)}")
        return ds.dataset(self.folder.truth / dataset, format="parquet").to_table()

    def fates(self, stream: str) -> pa.Table:
        """What became of each event of a delivered stream: one row a sending, with `arrived_at`, or where it was lost.

        `attempt` is 1 for the first sending; what is still under way has neither. For judging a pipeline, as `truth`.

        Raises:
            InputError: the stream was not delivered in the run.
        """
        import pyarrow.dataset as ds

        known = [each.stream for each in self.record.delivery]
        if stream not in known:
            raise InputError(f"the run {self.folder.name} did not deliver '{stream}'.{did_you_mean(stream, known)}")
        return ds.dataset(self.folder.fates(stream), format="parquet").to_table()

    def reconcile(
        self,
        dataset: str,
        against: str,
        *,
        rename: Mapping[str, str] | None = None,
        tolerance: Sequence[str] = (),
        window: Literal["hour", "day"] = "day",
        show_pii: bool = False,
    ) -> Reconciliation:
        """Hold what somebody else's pipeline landed against what landed in this run; see `Scenario.reconcile`."""
        from sandbox.reconcile import reconcile, tolerances_of
        from sandbox.reconcile.sent import FromRun

        return reconcile(
            FromRun(self.folder.path, dataset),
            against,
            rename=rename,
            tolerances=tolerances_of(tolerance),
            window=window,
            zone=self.record.clock["zone"],
            show_pii=show_pii,
        )

    def change_ledger(self) -> pa.Table:
        """What changed over time, as `Scenario.change_ledger` gives it. Raises InputError: nothing changed."""
        return _kept(self.folder.changes, f"nothing changed in the run {self.folder.name}.")

    def reached(self, change: str) -> pa.Table:
        """Whom a change reached, as `Scenario.reached` gives it. Raises InputError: it reached all, or is none."""
        known = [each.change for each in self.record.changes if each.reached is not None]
        missing = f"the run {self.folder.name} has no list of whom '{change}' reached.{did_you_mean(change, known)}"
        return _kept(self.folder.reached(change), missing)


def _kept(path: Path, missing: str) -> pa.Table:
    import pyarrow.parquet as pq

    if not path.exists():
        raise InputError(missing)
    return pq.read_table(path)


def list_runs(out: str | os.PathLike[str] = "data", scenario: str | None = None) -> list[Run]:
    """The runs that ended, by scenario and number."""
    from sandbox.runs.ledger import entries

    return [Run(entry.folder, entry.record) for entry in entries(Path(out), scenario) if entry.record is not None]


def find_run(name: str, out: str | os.PathLike[str] = "data") -> Run:
    """The run that a name means: `telecom/3`, `telecom` (its latest) or a path.

    Raises:
        InputError: there is none, or it did not end.
    """
    from sandbox.runs.folder import find_run as find
    from sandbox.runs.ledger import read_record

    folder = find(Path(out), name)
    return Run(folder, read_record(folder))


def compare(a: str, b: str, out: str | os.PathLike[str] = "data") -> Comparison:
    """What changed from run `a` to run `b` (`telecom/1`), and the paired difference of their models."""
    from sandbox.runs.comparing import compare_runs
    from sandbox.runs.folder import find_run

    return compare_runs(find_run(Path(out), a), find_run(Path(out), b))
