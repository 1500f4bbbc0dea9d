"""A model that decides while a show goes on: it learns once labels are known, and is asked of whoever is due each day.

Everybody is due once in each stretch of `review: over`, at a moment that is drawn by their id. Whom the model is in
doubt of then comes before people; whom it is not, it decides alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address
from sandbox.errors import InputError
from sandbox.mart import Mart, Question, check_features, examples, feature_table, question
from sandbox.mart.cut import time_of
from sandbox.mart.labels import window_us
from sandbox.models.base import Blueprint, Examples, Floats, Rows
from sandbox.models.base import Model as Learnt
from sandbox.models.classify import TRIALS
from sandbox.review.desk import coming_us, lengths_s
from sandbox.review.open_desk import Cases, OpenDesk
from sandbox.runs.questions import visible_contracts
from sandbox.scenario.language import Model
from sandbox.scenario.language.review import Review
from sandbox.scenario.plan import Plan


@dataclass(eq=False)
class Deciding:
    """A model of a plan with its reviewers, from the beginning of a show on."""

    plan: Plan
    name: str
    begins_us: int
    """The show's beginning, microseconds UTC, as all times."""
    asked: Question
    desk: OpenDesk | None = None
    """From when on it has learnt."""
    learnt: Learnt | None = None
    learnt_from: int = 0
    """Examples."""
    ids: pa.DataType = field(default_factory=pa.int64)
    """The type of its entities' ids."""
    opens_us: int = 0
    """When it had learnt; stretches are counted from there."""
    failure: str = ""
    """Why it could not learn when it tried last."""
    alone: int = 0
    """Decisions of the model that nobody looked at."""

    @classmethod
    def of(cls, plan: Plan, name: str, begins_us: int) -> Deciding:
        """As the plan has it. Raises InputError: its features do not stand."""
        model = plan.models[name]
        moments = tuple(plan.clock.calendar.at_us(moment) for moment in model.at)
        asked = question(name, model, moments, visible_contracts(plan), plan.folder)
        return cls(plan, name, begins_us, asked)

    @property
    def model(self) -> Model:
        """As the scenario says it."""
        return self.plan.models[self.name]

    @property
    def terms(self) -> Review:
        """Who reviews, and how fast."""
        assert self.model.review is not None
        return self.model.review

    @property
    def reads(self) -> set[str]:
        """The datasets that it needs."""
        asked, zone = self.asked, self.plan.clock.zone
        plan = check_features(asked.features, visible_contracts(self.plan), asked.entity, asked.of, zone)
        return {*plan.reads, asked.of, *filter(None, [asked.label.occurs])}

    @property
    def learns_us(self) -> int:
        """When it can learn first: at the show's beginning, or when the first of its labels are known."""
        return max(self.begins_us, min(self.asked.moments_us) + window_us(self.asked))

    def is_secret(self) -> bool:
        """Whether ids of its entities are personal data."""
        return self.asked.entity in visible_contracts(self.plan)[self.asked.of].pii

    def begin_day(self, mart: Mart, now_us: int, until_us: int) -> dict[str, Any]:
        """Learn, if that is still to be done, and decide on all who are due before the next day begins.

        Returns:
            What the journal keeps of it; nothing where there is nothing to tell.
        """
        told: dict[str, Any] = {}
        if self.desk is None:
            if now_us < self.learns_us:
                return told
            if self.learnt is None:
                self.learn(mart, now_us)
            if self.learnt is None:
                return {"failed": self.failure}
            told = {"learnt_from": self.learnt_from, "threshold": self.learnt.threshold}
            self.opens_us, clock = now_us, self.plan.clock
            self.desk = OpenDesk.of(self.terms, clock.zone, now_us, clock.end_us, self.ids)
        cases, decided = self._due(mart, now_us, until_us)
        self.alone += decided - len(cases)
        self.desk.take(cases)
        stand = self.desk.stand(now_us)
        shape = np.stack([cases.comes_us.astype(np.float64), cases.scores, cases.takes_s])
        return {
            **told,
            "decisions": decided,
            "in_band": len(cases),
            "sha256": hashlib.sha256(shape.tobytes()).hexdigest(),
            "by_people": int(stand.decided.sum()),
            "given_up": int(stand.given_up.sum()),
        }

    def learn(self, mart: Mart, now_us: int) -> None:
        """Learn from the cuts whose labels are known; data that allow no model leave a failure that says why."""
        window = window_us(self.asked)
        known = tuple(cut_us for cut_us in self.asked.moments_us if cut_us + window <= now_us)
        spike = getattr(self.model.blueprint, "spike", None)
        # A box of time holds another number of trials each time, and a show must come out the same.
        trials = TRIALS if getattr(spike, "time", None) is not None else None
        try:
            found = examples(mart, replace(self.asked, moments_us=known))
            learnt = Examples(found.entity, found.moment, found.features, found.label, found.window)
            fitted = cast("Blueprint", self.model.blueprint).fit(learnt, self.plan.seed, trials=trials)
        except InputError as error:
            self.failure = " ".join(problem.message for problem in error.problems)
            return
        self.failure, self.learnt_from, self.ids = "", len(found.label), found.entity.type
        self.learnt = fitted.model

    def _due(self, mart: Mart, now_us: int, until_us: int) -> tuple[Cases, int]:
        """Whom people look at of those who are due in [now, until), and how many are due."""
        assert self.learnt is not None
        assert self.desk is not None
        table = feature_table(mart, self.asked, now_us)
        ids = table.column(self.asked.entity).combine_chunks().cast(self.desk.cases.ids.type)
        rows, comes_us, takes_s = self._moments(ids, now_us, until_us)
        scores = self.learnt.predict(table.take(pa.array(rows)), time_of(now_us)).to_numpy()
        doubtful = (scores >= self.terms.band[0]) & (scores <= self.terms.band[1])
        chosen = ids.take(pa.array(rows[doubtful]))
        return Cases(chosen, scores[doubtful], comes_us[doubtful], takes_s[doubtful]), len(rows)

    def _moments(self, ids: pa.Array, now_us: int, until_us: int) -> tuple[Rows, Rows, Floats]:
        """The rows of those who are due, when, and how long their reviews would take; in the order of their coming."""
        over_us = round(self.terms.over.total_seconds() * 1e6)
        found: list[tuple[Rows, Rows, Floats]] = []
        for number in range((now_us - self.opens_us) // over_us, (until_us - 1 - self.opens_us) // over_us + 1):
            since_us = self.opens_us + number * over_us
            address = Address((self.plan.seed, "models", self.name, "review")).of(since_us)
            comes_us = coming_us(ids, since_us, self.terms, address)
            rows = np.flatnonzero((comes_us >= now_us) & (comes_us < until_us)).astype(np.int64)
            found.append((rows, comes_us[rows], lengths_s(ids.take(pa.array(rows)), self.terms, address)))
        rows, comes_us, takes_s = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.argsort(comes_us, kind="stable")
        return rows[order], comes_us[order], takes_s[order]
