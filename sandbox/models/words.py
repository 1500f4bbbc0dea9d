"""What a fit did, in plain words, for the report and the model card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.models.base import Estimate, Examples, flags

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted, Standing

METRIC_TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "brier": "Brier score",
    "calibration_error": "calibration error",
}
_MOST_NAMED = 8


def sentences(fitted: Fitted, examples: Examples, obstacle: str) -> tuple[str, ...]:
    """The story of a fit; `obstacle` says why only the majority class could be built, or is empty."""
    told = [_examples(examples), _split(fitted), *_columns(fitted)]
    if obstacle:
        told.append(f"Only the majority class was built: {obstacle}.")
    else:
        told.append(_box(fitted))
        if fitted.box.examples < fitted.sides.training:
            told.append(f"Tuning looked at {fitted.box.examples:,} of the training examples.")
        told += [*_untried(fitted), *(standing.remark for standing in fitted.leaderboard[1:])]
    return (*told, *_result(fitted))


def remark(standing: Standing, champion: Standing, judge: str, trials: int) -> str:
    """Why a candidate is the champion, is only a bar, or was abandoned."""
    metric = METRIC_TITLES[judge]
    if standing is champion and standing.name == "majority":
        return "Nothing did better in tuning than the majority class, so it stays the model."
    if standing is champion:
        title = _capital(standing.title)
        return f"{title} is the champion: {metric} {standing.validation:.3f} in tuning, the best of {_trials(trials)}."
    if standing.name == "majority":
        return f"The majority class reaches {metric} {standing.validation:.3f} without knowing anything: the bar."
    best = "its one trial" if standing.trials == 1 else f"the best of its {standing.trials} trials"
    return (
        f"{_capital(standing.title)} was abandoned: when the box was full, {best} had reached {metric} "
        f"{standing.validation:.3f} in tuning, not better than {champion.title} with {champion.validation:.3f}."
    )


def figure(estimate: Estimate) -> str:
    """A figure with its interval: `0.712 (0.689 to 0.734)`."""
    if estimate.value != estimate.value:
        return "undefined"
    if estimate.low != estimate.low:
        return f"{estimate.value:.3f} (interval unknown)"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _examples(examples: Examples) -> str:
    entities, moments = len(examples.entity.unique()), examples.moment.unique()
    positive = int(flags(examples.label).sum())
    when = f"at {_day(moments)}" if len(moments) == 1 else f"at {len(moments)} moments up to {_day(moments)}"
    share = positive / len(examples)
    return f"{len(examples):,} examples of {entities:,} entities {when}: {positive:,} positive ({share:.1%})."


def _split(fitted: Fitted) -> str:
    sides = fitted.sides
    if sides.by == "group":
        counts = f"{sides.training:,} examples to learn from, {sides.test:,} to test on"
        told = f"Each entity's side follows from its id: {counts}."
    else:
        counts = f"{sides.test:,} examples; {sides.training:,} earlier ones were learnt from"
        told = f"The latest moment is the test, {counts}."
    if sides.purged:
        told += f" {sides.purged:,} were left out, because their labels were not known when the test began."
    return told


def _columns(fitted: Fitted) -> list[str]:
    dropped = [column for column in fitted.columns if column.use == "dropped"]
    used = len(fitted.columns) - len(dropped)
    told = [f"{used} of {len(fitted.columns)} features are used."]
    if dropped:
        named = "; ".join(f"{column.name}: {column.remark}" for column in dropped[:_MOST_NAMED])
        more = f"; and {len(dropped) - _MOST_NAMED} more" if len(dropped) > _MOST_NAMED else ""
        told.append(f"Dropped: {named}{more}.")
    changed = [column for column in fitted.columns if column.use == "used" and column.remark]
    told += [f"{column.name}: {column.remark}." for column in changed[:_MOST_NAMED]]
    return told


def _box(fitted: Fitted) -> str:
    metric = METRIC_TITLES[fitted.config.judge]
    if not fitted.box.repeatable:
        held = _trials(fitted.box.trials)
        return (
            f"Tuned by {metric} in a box of {fitted.box.asked}, which held {held}; "
            f"another machine may hold more or fewer, so repeat it with --trials {fitted.box.trials}."
        )
    return f"Tuned by {metric} in a box of {_trials(fitted.box.trials)}, the candidates in turn."


def _untried(fitted: Fitted) -> list[str]:
    built = {standing.name for standing in fitted.leaderboard}
    names = [name for name in fitted.config.candidates if name not in built]
    return [f"Not tried, because the box was full: {', '.join(names)}."] if names else []


def _result(fitted: Fitted) -> list[str]:
    judge, champion = fitted.config.judge, fitted.champion_standing
    metric = METRIC_TITLES[judge]
    if not fitted.sides.test:
        return ["No example fell on the test side, so nothing is known of how good the model is."]
    told = [f"On the test, {champion.title} reaches {metric} {figure(champion.metrics[judge])}"]
    if champion.name != "majority":
        told[0] += f", the majority class {figure(fitted.trivial.metrics[judge])}"
    told[0] += "; intervals are 95 %, by resampling entities."
    if champion.name != "majority":
        aim = "accuracy" if judge == "accuracy" else "balanced accuracy"
        told.append(f"A probability from {champion.threshold:.3f} on counts as a yes: the best for {aim} in tuning.")
    return told


def _trials(count: int) -> str:
    return "1 trial" if count == 1 else f"{count} trials"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _day(moments: pa.Array) -> str:
    latest = pc.max(moments).as_py()
    at_midnight = (latest.hour, latest.minute, latest.second) == (0, 0, 0)
    return f"{latest:%Y-%m-%d}" if at_midnight else f"{latest:%Y-%m-%d %H:%M}"


def reached(value: float | None) -> str:
    """A figure that a gate asks for: three decimals, of thousands (sums of money) none; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3f}"
