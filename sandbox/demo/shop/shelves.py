"""What is shown to whom: the rules' list beside the model's; the rules at once, the model when it has learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sandbox import registry
from sandbox.demo.shop.elsewhere import Elsewhere
from sandbox.errors import InputError
from sandbox.models.recommend.endpoints import Endpoint
from sandbox.models.recommend.policies import PolicyPart
from sandbox.serve.learnt import Learnt
from sandbox.serve.recommending import MODEL, RULES, Recommendations

if TYPE_CHECKING:
    from sandbox.scenario.plan import Plan
    from sandbox.world.world import World


TELLING = 24
"""Customers to choose from."""
_LEAST_MET, _MOST_MET, _LOOKED_AT = 4, 16, 1_500


@dataclass(frozen=True, slots=True)
class Policies:
    """The two that stand side by side, by their names in the scenario."""

    rules: str
    model: str


def policies_of(plan: Plan, known: Sequence[str]) -> Policies:
    """The control of the experiment and its first arm; else those that are named so, or the first two.

    Args:
        known: names of the policies that there are.
    """
    if plan.shelves is not None and plan.shelves.arms[0].policy in known:
        return Policies(plan.shelves.arms[0].policy, plan.shelves.arms[-1].policy)
    rules = RULES if RULES in known else known[0]
    others = [name for name in known if name != rules] or [rules]
    return Policies(rules, MODEL if MODEL in others else others[0])


_WORDS = {
    "best_sellers": "best sellers",
    "item_knn": "what goes together",
    "also_bought": "also bought",
    "http": "another service",
    "personalize": "Amazon Personalize",
    "ease": "what goes together, weighed",
    "als": "hidden tastes",
    "popularity": "what most look at",
    "random": "by chance",
    "rules": "a rule by hand",
    "none": "nothing",
}
"""What policies go by, for those who do not know their names."""


@dataclass(eq=False)
class Shelves:
    """Lists of items by their ids."""

    recommendations: Recommendations
    policies: Policies
    history: list[str] = field(default_factory=list)
    """What the world has shown until now, the best first: the rules before anybody has counted anything."""
    elsewhere: Elsewhere | None = field(init=False)
    """Who is asked for the model's list, where it is an endpoint."""
    telling: list[str] = field(default_factory=list)
    """Customers for whom the two shelves differ most, of some who have met neither little nor very much."""

    def __post_init__(self) -> None:
        part = self._part(self.policies.model)
        self.elsewhere = Elsewhere(part) if isinstance(part, Endpoint) else None

    def read_history(self, world: World | None) -> None:
        """Ask the world for the list that history shows; a real shop has none."""
        source = self.recommendations.origin.source
        plan = self.recommendations.origin.plan
        if world is None or source.dataset in plan.bindings:
            return
        catalogue = world.stream(source.dataset).catalogue
        if catalogue is not None:
            ids = catalogue.column(catalogue.key).to_pylist()
            self.history = [str(ids[place]) for place in catalogue.best]

    def find_telling(self, slots: int) -> None:
        """Look for customers with whom something is to be seen: a list of best sellers is like another for many."""
        if self.now is None or self.elsewhere is not None:
            return
        many, names = np.diff(self.now.met.matrix.indptr), self.now.knowledge.events.people.to_pylist()
        usual = np.flatnonzero((many >= _LEAST_MET) & (many <= _MOST_MET))
        step = max(len(usual) // _LOOKED_AT, 1)
        some = [str(names[row]) for row in usual[::step] if names[row] is not None][:_LOOKED_AT]
        if not some:
            return
        rules, model = (
            self.recommendations.batch(name, some, slots) for name in (self.policies.rules, self.policies.model)
        )
        same = [len(set(one) & set(two)) for one, two in zip(rules, model, strict=True)]
        self.telling = [some[place] for place in np.argsort(same, kind="stable")[:TELLING]]

    def told(self) -> dict[str, str]:
        """Both policies in words."""
        sides = (("rules", self.policies.rules), ("model", self.policies.model))
        parts = {side: self._part(name) for side, name in sides}
        return {side: _WORDS.get(_kind(parts[side]), name) + _by(parts[side]) for side, name in sides}

    @property
    def now(self) -> Learnt | None:
        """What policies know; None before they have learnt."""
        try:
            return self.recommendations.now
        except InputError:
            return None

    def rules(self, who: str, owned: Sequence[str], n: int) -> list[str] | None:
        """What the rules show, but what somebody has; None where there is nothing to go by yet."""
        if self.now is not None:
            return self._asked(self.now, self.policies.rules, who, owned, n)
        has = set(owned)
        return [item for item in self.history if item not in has][:n] or None

    def model(self, who: str, owned: Sequence[str], n: int) -> list[str] | None:
        """What the model shows; None before it has learnt. Where an endpoint gives fewer, best sellers come behind."""
        if self.elsewhere is not None and self.now is not None:
            told = [*self.elsewhere.of(who), *self._asked(self.now, self.policies.rules, who, owned, n)]
            known = self.now.met.places.keys() - set(owned)
            return [item for item in dict.fromkeys(told) if item in known][:n]
        return self._asked(self.now, self.policies.model, who, owned, n) if self.now is not None else None

    def like(self, item: str, n: int) -> list[str]:
        """What goes with a product, by the model; nothing before it has learnt."""
        if self.now is None or item not in self.now.met.places or self.elsewhere is not None:
            return []
        return self.recommendations.ask(self.policies.model, None, n, item=item).items

    def _part(self, name: str) -> PolicyPart:
        learnt = self.recommendations.parts
        found = learnt.get(name) or self.recommendations.origin.plan.scenario.policies[name].part
        assert isinstance(found, PolicyPart)
        return found

    def _asked(self, now: Learnt, policy: str, who: str, owned: Sequence[str], n: int) -> list[str]:
        places, allowed = now.met.places, np.ones(len(now.ids), np.bool_)
        allowed[[places[item] for item in owned if item in places]] = False
        return self.recommendations.ask(policy, who, n, allowed=allowed).items


def _kind(part: PolicyPart) -> str:
    """The name of a policy's part, as a scenario writes it."""
    for name in registry.names("sandbox.policies"):
        if registry.load("sandbox.policies", name) is type(part):
            return name
    return type(part).__name__


def _by(part: PolicyPart) -> str:
    group = getattr(part, "by", None)
    return f", by {group.replace('_', ' ')}" if isinstance(group, str) else ""
