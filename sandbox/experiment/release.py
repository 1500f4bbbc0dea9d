"""Release now, wait, or stop: what each is worth in money, and what is regretted of it on average.

What is known of the effect is a normal distribution: what was estimated, drawn towards the effects that are likely
before anything is seen. Releasing now earns its mean, stopping nothing. Waiting earns on the share that has the arm
already, and then the better of the two by what will be known: the expected value of sample information.

Source: Raiffa and Schlaifer, Applied Statistical Decision Theory (1961), chapter 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from sandbox.experiment.effects import Figure, effect
from sandbox.experiment.moments import moments_by
from sandbox.experiment.panel import Metric, Panel, unit_columns

Choice = Literal["release", "wait", "stop"]


@dataclass(frozen=True, slots=True)
class Belief:
    """What is known of an effect in money per unit: a normal distribution."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Stakes:
    """What is at stake."""

    units_a_day: float
    """Who comes, in either arm."""
    days: int
    """Over which a decision pays."""
    share: float
    """Of them that have the arm while one waits."""
    information_a_day: float
    """By how much a day of waiting raises 1 / error² of the effect."""
    cost: float = 0.0
    """Of releasing, once."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to decide."""

    choice: Choice
    worth: float
    """Expected, over all days."""
    regret: float
    """Expected loss beside somebody who knows the effect."""
    days: int = 0
    """Of waiting."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What it costs to be slow, and to be wrong."""

    day_of_waiting: float
    """Lost by each day on which an arm that does good is not everybody's, on average; nothing where it does harm."""
    wrong_release: float
    """Lost on average by a release, where the arm does harm or too little to pay for it."""
    wrong_stop: float
    """Lost on average by stopping, where a release would have paid."""
    chance_of_harm: float
    """How likely a release does not pay."""


def prices(belief: Belief, stakes: Stakes) -> Prices:
    """What waiting and wrong decisions cost, by what is believed."""
    whole = stakes.units_a_day * stakes.days
    mean, deviation = whole * belief.mean - stakes.cost, whole * belief.deviation
    harm = float(special.ndtr(-mean / deviation)) if deviation > 0 else float(mean < 0)
    above, below = _mean_above(mean, deviation), _mean_above(-mean, deviation)
    a_day = (1 - stakes.share) * stakes.units_a_day * _mean_above(belief.mean, belief.deviation)
    return Prices(
        day_of_waiting=a_day,
        wrong_release=below / harm if harm > 0 else 0.0,
        wrong_stop=above / (1 - harm) if harm < 1 else 0.0,
        chance_of_harm=harm,
    )


def believed(difference: float, error: float, likely: float) -> Belief:
    """What is known after an estimate.

    Args:
        difference: as estimated.
        error: its standard error, > 0.
        likely: the size of effects that are likely before anything is seen, as a standard deviation around 0; an
            infinite one believes the estimate as it is.
    """
    if np.isinf(likely):
        return Belief(difference, error)
    weight = likely**2 / (likely**2 + error**2)
    return Belief(weight * difference, float(np.sqrt(weight) * error))


def options(belief: Belief, stakes: Stakes, waits: tuple[int, ...] = (7, 14, 28)) -> list[Option]:
    """Every way to decide, the best first.

    Args:
        belief: in money per unit.
        stakes: what is at stake.
        waits: for how many more days one might wait; longer than the stakes last are left out.
    """
    whole = stakes.units_a_day * stakes.days
    at_best = _mean_above(whole * belief.mean - stakes.cost, whole * belief.deviation)
    found = [
        Option("release", whole * belief.mean - stakes.cost, 0.0),
        Option("stop", 0.0, 0.0),
        *(Option("wait", _worth_of_waiting(belief, stakes, days), 0.0, days) for days in waits if days < stakes.days),
    ]
    # While one waits, the arm earns at its share and no release is paid: that may beat hindsight of release and stop.
    at_best = max(at_best, *(each.worth for each in found))
    with_regret = [Option(each.choice, each.worth, at_best - each.worth, each.days) for each in found]
    return sorted(with_regret, key=lambda each: (each.regret, each.days))


def _worth_of_waiting(belief: Belief, stakes: Stakes, days: int) -> float:
    meanwhile = stakes.share * stakes.units_a_day * days * belief.mean
    rest = stakes.units_a_day * (stakes.days - days)
    before = belief.deviation**2
    after = 1 / (1 / before + stakes.information_a_day * days) if before > 0 else 0.0
    moves = float(np.sqrt(max(before - after, 0.0)))
    return meanwhile + _mean_above(rest * belief.mean - stakes.cost, rest * moves)


def _mean_above(mean: float, deviation: float) -> float:
    """The mean of a normal distribution of which what is below 0 counts as 0."""
    if deviation <= 0:
        return max(mean, 0.0)
    score = mean / deviation
    return float(mean * special.ndtr(score) + deviation * np.exp(-(score**2) / 2) / np.sqrt(2 * np.pi))


def money_of(panel: Panel, metrics: Mapping[str, Metric], values: Mapping[str, float], arm: int) -> tuple[float, float]:
    """An arm's effect on what a unit is worth, and its standard error.

    Args:
        panel: what units did.
        metrics: by name; those with a value are sums or conversions by unit.
        values: money per conversion, click, contact or whatever a metric counts; what costs is below 0.
        arm: its code.
    """
    worth = sum(value * unit_columns(panel, metrics[name])[:, 0] for name, value in values.items())
    moments = moments_by(panel.arm, np.reshape(worth, (-1, 1)), len(panel.arms))
    found = effect(moments.at(0), moments.at(arm), Figure(0))
    return float(found.difference), float(found.error)
