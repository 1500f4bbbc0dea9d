"""What a scenario does on swap day: measure the gap, calibrate, seal a profile, and rehearse the day."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.api.judged import Judged
from sandbox.scenario.placing import in_place

if TYPE_CHECKING:
    from sandbox.calibrate import Calibration
    from sandbox.gap.figures import Gap
    from sandbox.rehearse.rehearsal import Rehearsal


class SwapDay(Judged):
    """The part of `sandbox.Scenario` that holds dummy and real side by side."""

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
        from sandbox.calibrate.writing import write_calibrated

        sealed = None if profile is None else Path(profile)
        return write_calibrated(self.loaded, Path(out), datasets, keep=keep, profile=sealed, force=force, tell=tell)

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
        from sandbox.calibrate.writing import write_profile

        return write_profile(self.loaded, Path(out), datasets, force=force, tell=tell)

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
