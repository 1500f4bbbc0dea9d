"""What visitors choose and by what: how popular items are, and the coefficients of their utility.

Every item that is there could have come to mind, by its popularity, which nobody tells; all that is told is what was
taken. Terms over columns that were not seen stay as they are, and so does the weight of taste.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, hash_columns
from sandbox.calibrate.considering import Consideration
from sandbox.calibrate.families import FEW, Floats, nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.picks import Picks, picks_of
from sandbox.calibrate.popular import exponent_of
from sandbox.calibrate.utilities import Chosen, Utility, utility_of
from sandbox.gap.sides import dummy_plan
from sandbox.scenario.document import Path
from sandbox.scenario.expressions import ExpressionError
from sandbox.scenario.language import Choosing
from sandbox.world.arrays import ArrayExpression, Operand, array_expression, operand_of
from sandbox.world.recipe import CHANGE, ITEM, PARENT
from sandbox.world.rowsets import Whole
from sandbox.world.views import moments
from sandbox.world.world import World

_FEWEST_CHOICES = 200
_FEWEST_ITEMS = 10
_MOST_CELLS = 1_000_000
"""People times items that are looked at; beyond it people are left out, each by who it is alone."""
_UNSURE = 0.5
"""Of the utility: where its standard error is larger, a coefficient is not told."""


def fit_choices(evidence: Evidence) -> Iterator[Fitted]:
    """The popularity of items and the coefficients of their utility, by what was chosen in a stream's visits."""
    spec = evidence.planned.spec
    picks = picks_of(evidence) if spec.journey is not None and evidence.planned.items is not None else None
    if picks is None or len(picks.item) < _FEWEST_CHOICES or picks.items < _FEWEST_ITEMS:
        return
    people = len(np.unique(picks.people))
    if people < FEW:
        return
    told = f"{len(picks.item):,} choices among {picks.items:,} {evidence.planned.items} by {people:,}"
    told = f"{told} {evidence.observed.entity or 'people'}"
    terms, path = terms_of(evidence, picks), (*evidence.path, "choice")
    chosen = _chosen(evidence, picks, terms)
    choice = spec.choice or Choosing(consider=1)
    said = np.array([choice.utility[term.text] for term in terms])
    taste = evidence.plan.datasets[str(evidence.planned.parent)].spec.taste
    how = Consideration(choice.consider, choice.taste if taste is not None else 0.0)
    found = utility_of(chosen, np.zeros(chosen.counts.shape), how, said) if len(terms) else _plain(chosen)
    if picks.among == "popular":
        yield from _popularity(path, spec.choice, picks, found, told)
    for place, term in enumerate(terms):
        if found.errors[place] * float(chosen.terms[place].std()) <= _UNSURE:
            yield _coefficient((*path, "utility", term.text), float(said[place]), found, place, told)


def _plain(chosen: Chosen) -> Utility:
    """Of nothing that tells items apart."""
    return Utility(np.zeros(0), np.zeros(0), chosen.there)


def _popularity(path: Path, said: Choosing | None, picks: Picks, found: Utility, told: str) -> Iterator[Fitted]:
    factors = np.maximum(found.factors / found.factors.max(), 1e-12)
    exponent, error = exponent_of(picks.item, picks.people, factors)
    before = said.popularity if said is not None else 1.0
    interval = f"{nice(max(exponent - 1.96 * error, 0.0), 3)} to {nice(exponent + 1.96 * error, 3)}"
    off = float(np.abs(_zipf(before, picks.items) - _zipf(exponent, picks.items)).sum() / 2)
    new: Any = nice(exponent, 3)
    agrees = abs(before - exponent) <= 1.96 * error
    if said is None:
        yield Fitted(path, {"popularity": new}, told, interval, round(off, 4), agrees)
    else:
        yield Fitted((*path, "popularity"), new, told, interval, round(off, 4), agrees)


def _zipf(exponent: float, items: int) -> Floats:
    weights = np.arange(1.0, items + 1) ** -exponent
    return np.asarray(weights / weights.sum(), np.float64)


def _coefficient(path: Path, said: float, found: Utility, place: int, told: str) -> Fitted:
    value, error = float(found.values[place]), float(found.errors[place])
    interval = f"{nice(value - 1.96 * error, 3)} to {nice(value + 1.96 * error, 3)}"
    off = min(abs(said - value) / max(abs(said), abs(value), 1e-12), 1.0)
    return Fitted(path, nice(value, 3), told, interval, round(off, 4), abs(said - value) <= 1.96 * error)


@dataclass(frozen=True, eq=False)
class Term:
    """A term of the utility whose columns were all seen."""

    text: str
    expression: ArrayExpression

    @property
    def of_owner(self) -> list[str]:
        """The columns of the people who choose that it uses."""
        return [name.removeprefix(PARENT) for name in self.expression.columns_used if name.startswith(PARENT)]


def terms_of(evidence: Evidence, picks: Picks) -> list[Term]:
    """Those of the scenario's terms whose columns were seen, as far as they can be told at all."""
    choice, above = evidence.planned.spec.choice, str(evidence.planned.parent)
    if choice is None or choice.consider == 1:  # what comes to mind is taken
        return []
    types = {f"{ITEM}{name}": type_ for name, type_ in picks.columns.items()}
    if above in evidence.all_observed and (picks.owner >= 0).any():
        schema = evidence.all_observed[above].table.schema
        types |= {f"{PARENT}{field.name}": _value_type(field.type) for field in schema}
    types |= {name: type_ for name, type_ in evidence.planned.under_way.items() if name.startswith(CHANGE)}
    found = []
    for text in choice.utility:
        try:
            found.append(Term(text, array_expression(text, types)))
        except ExpressionError:  # it uses what was not seen, or what goes on in the visit
            continue
    return found


def _value_type(type_: pa.DataType) -> pa.DataType:
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _chosen(evidence: Evidence, picks: Picks, terms: Sequence[Term]) -> Chosen:
    """Who chose what: people of whom the terms use the same are one."""
    used = list(dict.fromkeys(name for term in terms for name in term.of_owner))
    alike, shown = np.zeros(len(picks.item), np.int64), dict[str, pa.Array]()
    if used:
        table = evidence.all_observed[str(evidence.planned.parent)].table
        shown = {name: table[name].combine_chunks() for name in used}
        kinds = _alike(shown, picks.owner)
        most = max(_MOST_CELLS // picks.items, 1)
        order = np.argsort(hash_columns(Address(("calibrate", "choices")), np.arange(len(kinds.first))), kind="stable")
        place = np.full(len(kinds.first) + 1, -1, np.int64)  # the last is for nobody known
        place[order[:most]] = np.arange(min(most, len(order)))
        alike = place[kinds.of]
        shown = {name: values.take(pa.array(kinds.first[order[:most]])) for name, values in shown.items()}
    groups = int(alike.max(initial=0)) + 1
    known = alike >= 0
    counts = np.bincount(alike[known] * picks.items + picks.item[known], minlength=groups * picks.items)
    made = [_over_all(term, picks, shown, groups) for term in terms]
    values = np.stack(made) if made else np.zeros((0, groups, picks.items))
    return Chosen(counts.reshape(groups, picks.items).astype(np.float64), values, _there(evidence, picks))


@dataclass(frozen=True, eq=False)
class _Kinds:
    """People by what they have in common: whose kind each choice is of (-1: nobody's known), and one of each kind."""

    of: Whole
    first: Whole


def _alike(columns: Mapping[str, pa.Array], owner: Whole) -> _Kinds:
    code = np.zeros(len(next(iter(columns.values()))), np.int64)
    for values in columns.values():
        plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
        each = np.asarray(plain.dictionary_encode(null_encoding="encode").indices, np.int64)
        code = np.unique(code * (int(each.max(initial=0)) + 1) + each, return_inverse=True)[1].astype(np.int64)
    known = np.unique(owner[owner >= 0])
    _, first, kind = np.unique(code[known], return_index=True, return_inverse=True)
    of_owner = np.full(len(code) + 1, -1, np.int64)
    of_owner[known] = kind
    return _Kinds(of_owner[owner], known[first])


def _over_all(term: Term, picks: Picks, shown: Mapping[str, pa.Array], groups: int) -> Floats:
    """A term for each kind of people and each item; shape (groups, items). What changes is taken not to."""
    kind, item = np.divmod(np.arange(groups * picks.items), picks.items)

    def column(name: str) -> Operand:
        if name.startswith(ITEM):
            return operand_of(picks.column(name.removeprefix(ITEM))).take(item)
        if name.startswith(PARENT):
            return operand_of(shown[name.removeprefix(PARENT)]).take(kind)
        return Operand(np.zeros(len(item)))

    made = term.expression.evaluate(column, len(item), "choice.utility").floats(len(item))
    return np.nan_to_num(made, nan=0.0).reshape(groups, picks.items)


def _there(evidence: Evidence, picks: Picks) -> Floats:
    """The share of the choices at which each item was there to be chosen; shape (items,)."""
    choice = evidence.planned.spec.choice
    if choice is None or choice.since is None or choice.since not in picks.columns:
        return np.ones(picks.items)
    recipe = World(dummy_plan(evidence.plan)).recipe(evidence.dataset)
    since = moments(picks.column(choice.since), recipe)
    return 1 - np.searchsorted(np.sort(picks.at_us), since) / (len(picks.at_us) + 1)
