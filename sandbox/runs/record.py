"""What a run leaves for the ledger and the report: plain data, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from sandbox.errors import InputError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

RECORD_VERSION = 1


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """One dataset of a run: where it came from and what became of its rows."""

    name: str
    source: str
    """`simulated`, or the kind of the real source."""
    rows_in: int
    accepted: int
    rejected: int
    broken_rules: dict[str, int]
    """Rows by the rule that they broke; a row may break several."""
    contract: dict[str, Any]
    values_digest: dict[str, str]
    arrival: str = ""
    """How it is known when each row arrived."""
    ignored: list[str] = field(default_factory=list)
    """Columns of a real source that the contract does not know."""
    roles: dict[str, str] = field(default_factory=dict)
    """Of a stream of visits: which columns tell whose visit a row belongs to, what happened and when."""


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """One model of a run: the blueprint's card, what the oracle reaches, where it is saved."""

    name: str
    label: str
    """In words: what is predicted."""
    features_sql: str
    card: dict[str, Any]
    moments: list[str]
    oracle: dict[str, Any] | None = None
    suspects: list[str] = field(default_factory=list)
    """Features that foretell the label too well to be true."""
    dropped: dict[str, int] = field(default_factory=dict)
    """Examples left out, by reason."""
    failure: str = ""
    """Why there is no model, where there is none."""
    reads: list[str] = field(default_factory=list)
    """Datasets that its features and its label come from."""
    fairness: list[dict[str, Any]] = field(default_factory=list)
    """For each grouping: its groups with their rates, and how far they lie apart; see `fairness.audit`."""
    review: dict[str, Any] | None = None
    """What people changed; see `review.outcome.Reviewed`."""
    fairness_reviewed: list[dict[str, Any]] = field(default_factory=list)
    """As `fairness`, of the answers after review."""


@dataclass(frozen=True, slots=True)
class GateRecord:
    """One line of the definition of done and how it ended."""

    text: str
    verdict: str
    value: float | None
    low: float | None
    high: float | None
    trivial_value: float | None = None
    """What a model that knows nothing reaches."""
    trivial_passes: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class AssumptionRecord:
    """One value of the scenario that is assumed, in words; masked where it may be a person's."""

    path: str
    place: str
    """File and line."""
    value: str
    low: str | None = None
    high: str | None = None
    by: str = ""
    on: str = ""
    """The day, as ISO text."""
    ask: str = ""
    dataset: str = ""
    owner: str = ""
    """Who answers for the dataset, and how to reach them."""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One effect of a change, however often it comes; or the items of a dataset that come to be there."""

    change: str
    """Its name; empty for items."""
    kind: str
    about: str
    dataset: str
    effect: str
    """`visits`, `nulls`, `adds`, `expressions`, `launch` or `sets`."""
    column: str | None
    size: float | None
    """The factor on visits, or the share of values that come as null."""
    share: float
    reached: int | None
    """How many it reached, where not all."""
    times: int
    starts: str
    """The first time, as ISO text; `ends` is the last end, None where it stays."""
    ends: str | None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """How a stream arrived: what became of its events, how late they came, and when stages did nothing."""

    stream: str
    sums: dict[str, Any]
    """As the manifest has them: carried + sent + repeated = arrived + damaged + lost + pending; and by stage."""
    late_s: float
    """What takes longer counts as late."""
    lateness: list[list[float]]
    """Arrivals by how long they took: the end of each cell, in seconds, and how many lie in it."""
    starts: list[str]
    """When each piece of the clock begins, as ISO text; all are equally long."""
    sent: list[int]
    """Events by the piece in which they happened; `arrived` by that in which they arrived."""
    arrived: list[int]
    outages: list[dict[str, Any]]
    """`stage`, `starts`, `ends` and, where not all of them are hit, `partitions`."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One iteration."""

    scenario: str
    number: int
    about: str
    file: str
    digest: str
    seed: int
    engine: int
    target: str | None
    scale: float
    settings: list[str]
    versions: dict[str, str]
    started: str
    seconds: float
    clock: dict[str, Any]
    datasets: list[DatasetRecord]
    models: list[ModelRecord]
    gates: list[GateRecord]
    values: dict[str, Any]
    """The scenario as it was after includes and overrides, to tell what changed between two iterations."""
    trials: int | None = None
    """What tuning was told to try instead of what the scenario says."""
    repeatable: bool = True
    """Whether no clock had a say in tuning."""
    warnings: list[str] = field(default_factory=list)
    assumptions: list[AssumptionRecord] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)
    """How many statements of the scenario are assumed, declared and measured."""
    truth: dict[str, int] = field(default_factory=dict)
    """Rows of what only the world knows, by dataset."""
    changes: list[ChangeRecord] = field(default_factory=list)
    """What changed over time."""
    delivery: list[DeliveryRecord] = field(default_factory=list)
    """How streams arrived, where they were delivered."""
    sprint: str = ""
    """Which sprint it belongs to, as the team calls it."""
    goal: str = ""
    """What it was for."""
    experiment: dict[str, Any] = field(default_factory=dict)
    """Of an experiment that was rehearsed: the analysis, what was true, what was decided meanwhile."""
    campaigns: list[dict[str, Any]] = field(default_factory=list)
    """What came of each campaign; see `campaign.judging.Judged`."""
    stage: str = ""
    """How far the work is; empty where the scenario does not say."""
    approval: dict[str, Any] | None = None
    """Who must agree to a release: `by` (nobody: anybody) and `number`; None where it needs nobody."""
    version: int = RECORD_VERSION

    @property
    def done(self) -> bool:
        """Whether no gate fails."""
        return all(gate.verdict != "fails" for gate in self.gates)

    def to_json(self) -> str:
        """The record as JSON text; a figure that is not a number becomes null."""
        return json.dumps(finite(asdict(self)), indent=1, ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, text: str) -> RunRecord:
        """The record in a JSON text. Raises InputError: it is none, or of another version."""
        try:
            raw = json.loads(text)
            if raw["version"] != RECORD_VERSION:
                raise InputError(
                    f"the run's record is of version {raw['version']}, this sandbox reads {RECORD_VERSION}."
                )
            return _reader().validate_json(text)
        except (ValueError, KeyError, TypeError):
            raise InputError("the run's record cannot be read; was it written by this sandbox?") from None


@cache
def _reader() -> TypeAdapter[RunRecord]:
    """What holds a text to the types above; a record that somebody edited must not fail where it is drawn."""
    from pydantic import TypeAdapter

    return TypeAdapter(RunRecord)


def finite(value: Any) -> Any:
    """Plain values as JSON may hold them, which has no NaN and no infinity: these become None."""
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, (list, tuple)) else value
