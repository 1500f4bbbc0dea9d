"""Recommend: lists for customers and sessions, by any policy of the scenario, from what they have met until now."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.errors import InputError
from sandbox.experiment.teaching import taught
from sandbox.models.recommend.endpoints import Endpoint
from sandbox.models.recommend.policies import BestSelling, ItemKnn, PolicyPart
from sandbox.models.recommend.showing import NOBODY
from sandbox.runs.basis import SOURCES, Basis
from sandbox.runs.recommending import interactions
from sandbox.serve.knowledge import Origin, plain, updated
from sandbox.serve.learnt import Champion, Learnt, Listed
from sandbox.serve.people import Met, Since, meet
from sandbox.serve.ready import LONGEST, Ready, Remembered

if TYPE_CHECKING:
    from sandbox.scenario.plan import Plan
    from sandbox.world.world import World

RULES, MODEL = "rules", "recommender"
"""The policies of a scenario that names none: what sells best, and what goes with what was met."""


@dataclass(eq=False)
class Recommendations:
    """The policies of a scenario, each ready to answer once they have learnt.

    One thread asks, and tells what comes in. Another one may learn meanwhile (`learnt`), for the first one to `adopt`.
    """

    origin: Origin
    goal: str | None
    parts: Mapping[str, PolicyPart]
    since: Since = field(default_factory=OrderedDict)
    """What has come in."""
    put_in: dict[str, pa.Table] = field(default_factory=dict)
    """Customers and items that have come in, by dataset."""
    _now: Learnt | None = None
    _remembered: Remembered = field(default_factory=Remembered)

    @classmethod
    def of(
        cls, plan: Plan, world: World | None = None, basis: Basis | None = None, events: str | None = None
    ) -> Recommendations:
        """Those of a plan, which have not learnt yet.

        Args:
            plan: whose policies; without any, best sellers and item-KNN. Those that ask elsewhere are served there.
            world: of the plan, if there is one already.
            basis: learn from what landed in its run; else from the scenario's sources.
            events: the stream to learn from, where there are several.
        Raises:
            InputError: no stream tells which customer met which item.
        """
        source = interactions(plan, events)
        parts = {name: each.part for name, each in plan.scenario.policies.items()}
        named = {
            name: part
            for name, part in parts.items()
            if isinstance(part, PolicyPart) and not isinstance(part, Endpoint)
        }
        goal = source.goal(plan.shelves.goal if plan.shelves is not None else None)
        return cls(
            Origin(plan, source, world, basis or SOURCES), goal, named or {RULES: BestSelling(), MODEL: ItemKnn()}
        )

    @property
    def now(self) -> Learnt:
        """What is known. Raises InputError: nothing was learnt yet."""
        if self._now is None:
            raise InputError("nothing was learnt yet.")
        return self._now

    def learn(self, more: pa.Table | None = None) -> None:
        """Let every policy learn, from what is there and `more` of the stream's rows.

        Raises:
            InputError: a policy lacks a column of the items, or a library is not installed.
        """
        self.adopt(self.learnt(more))

    def learnt(self, more: pa.Table | None = None) -> Learnt:
        """What policies would know if they learnt now; nothing changes yet. Raises InputError, as `learn`."""
        knowledge = self.origin.knowledge(self.goal, more, self.put_in.get(self.origin.source.items))
        seed = self.origin.plan.seed
        met = Met.of(knowledge, self.since)
        people = np.sort(np.fromiter(met.people.values(), np.int64, len(met.people)))
        champions = {}
        for name, part in self.parts.items():
            served = taught(part, knowledge.events, knowledge.catalogue, seed)
            champions[name] = Champion(served, self._next(name), Ready.of(served, people))
        ids = [str(item) for item in knowledge.events.items.to_pylist()]
        return Learnt(knowledge, met, champions, ids, time.time())

    def adopt(self, learnt: Learnt) -> None:
        """Answer by what was learnt from here on."""
        self._now = learnt
        self._remembered.clear()

    @property
    def is_ready(self) -> bool:
        """Whether something was learnt."""
        return self._now is not None

    def meet(self, session: str, customer: str | None, item: str, kind: str) -> None:
        """Somebody does something with an item: lists are about that too from now on."""
        meet(self.since, session, customer, item, kind)
        self._remembered.forget(session)
        self._remembered.forget(customer)

    def put(self, dataset: str, rows: pa.RecordBatch) -> None:
        """Customers or items have come in, or others in the place of those of the same key."""
        key = self.origin.plan.datasets[dataset].contract.primary_key[0]
        came = pa.table({name: plain(column) for name, column in zip(rows.schema.names, rows.columns, strict=True)})
        there = self.put_in.get(dataset)
        self.put_in[dataset] = came if there is None else updated(there, came, key)

    def ask(
        self,
        policy: str,
        customer: str | None,
        n: int,
        *,
        item: str | None = None,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Listed:
        """The list for a customer or a session, or for whoever looks at an item.

        Args:
            policy: its name.
            customer: id of a customer or a session, as text; best sellers where nothing is known of them.
            n: how many, >= 0; fewer come where fewer may be shown.
            item: what is looked at now; the list is then about this instead of all that was met.
            allowed: which items may be shown, by place, shape (items,); None: all.
        Raises:
            InputError: there is no such policy.
        """
        now = self.now
        champion = now.champion(policy)
        if allowed is not None:
            return now.list_for(policy, customer, n, item, allowed)
        row = now.met.people.get(customer) if customer is not None else None
        ready = champion.ready
        if item is None and row is not None and customer not in self.since and n <= LONGEST and row < len(ready.item):
            ids, chosen = now.ids, ready.item[row, :n].tolist()
            items = [ids[place] for place in chosen if place != NOBODY]
            return Listed(items, ready.score[row, : len(items)].tolist(), policy, champion.version)
        found = self.remembered(customer, (policy, n, item))
        if isinstance(found, Listed):
            return found
        listed = now.list_for(policy, customer, n, item, None)
        self.remember(customer, (policy, n, item), listed)
        return listed

    def remembered(self, customer: str | None, what: Hashable) -> object | None:
        """What was kept of somebody since they last did something, and since policies last learnt."""
        return self._remembered.get(customer if self.now.met.knows(customer) else None, what)

    def remember(self, customer: str | None, what: Hashable, value: object) -> None:
        """Keep what follows from the lists of somebody; those who are unknown have theirs in common."""
        self._remembered.keep(customer if self.now.met.knows(customer) else None, what, value)

    def rank(
        self, policy: str, customer: str | None, items: Sequence[str], *, allowed: NDArray[np.bool_] | None = None
    ) -> Listed:
        """The caller's own items, the best first. Raises InputError, as `ask`."""
        return self.now.rank(policy, customer, items, allowed=allowed)

    def batch(self, policy: str, customers: Sequence[str | None], n: int) -> list[list[str]]:
        """The same lists for many at once. Raises InputError, as `ask`."""
        return self.now.batch(policy, customers, n)

    def champion(self, policy: str) -> Champion:
        """What a policy has learnt. Raises InputError: there is none of this name."""
        return self.now.champion(policy)

    def _next(self, name: str) -> int:
        return 1 if self._now is None else self._now.champions[name].version + 1
