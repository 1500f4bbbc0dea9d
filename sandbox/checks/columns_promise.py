"""Column generators: what they tell the validator holds. Rules that a generator proves are checked by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.checks.check import Broken, shown
from sandbox.checks.column_subject import ColumnSubject, Setting, Use
from sandbox.contract.model import Contract
from sandbox.contract.rules import rules_of
from sandbox.world.columns.base import decoded, plain

_TYPED_ROWS = 1000


def declared_type_is_held(subject: ColumnSubject) -> Broken | None:
    """`generate` gives the Arrow type that `yields` told; texts may come with or without a dictionary."""
    use = subject.use()
    told, made = use.part.yields(use.scope()), use.generated(0, _TYPED_ROWS).type
    wanted = pa.string() if plain(told) == pa.uuid() else plain(told)
    return None if plain(made) == wanted else Broken(f"values of type {made}", f"{told}, as `yields` says")


def not_null_as_proven(subject: ColumnSubject) -> Broken | None:
    """Where `proves` says `not_null`, no value is null."""
    nulls = subject.whole.null_count
    if not _proves(subject.use(), "not_null") or not nulls:
        return None
    return Broken(f"{nulls:,} nulls", "none, as `proves` says")


def values_as_proven(subject: ColumnSubject) -> Broken | None:
    """Where `proves` says `values`, every value is among those that `facts` lists."""
    use = subject.use()
    return _beyond_values(subject, use) if _proves(use, "values") else None


def range_as_proven(subject: ColumnSubject) -> Broken | None:
    """Where `proves` says `range`, every value lies within the bounds that `facts` tells."""
    use = subject.use()
    return _beyond_range(subject, use) if _proves(use, "range") else None


def pattern_as_proven(subject: ColumnSubject) -> Broken | None:
    """Where `proves` says `pattern`, every text matches the pattern that `facts` tells."""
    use = subject.use()
    return _beyond_pattern(subject, use) if _proves(use, "pattern") else None


def foreign_key_as_proven(subject: ColumnSubject) -> Broken | None:
    """Where `proves` says `foreign_key`, every value is a key of the dataset that `facts` refers to."""
    use = subject.use()
    keys = [key for key in _contract(use).foreign_keys if key.columns == (use.setting.column,)]
    if not keys or not _proves(use, "foreign_key"):
        return None
    there = use.world.table(keys[0].dataset)
    known = decoded(there.take(there.key, np.arange(there.rows)))
    lost = subject.whole.drop_null().filter(pc.invert(pc.is_in(subject.whole.drop_null(), known)))
    return Broken(shown(lost[0].as_py()), f"a {there.key} of {keys[0].dataset}") if len(lost) else None


def facts_hold(subject: ColumnSubject) -> Broken | None:
    """What `facts` tells of values that `proves` does not vouch for is true all the same: it stands in the contract."""
    use = subject.use()
    for kind, beyond in _BEYOND.items():
        broken = None if _proves(use, kind) else beyond(subject, use)
        if broken:
            return broken
    return None


def capacity_is_not_exceeded(subject: ColumnSubject) -> Broken | None:
    """There are no more different values than `capacity` says."""
    use = subject.use()
    capacity = use.part.capacity(use.scope())
    if capacity is None or pa.types.is_nested(subject.whole.type):
        return None
    found = len(subject.whole.drop_null().unique())
    if found <= capacity:
        return None
    return Broken(f"{found:,} different values", f"at most {capacity:,}, as `capacity` says")


def unique_when_asked(subject: ColumnSubject) -> Broken | None:
    """Where `proves` says `unique` for a column that must be, no value repeats, as far as `capacity` reaches."""
    if not subject.is_numbered or pa.types.is_nested(subject.whole.type):
        return None
    alone = subject.use(Setting(unique=True, rows=1))
    capacity, most = alone.part.capacity(alone.scope()), subject.sample.most_unique
    use = subject.use(Setting(unique=True, rows=most if capacity is None else min(capacity, most)))
    if not _proves(use, "unique"):
        return None
    values = use.values()
    repeats = len(values) - len(values.unique())
    return Broken(f"{repeats:,} of {len(values):,} values a second time", "each once") if repeats else None


def _contract(use: Use) -> Contract:
    return use.world.plan.datasets[use.setting.dataset].contract


def _proves(use: Use, kind: str) -> bool:
    """Whether the column's rule of this kind is one of those that nobody checks."""
    own = (use.setting.column,)
    return any(
        rule.kind == kind and rule.columns == own and rule.name in use.proven for rule in rules_of(_contract(use))
    )


def _beyond_values(subject: ColumnSubject, use: Use) -> Broken | None:
    listed = use.promised.values
    if listed is None:
        return None
    strangers = set(subject.whole.drop_null().unique().to_pylist()) - set(listed)
    return Broken(shown(min(strangers, key=repr)), f"one of {shown(list(listed))}") if strangers else None


def _beyond_range(subject: ColumnSubject, use: Use) -> Broken | None:
    bounds = {key: getattr(use.promised, key) for key in _HOLDS}
    told = {key: bound for key, bound in bounds.items() if bound is not None}
    if not told or subject.whole.null_count == len(subject.whole):
        return None
    ends = pc.min_max(subject.whole).as_py()
    for key, bound in told.items():
        for end in (ends["min"], ends["max"]):
            if not _HOLDS[key](end, bound):
                return Broken(shown(end), f"{key} {bound}")
    return None


def _beyond_pattern(subject: ColumnSubject, use: Use) -> Broken | None:
    pattern = use.promised.pattern
    if pattern is None:
        return None
    texts = subject.whole.drop_null()
    others = texts.filter(pc.invert(pc.match_substring_regex(texts, rf"\A(?:{pattern})\z")))
    return Broken(shown(others[0].as_py()), f"a text that matches {pattern}") if len(others) else None


_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "ge": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "le": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
}
_BEYOND: dict[str, Callable[[ColumnSubject, Use], Broken | None]] = {
    "values": _beyond_values,
    "range": _beyond_range,
    "pattern": _beyond_pattern,
}

CHECKS: Sequence[Callable[[ColumnSubject], Broken | None]] = (
    declared_type_is_held,
    not_null_as_proven,
    values_as_proven,
    range_as_proven,
    pattern_as_proven,
    foreign_key_as_proven,
    facts_hold,
    capacity_is_not_exceeded,
    unique_when_asked,
)
