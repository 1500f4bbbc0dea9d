"""What a scenario leaves on disk: datasets, rows that break rules, a run; and the board over the runs."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.api.judged import Judged, Moment
from sandbox.runs.ended import Run
from sandbox.runs.listening import Listener, ignore
from sandbox.scenario.placing import in_place

if TYPE_CHECKING:
    from sandbox.board import Board
    from sandbox.landing import Landed
    from sandbox.runs.folder import RunFolder
    from sandbox.runs.record import RunRecord


class Making(Judged):
    """The part of `sandbox.Scenario` that writes."""

    def generate(
        self,
        out: str | os.PathLike[str],
        *,
        format: str = "parquet",
        history: str = "scd2",
        as_of: Moment | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        workers: int = 1,
        force: bool = False,
        edge_cases: bool = False,
        listen: Listener = ignore,
    ) -> Landed:
        """Write every dataset below `out`, with a manifest. Stopped and called again, it goes on where it stopped.

        Args:
            out: the folder; it may be there, but not hold another landing.
            format: `parquet`, `arrow`, `csv`, `jsonl` or an installed plugin's name.
            history: how histories are written: `scd2` (versions with valid_from and valid_to) or `changes` (inserts,
                updates and deletes, with the row before and after).
            as_of: histories as their tables stood then, in place of either; `"day 30"` or a date.
            since: only what happened then or later: what comes after a past that was written `until` then.
            until: only what happened before, and histories as they were known then.
            workers: how many work at once.
            force: replace what another scenario left in the folder.
            edge_cases: add rows at the boundaries of each simulated dataset's contract, in files of their own.
            listen: told of progress.
        Raises:
            InputError: an unknown format, a source that does not fit its contract, somebody else's folder.
            OutsideError: a source or the disk failed.
        """
        from sandbox.runs.generating import Wishes, generate

        wishes = Wishes(format, history, as_of, since, until, workers, force, edge_cases, listen)
        return generate(self.loaded, Path(out), wishes, self._world if edge_cases else None)

    def write_invalid(self, out: str | os.PathLike[str], rows: int, *, format: str = "parquet") -> dict[str, Any]:
        """Write so many such rows of each simulated dataset below `out`, a file a rule, and tell which break which.

        Raises:
            InputError: an unknown format, or one that cannot be read back; or the folder holds something else.
        """
        from sandbox.edges import write_invalid

        return write_invalid(self.plan, self._world, Path(out), rows, format)

    def run(
        self,
        out: str | os.PathLike[str] = "data",
        *,
        workers: int = 1,
        trials: int | None = None,
        sprint: str = "",
        goal: str = "",
        show_pii: bool = False,
        listen: Listener = ignore,
    ) -> Run:
        """Do everything: data, features, models, gates, report.

        Args:
            out: where the runs lie; this one becomes `out/<scenario>/<number>`.
            workers: how many work at once.
            trials: repeats a box of time by the number of trials that it held.
            sprint: which sprint the run belongs to, for the board.
            goal: what it is for, for the board.
            show_pii: show personal data in the report.
            listen: told of progress.
        Raises:
            InputError: a real source, a feature query or a label does not fit; nothing is left behind.
            OutsideError: a source or the disk failed; the same call goes on from there.
        """
        from sandbox.report import write_report
        from sandbox.runs.modelling import Wishes
        from sandbox.runs.run import carry_out

        def pages(folder: RunFolder, record: RunRecord) -> None:
            write_report(folder, record, show_pii)

        with in_place(self.loaded.document):
            wishes = Wishes(Path(out), workers, trials, listen, sprint=sprint, goal=goal)
            made = carry_out(self.loaded, self.options, wishes, pages)
        return Run(made.folder, made.record, made.models)

    def board(self, out: str | os.PathLike[str] = "data", *, today: datetime.date | None = None) -> Board:
        """What a team looks at each morning: datasets, models, gates, who waits for whom, sprints.

        Args:
            out: where the runs lie, and what `sandbox verify --keep` kept.
            today: for which day it is drawn; today's by default.
        Raises:
            InputError: a feature query does not fit the datasets, or a kept verification cannot be read.
        """
        from sandbox.board import board_of

        with in_place(self.loaded.document):
            return board_of(self.loaded, Path(out), today or datetime.date.today())
