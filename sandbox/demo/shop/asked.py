"""What a model of the scenario is told of a customer: its own feature SQL, over what was there and what has arrived."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.envelope import ENVELOPE, envelope, with_envelope
from sandbox.mart import FeaturePlan, LivingMart, Question, check_features, feature_table, living, question
from sandbox.runs.questions import in_words, visible_contracts

if TYPE_CHECKING:
    from sandbox.models.saving import SavedModel
    from sandbox.runs.ended import Run
    from sandbox.runs.recommending import Interactions
    from sandbox.scenario.plan import Plan
    from sandbox.serve.knowledge import Origin


@dataclass(frozen=True, slots=True)
class Asked:
    """A model that asks about customers what they do in the shop."""

    question: Question
    features: FeaturePlan


def asked_of(plan: Plan, source: Interactions) -> Asked | None:
    """The first model of the shop's customers whose feature SQL reads the shop's stream; None where there is none."""
    contracts = visible_contracts(plan)
    for name, model in plan.models.items():
        if model.of == source.customers:
            moments = tuple(plan.clock.calendar.at_us(moment) for moment in model.at)
            asked = question(name, model, moments, contracts, plan.folder)
            features = check_features(asked.features, contracts, asked.entity, asked.of, plan.clock.zone)
            if source.dataset in features.reads:
                return Asked(asked, features)
    return None


@dataclass(eq=False)
class Told:
    """What the SQL gives at any moment of the shop: a mart that goes on, filled when somebody asks for the first time.

    Any thread may ask; one waits for the other.
    """

    origin: Origin
    asked: Asked
    run: Run | None = None
    """Whose model says what follows; without a run there are features alone."""
    _mart: LivingMart | None = None
    _under_way: dict[str, list[pa.RecordBatch]] = field(default_factory=dict)
    """Rows by dataset that have not arrived yet, or that nobody has put in."""
    _open: ExitStack = field(default_factory=ExitStack)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _model: SavedModel | None = None

    def told(self) -> dict[str, Any]:
        """Which model it is, and what it says."""
        name, sql = self.asked.question.name, self.asked.features.sql
        model = self.origin.plan.models[name]
        where = Path(sql.file).name if sql.file else f"models.{name}.features"
        return {"model": name, "about": model.about or in_words(model), "sql": where}

    def take(self, rows: pa.Table, arrived_us: Sequence[int | None]) -> None:
        """Events that somebody caused in the shop.

        Args:
            rows: in the stream's columns.
            arrived_us: when each arrives, microseconds UTC; None where it is lost.
        """
        there = [place for place, each in enumerate(arrived_us) if each is not None]
        arrivals = np.array([each for each in arrived_us if each is not None], np.int64)
        with self._lock:
            ids = np.arange(len(there), dtype=np.uint64)  # the stream's key tells rows apart, where it has one
            for batch in rows.take(there).combine_chunks().to_batches():
                self._wait(self.origin.source.dataset, with_envelope(batch, envelope(ids, arrivals)))

    def about(self, customer: str, now_us: int) -> dict[str, Any] | None:
        """What a customer's features are at a moment, and what the model says of them; None where SQL has no such row.

        Raises:
            InputError: the SQL fails on a value.
            OutsideError: a landed file cannot be read.
        """
        with self._lock:
            if self._mart is None:
                self._mart = self._filled()
            self._put_arrived(self._mart, now_us)
            table = feature_table(self._mart, self.asked.question, now_us)
            entity = table.column(self.asked.question.entity)
            rows = table.filter(pc.equal(entity.cast(pa.string()), customer)).drop_columns([self.asked.question.entity])
            if not len(rows):
                return None
            return {"features": rows.to_pylist()[0], "probability": self._probability(rows, now_us)}

    def close(self) -> None:
        """Let go of the mart."""
        with self._lock:
            self._open.close()

    def _filled(self) -> LivingMart:
        contracts, reads = visible_contracts(self.origin.plan), dict(self.asked.features.reads)
        contract = contracts[self.asked.question.of]
        if contract.valid_from:  # who is there is seen by open versions
            reads[contract.dataset] = (*reads.get(contract.dataset, ()), self.asked.question.entity)
        mart = self._open.enter_context(living(contracts, reads, self.origin.plan.clock.zone))
        for dataset in reads:
            for batch in self.origin.batches(dataset, envelope=True):
                self._wait(dataset, batch)
                self._put_arrived(mart, self.origin.plan.clock.end_us, dataset)
        return mart

    def _wait(self, dataset: str, batch: pa.RecordBatch) -> None:
        self._under_way.setdefault(dataset, []).append(batch)

    def _put_arrived(self, mart: LivingMart, now_us: int, dataset: str | None = None) -> None:
        for name in [dataset] if dataset is not None else list(self._under_way):
            later: list[pa.RecordBatch] = []
            for batch in self._under_way.pop(name, []):
                arrivals = pc.struct_field(batch.column(ENVELOPE), "arrived_at")
                arrived = pc.less_equal(arrivals.cast(pa.int64()), now_us)
                mart.put(name, batch.filter(arrived))
                if not pc.all(arrived).as_py():
                    later.append(batch.filter(pc.invert(arrived)))
            if later:
                self._under_way[name] = later

    def _probability(self, rows: pa.Table, now_us: int) -> float | None:
        name = self.asked.question.name
        if self.run is None or not any(each.name == name and not each.failure for each in self.run.record.models):
            return None
        if self._model is None:
            from sandbox.models.saving import load  # it takes scikit-learn along

            self._model = load(self.run.folder.model(name))
        return float(self._model.predict(rows, datetime.fromtimestamp(now_us / 1e6, UTC))[0].as_py())
