"""What is known of a scenario before its data is made: warnings, assumptions, sizes, changes, behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.api.judged import Judged
from sandbox.scenario.placing import in_place

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.behaviour.figures import Behaviour
    from sandbox.runs.estimates import Estimate
    from sandbox.runs.record import AssumptionRecord


class Outlook(Judged):
    """The part of `sandbox.Scenario` that makes no data, or only a sample."""

    def check(self) -> list[str]:
        """Judge what needs no data beyond what loading judged, and give warnings.

        Raises:
            InputError: a feature query does not fit the datasets.
        """
        from sandbox.runs.checking import check_scenario

        return check_scenario(self.loaded)

    def assumptions(self) -> list[AssumptionRecord]:
        """Every value that is assumed, with its question, its limits and whom to ask; personal ones masked."""
        from sandbox.runs.assumed import assumption_records

        return assumption_records(self.loaded)

    def touches(self) -> dict[str, dict[str, Any]]:
        """Every file, host and environment variable behind the targets: `{target: {dataset: {kind: names}}}`."""
        from sandbox.runs.checking import touches

        return touches(self.loaded)

    def sizes(self) -> dict[str, int]:
        """Rows of each dataset; -1 where its parent, or a real source, decides."""
        return {name: -1 if name in self.plan.bindings else self.plan.datasets[name].rows for name in self.datasets}

    def estimate(self, most_unmeasured: int = 0) -> dict[str, Estimate]:
        """About how many rows, and bytes of Parquet, each simulated dataset would come to; from a few of its entities.

        Args:
            most_unmeasured: up to so many rows nothing is made to measure their size.
        Raises:
            InputError: a rate or a parameter is out of bounds.
        """
        from sandbox.runs.estimates import estimates

        with in_place(self.loaded.document):
            return estimates(self.plan, most_unmeasured=most_unmeasured)

    def cache_key(self) -> str:
        """A short key that changes when the values of the datasets may change, and only then: for a cache of theirs.

        Raises:
            InputError: the target takes rows from a host, where they can change without a sign.
        """
        from sandbox.fixtures.key import origin_of

        return origin_of(self.loaded).key

    def change_ledger(self) -> pa.Table:
        """What changes over time: one row for each effect of a change and each time that it comes, by time.

        `effect` is `visits`, `nulls`, `adds`, `expressions`, `launch`, or `sets` (a transition at a fixed time);
        `size` its factor or share; `starts`, `whole_from` and `ends` (null: for good) tell when.
        It is for scoring whoever has to notice.
        """
        from sandbox.world.ledger import ledger

        return ledger(self._world)

    def reached(self, change: str) -> pa.Table:
        """Whom a change reaches that is not for all: the key of its dataset, `starts` and `ends` (null: for good).

        Raises:
            InputError: there is no such change, or it reaches everybody.
        """
        from sandbox.world.ledger import reached

        return reached(self._world, change)

    @property
    def streams(self) -> list[str]:
        """The simulated datasets with visits. Raises InputError: there is none."""
        from sandbox.behaviour.sampled import streams_of

        return streams_of(self.plan)

    def behaviour(self, dataset: str) -> Behaviour:
        """What the first customers of a stream do: journey, funnel, week, who stays. Quick at any scale.

        Raises:
            InputError: it is no simulated stream of visits, or nobody comes.
        """
        from sandbox.behaviour.sampled import sampled

        with in_place(self.loaded.document):
            return sampled(self.plan, self._known(dataset))
