"""The plan: a scenario after binding, as the rooms above use it. Nothing in it is left to guess or to validate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.scenario.forms import SCD2, Form
from sandbox.scenario.span import ALL, Span

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.contract.model import Contract
    from sandbox.scenario.clock import Clock
    from sandbox.scenario.gates import Gate
    from sandbox.scenario.language import Binding, Dataset, Experiment, Model, Scenario
    from sandbox.scenario.parts import ColumnPart


@dataclass(frozen=True, slots=True)
class ClockPlan:
    """When the world runs: microseconds UTC, [start, end)."""

    start_us: int
    end_us: int
    zone: str
    calendar: Clock
    """Local days of the zone, and moments such as `day 30`, as microseconds UTC."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column to make."""

    name: str
    generator: ColumnPart
    type: pa.DataType
    """The type of the finished column, as the contract (or, hidden, the generator) has it."""
    nulls: float | str | None = None
    decimals: int | None = None
    hidden: bool = False
    reads: tuple[str, ...] = ()
    """Columns that must be made before: those its generator, its expressions and its null rate use."""


@dataclass(frozen=True, slots=True)
class PinnedColumn:
    """What pins write into one column: values, in the column's type, and the rows that they stand in."""

    rows: tuple[int, ...]
    values: pa.Array


@dataclass(frozen=True, slots=True)
class Pins:
    """Rows with values that somebody wrote.

    Each pin has a row number, which is the same at any scale. Where the table is too short for it, its row is added
    at the end, so that nothing else moves; it is still drawn by its number.
    """

    generated: int
    """Rows that the table has without those that are added; nothing but these is referred to by chance."""
    added: tuple[int, ...]
    """Numbers of the rows at the end, in their order."""
    columns: Mapping[str, PinnedColumn] = field(default_factory=dict)

    def row_of(self, number: int) -> int | None:
        """Where the row of a number stands; None if there is none."""
        if 0 <= number < self.generated:
            return number
        return self.generated + self.added.index(number) if number in self.added else None


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """A change: in force from `start_us` until `end_us` (microseconds UTC), for a share of the rows of a dataset."""

    name: str
    kind: str
    about: str
    start_us: int
    end_us: int
    ramp_us: int = 0
    """How long it takes to reach its whole strength."""
    every_us: int = 0
    """From one beginning to the next, where it comes and goes; else 0."""
    lasts_us: int = 0
    """How long it holds each time."""
    of: str | None = None
    """The dataset whose rows it reaches; None: those of all that have streams."""
    share: float = 1.0
    where: str | None = None
    visits: Mapping[str, float] = field(default_factory=dict)
    nulls: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    adds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    heard: tuple[str, ...] = ()
    """Streams whose SQL uses it."""

    @property
    def is_for_all(self) -> bool:
        """Whether it reaches everybody."""
        return self.share == 1.0 and self.where is None


@dataclass(frozen=True, slots=True)
class OutagePlan:
    """When a stage does nothing: once, from `start_us` on, or by chance, `mean_between_us` after the one before."""

    lasts_us: int
    """How long; by chance, on average."""
    start_us: int = 0
    mean_between_us: int = 0
    partitions: tuple[int, ...] = ()
    """Which partitions; empty for all."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage of the delivery. Times are microseconds; what is 0, None or empty does not happen."""

    name: str
    latency: ColumnPart | None = None
    """Of seconds."""
    slow: float = 0.0
    slow_latency: ColumnPart | None = None
    every_us: int = 0
    batch: int = 0
    partitions: int = 1
    key: str | None = None
    capacity: tuple[tuple[int, float], ...] = ()
    """Events a second and partition, each from a moment on; before the first, as from it."""
    catch_up: float = 0.0
    buffer: int = 0
    outages: tuple[OutagePlan, ...] = ()
    retries: float = 0.0
    retried_after: ColumnPart | None = None
    loss: float = 0.0
    corrupt: tuple[tuple[int, float], ...] = ()
    """Codes of faults, from 1, each with its share."""


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """How some streams come from where they happen to where they land."""

    stages: tuple[StagePlan, ...]
    streams: tuple[str, ...]
    late_us: int
    """What takes longer counts as late."""


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """One dataset to make."""

    name: str
    spec: Dataset
    contract: Contract
    columns: tuple[ColumnPlan, ...]
    """In the order of making: each after what it reads; hidden ones included."""
    rows: int
    """Rows (of a history: entities) after scaling; -1 where a fan-out, a period or a rate decides."""
    parent: str | None = None
    pins: Pins | None = None
    """Rows that are written; `rows` counts those that they add."""
    proven: frozenset[str] = frozenset()
    """Names of the contract's rules that hold by the making."""
    needs: tuple[str, ...] = ()
    """Datasets that this one reads: its parent, references, look-ups."""
    process: Mapping[str, pa.DataType] = field(default_factory=dict)
    """Columns that visits bring, by full name: `visit.id`, `item.price`, `at.hour`."""
    under_way: Mapping[str, pa.DataType] = field(default_factory=dict)
    """Columns that expressions of a journey see while a visit goes on: `visit.step`, `item.price`, `at.hour`."""
    items: str | None = None
    """The dataset of the items that journeys are about."""

    def column(self, name: str) -> ColumnPlan:
        """The plan of a column by name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """An arm of the experiment: the policy that it sees, and its share of the customers."""

    policy: str
    share: float


@dataclass(frozen=True, slots=True)
class RetrainPlan:
    """When policies learn anew, and when a candidate takes over. What is 0 is not asked for."""

    every_us: int
    window_us: int = 0
    """How far back policies learn; 0: to the clock's start."""
    on_drift: float = 0.0
    takes_us: int = 0
    """On average."""
    time_box_us: int = 0
    threshold: float = 0.0
    min_absolute_change: float = 0.0
    min_relative_change: float = 0.0
    roll_back: float | None = None


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """What may be shown to whom."""

    in_stock: str | None = None
    not_owned: bool = False
    eligible: str | None = None
    alike: str | None = None


@dataclass(frozen=True, slots=True)
class ShelvesPlan:
    """Who is shown the lists of which policy on the shelves of a stream, and what is learnt meanwhile."""

    events: str
    """The stream whose shelves are filled."""
    items: str
    customers: str
    customer: str
    """The stream's column with the customer."""
    item: str
    """That with the item."""
    event: str
    """That with what happened."""
    arms: tuple[ArmPlan, ...]
    """The control first; the shares sum to 1."""
    holdout: float
    stages: tuple[tuple[int, tuple[float, ...]], ...]
    """When shares change, microseconds UTC, and those of the arms beside the control from there on."""
    starts_us: int
    goal: str
    """The event that counts as a success."""
    clicks: str | None
    """The event of a click; None where a click emits none."""
    value: str | None
    """The column that says what an event is worth."""
    retrain: RetrainPlan
    layouts: Mapping[int, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    """By arm and state: the slot in which a list begins, from 0, and how many it has."""
    explore: tuple[float, ...] = ()
    """By arm; empty: nobody explores."""
    offer: OfferPlan = OfferPlan()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be done, decided."""

    scenario: Scenario
    name: str
    engine: int
    seed: int
    clock: ClockPlan
    datasets: Mapping[str, DatasetPlan]
    """In an order in which each comes after those it needs."""
    changes: Mapping[str, ChangePlan] = field(default_factory=dict)
    """What changes over time."""
    delivery: DeliveryPlan | None = None
    """How streams arrive; None: at the moment at which their events happen."""
    target: str | None = None
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    """Of the chosen target: the datasets that are real. All others are simulated."""
    anchors: Mapping[str, str] = field(default_factory=dict)
    """Real datasets whose rows simulated ones refer to, and the digest of their keys; of a world's plan."""
    models: Mapping[str, Model] = field(default_factory=dict)
    experiment: Experiment | None = None
    shelves: ShelvesPlan | None = None
    """The closed loop of the experiment; None where it has none."""
    gates: tuple[Gate, ...] = ()
    folder: str = "."
    """Where the scenario file lies; relative files are looked for from here."""
    file: str = "scenario"
    form: Form = SCD2
    span: Span = ALL
    """In which histories leave the world."""
    digest: str = ""
    """Of the scenario's meaning: its values after includes, overrides and options, not its layout."""
