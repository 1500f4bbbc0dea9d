"""What a scenario tries out: other values of what is assumed, and its experiment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.api.judged import Judged
from sandbox.runs.listening import Listener, ignore
from sandbox.scenario.placing import in_place

if TYPE_CHECKING:
    from sandbox.experiment.design import Design
    from sandbox.experiment.experiment import Tried
    from sandbox.experiment.inputs import Input
    from sandbox.experiment.loop import Loop
    from sandbox.runs.varying import Variation


class Trying(Judged):
    """The part of `sandbox.Scenario` that asks what would be."""

    def vary(
        self,
        out: str | os.PathLike[str] = "data",
        *,
        workers: int = 1,
        scale: float | None = None,
        listen: Listener = ignore,
    ) -> Variation:
        """Rerun the scenario small with each assumption at its ends, and rank them by what they change.

        Args:
            out: where the runs lie; the reruns go below `.varied` in it, and are not made twice.
            workers: how many processes rerun at once; a script with more than one needs `if __name__ == "__main__"`.
            scale: of the rows; by default so small that a rerun takes some seconds.
            listen: told of progress.
        Raises:
            InputError: the scenario has no models, or an end is no value of its key.
            OutsideError: a source, a process or the disk failed; the same call goes on from there.
        """
        from sandbox.runs.varying import vary

        return vary(self.loaded, Path(out), workers, scale, listen)

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
