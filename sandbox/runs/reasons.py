"""Why a model is better or worse than before, as far as two runs can tell, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox.models.words import METRIC_TITLES
from sandbox.runs.record import ModelRecord

if TYPE_CHECKING:
    from sandbox.runs.comparing import Change
    from sandbox.runs.differences import ModelDifference

_MOST_NAMED = 5
_WORDS = {"b": "better", "a": "worse", "undetermined": "too close to call"}


def verdict(difference: ModelDifference) -> str:
    """`balanced accuracy 0.696 → 0.731: better by 0.035 (0.010 to 0.060), on 3,726 shared examples.`"""
    found = difference
    if found.a is None or found.b is None:
        return f"no comparison: {found.remark}."
    figures = f"{METRIC_TITLES[found.metric]} {found.a:.3f} → {found.b:.3f}"
    if found.value is None:
        return f"{figures}: no telling, an interval is missing."
    if found.shared and found.value == found.low == found.high == 0:
        return f"{figures}: the same, on the {found.shared:,} examples that both tests share."
    basis = (
        f"on the {found.shared:,} examples that both tests share" if found.shared else f"on two tests ({found.remark})"
    )
    left_out = f"; {found.remark}" if found.shared and found.remark else ""
    gap = f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return f"{figures}: {_WORDS[found.better]}, {gap} {basis}{left_out}."


def reasons(
    difference: ModelDifference, before: ModelRecord | None, after: ModelRecord | None, touching: Sequence[Change]
) -> list[str]:
    """Sentences on where a difference can come from.

    Args:
        difference: what is to be explained.
        before, after: the model in both runs.
        touching: the changes that can have had a part in it.
    """
    if before is None or after is None or difference.value is None:
        return []
    told = [_causes(difference, touching)]
    told += _new_features(before, after, difference.metric)
    told += _task(before, after, difference.metric)
    told += _boxes(before, after)
    if difference.better == "undetermined" and difference.value:
        told.append("The interval holds zero: with so few test examples, chance alone can make such a difference.")
    return [sentence for sentence in told if sentence]


def _causes(difference: ModelDifference, touching: Sequence[Change]) -> str:
    if not touching:
        same = difference.value == 0
        return (
            "Nothing that it is made of has changed." if same else "Nothing that it is made of has changed on record."
        )
    kinds = {change.kind: [other for other in touching if other.kind == change.kind] for change in touching}
    parts = [f"{kind} ({_named(changes)})" for kind, changes in kinds.items()]
    if difference.value == difference.low == difference.high == 0:
        return f"What changed for it made no difference: {', '.join(parts)}."
    if len(touching) == 1:
        return f"Why: one thing changed for it, {parts[0]}."
    # Values of data follow from the scenario: told apart they would look like a second cause.
    causes = [kind for kind in kinds if not (kind == "data" and "scenario" in kinds)]
    if len(causes) == 1:
        return f"Why: it comes from {' and with it '.join(parts)}."
    return f"Why: {', '.join(parts[:-1])} and {parts[-1]} changed together; change one alone to tell which it was."


def _named(changes: Sequence[Change]) -> str:
    names = [_arrow(change) for change in changes[:_MOST_NAMED]]
    more = f" and {len(changes) - _MOST_NAMED} more" if len(changes) > _MOST_NAMED else ""
    return ", ".join(names) + more


def _arrow(change: Change) -> str:
    if change.a is None:
        return f"{change.what} {'' if change.b == 'new' else 'new: '}{change.b}"
    return f"{change.what} gone" if change.b is None else f"{change.what} {change.a} → {change.b}"


def _new_features(before: ModelRecord, after: ModelRecord, metric: str) -> list[str]:
    """What new features are worth to the model, by shuffling them."""
    known = {column["name"] for column in before.card["columns"]}
    fresh = [item for item in after.card["importance"] if item["column"] not in known and item["value"] is not None]
    if not fresh:
        return []
    best = max(fresh, key=lambda item: (item["value"], item["column"]))
    if best["low"] is None or best["low"] <= 0:
        return ["None of the new features is worth anything to it that the test could show."]
    title = METRIC_TITLES[metric]
    return [f"Of the new features {best['column']} counts most: shuffled, it costs {best['value']:.3f} of {title}."]


def _task(before: ModelRecord, after: ModelRecord, metric: str) -> list[str]:
    """Whether the world itself became easier or harder to foretell."""
    if not (before.oracle and after.oracle):
        return []
    first, second = (model.oracle["realised"][metric]["value"] for model in (before, after) if model.oracle)
    if first is None or second is None or abs(second - first) < 0.01:
        return []
    return [f"The task changed too: what the oracle reaches went from {first:.3f} to {second:.3f}."]


def _boxes(before: ModelRecord, after: ModelRecord) -> list[str]:
    """Whether tuning had another number of trials, or one that a clock decided."""
    trials = [model.card["box"]["trials"] for model in (before, after)]
    told = []
    if trials[0] != trials[1]:
        told.append(f"Tuning had {trials[0]} trials and then {trials[1]}.")
    if not all(model.card["box"]["repeatable"] for model in (before, after)):
        told.append("A box of time decided how much was tried; --trials repeats it exactly.")
    return told
