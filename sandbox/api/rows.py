"""The rows of a scenario in memory: whole, in batches, without end, the first few, and what breaks the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sandbox.api.judged import Judged, Moment
from sandbox.scenario.forms import formed_of
from sandbox.scenario.placing import in_place
from sandbox.scenario.span import in_span

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class Rows(Judged):
    """The part of `sandbox.Scenario` that gives rows without writing them."""

    def batches(
        self, dataset: str, *, as_of: Moment | None = None, since: Moment | None = None, until: Moment | None = None
    ) -> Iterator[pa.RecordBatch]:
        """A dataset's rows as they arrive, in batches of at most 65,536; those that break the contract are left out.

        Args:
            as_of: of a history, the table as it stood then (`"day 30"`, a date); all its versions without it.
            since: only what happened then or later; of a history, versions that hold then or later.
            until: only what happened before, as it was known then.
        Raises:
            InputError: there is no such dataset, or no such moment.
            OutsideError: a real source cannot be read.
        """
        from sandbox.landing import accepted_batches

        plan = in_span(formed_of(self.plan, self._known(dataset), as_of=as_of), since, until)
        return accepted_batches(plan, dataset, self._world)

    def live(self, dataset: str, *, since: Moment) -> Iterator[pa.RecordBatch]:
        """A stream from a moment on, without end, in the order of time: what `batches` gives, and on beyond the clock.

        Memory stays flat; the rows of the clock are those of one long run, whatever was made before.

        Raises:
            InputError: there is no such dataset or moment, or it is no stream of visits.
        """
        from sandbox.landing.living import living_batches

        return living_batches(self.plan, self._known(dataset), since)

    def table(self, dataset: str, *, as_of: Moment | None = None) -> pa.Table:
        """A whole dataset as an Arrow table, with the contract's columns and types; `as_of` as for `batches`."""
        from sandbox.landing.reading import accepted_table

        return accepted_table(formed_of(self.plan, self._known(dataset), as_of=as_of), dataset, self._world)

    def frame(self, dataset: str, *, as_of: Moment | None = None) -> pd.DataFrame:
        """A whole dataset as a pandas frame, whole numbers of which some are missing as `Int64`; `as_of` as before."""
        from sandbox.landing.frames import frame_of

        return frame_of(self.table(dataset, as_of=as_of))

    def changes(self, dataset: str) -> pa.Table:
        """A history as the stream of its changes, in their order: what was done, when, and the row before and after.

        Raises:
            InputError: there is no such dataset, or it is no history.
        """
        from sandbox.landing.reading import changes_in_order

        return changes_in_order(formed_of(self.plan, self._known(dataset), "changes"), dataset, self._world)

    def preview(self, dataset: str, rows: int = 5, *, show_pii: bool = False) -> pa.Table:
        """The first rows of a dataset, personal data masked; no more than those rows are made or read."""
        from sandbox.contract.masking import masked
        from sandbox.landing.reading import accepted_table

        contract = self.plan.datasets[self._known(dataset)].contract
        with in_place(self.loaded.document):
            first = accepted_table(self.plan, dataset, self._world, rows)
        return masked(first, contract, show_pii)

    def edge_cases(self, dataset: str) -> pa.Table:
        """Rows at the boundaries of a dataset's contract: valid, with keys that the dataset has not."""
        from sandbox.edges import edge_rows

        return edge_rows(self.plan, self._world, self._known(dataset)).rows

    def invalid(self, dataset: str, rows: int) -> Mapping[str, pa.Table]:
        """Rows that each break one rule of a dataset's contract, by the rule's name; a `type` rule's column is text."""
        from sandbox.edges import invalid_rows

        return {
            each.rule.name: each.rows
            for each in invalid_rows(self.plan, self._world, self._known(dataset), rows).broken
        }
