"""What a fitter is asked, and what it answers: values of the scenario as the real data has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from sandbox.calibrate.observed import Observed
from sandbox.scenario.document import Document, Path, dotted
from sandbox.scenario.plan import DatasetPlan, Plan


@dataclass(frozen=True, slots=True)
class Fitted:
    """One value that the real data tells."""

    path: Path
    """Where the scenario says it, or would: a key that is not there yet is added to what is above it."""
    new: Any
    """What it should say: plain values, as YAML has them."""
    evidence: str
    """What was looked at, in words: `12,345 rows of 2,150 customers`."""
    interval: str = ""
    """Where it lies by chance, at 95 %."""
    off: float | None = None
    """How far what the scenario said was from it, from 0 to 1; None where that is no distance."""
    agrees: bool = False
    """Whether what the scenario said may well be so: it stays, and if it was assumed it no longer is."""
    key: str | None = None
    """A key that takes the place of the last one in `path`: another generator says it better."""
    hindered: str = ""
    """Why it cannot be said in this scenario, where that is so: it is told and not written."""
    beside: tuple[str, str] | None = None
    """A file that the value names, and its text. Its name begins with that of the new scenario once it is written."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a fitter may look at: one dataset as it was seen, in its scenario."""

    dataset: str
    observed: Observed
    plan: Plan
    document: Document
    all_observed: Mapping[str, Observed] = field(default_factory=dict)
    """Every dataset of which something was seen, by name: that of the source, and those that it tells of."""

    @property
    def planned(self) -> DatasetPlan:
        """The dataset, as the scenario makes it."""
        return self.plan.datasets[self.dataset]

    @property
    def path(self) -> Path:
        """Where the scenario describes the dataset."""
        return ("datasets", self.dataset)

    def at_first(self) -> Evidence:
        """Of a history, each entity as it was at first, which its columns say: its moves make what comes later."""
        seen, since = self.observed, self.planned.contract.valid_from
        if not self.planned.spec.history or since not in seen.table.column_names:
            return self
        begun = np.asarray(seen.table[since].combine_chunks().cast(pa.timestamp("us")).cast(pa.int64()).fill_null(0))
        order = np.lexsort((begun, seen.entities))
        rows = np.sort(order[np.unique(seen.entities[order], return_index=True)[1]])
        first = Observed(seen.table.take(pa.array(rows)), seen.entities[rows], seen.entity, len(rows))
        return replace(self, observed=first)


class Fitter(Protocol):
    """Fits what one dataset says, of one kind. Given the same evidence it answers the same."""

    def __call__(self, evidence: Evidence) -> Iterator[Fitted]: ...


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was changed, for the report."""

    what: str
    """The dotted path."""
    was: str
    """What stood there, as text; empty where nothing did."""
    now: str
    interval: str
    evidence: str
    off: float | None
    assumed: bool
    """Whether it was an assumption, which now is measured."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A scenario that says what the real data says, and how that came."""

    name: str
    text: str
    """The new file."""
    changes: Sequence[Change]
    left: Sequence[str]
    """What was seen and not changed, with the reason."""
    files: Mapping[str, str] = field(default_factory=dict)
    """What the new file reads, by name: catalogues of items."""

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON; without the text itself."""
        return {
            "scenario": self.name,
            "changes": [asdict(change) for change in self.changes],
            "left": list(self.left),
            "files": sorted(self.files),
        }


def named(fitted: Fitted) -> str:
    """The dotted path of what was fitted, by the key that it has afterwards."""
    return dotted(fitted.path if fitted.key is None else (*fitted.path[:-1], fitted.key))
