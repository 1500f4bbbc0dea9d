"""What another policy would have earned, from the log of one that showed things by chance and wrote down how likely.

Each logged reward is weighed by how much likelier the other policy shows what was shown. IPS averages the weighed
rewards: unbiased, and wild where weights are large. SNIPS divides by the mean weight: a little biased, and calmer. The
doubly robust estimate predicts rewards by action and context and weighs only what the prediction misses. The effective
sample size says how many rows of the other policy's own log the weighed ones are worth; where it is small, none of them
can be believed.

Source: Horvitz and Thompson (1952); Swaminathan and Joachims (2015); Dudík, Langford and Li, Doubly robust policy
evaluation and learning (2011); Kong (1992) for the effective sample size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sandbox.experiment.effects import DEFAULT_ALPHA
from sandbox.experiment.moments import Floats
from sandbox.models.base import Estimate

Codes = NDArray[np.int64]

FEWEST_EFFECTIVE = 100.0
LEAST_EFFECTIVE = 0.1
"""Rows that the weighed ones must be worth, and the share of all: below it few decide, and intervals are too short."""
MOST_OF_ONE = 0.05
"""Share of all weight that one row may have."""
FEWEST_REWARDED = 10
"""Rows with a reward, without which no interval can be believed."""
SHRINK = 10.0
"""Rows of the mean reward that are added to each action and context before a reward is predicted."""


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """What a policy showed, row by row; all of shape (rows,)."""

    context: Codes
    """The number of what the policy saw when it chose, as far as the log tells: 0 and up."""
    action: Codes
    """The number of what it showed: 0 and up."""
    propensity: Floats
    """How likely it was to show that, > 0 and at most 1."""
    reward: Floats

    def __len__(self) -> int:
        return len(self.action)


@dataclass(frozen=True, slots=True, eq=False)
class Probabilities:
    """How likely a policy shows each action in each context."""

    chance: Floats
    """Shape (contexts, actions); each row adds up to 1, or is all 0 where nothing is known."""
    rows: Floats
    """How many rows each context's chances were learnt from, shape (contexts,); infinite where they are known."""


@dataclass(frozen=True, slots=True)
class OffPolicy:
    """The value of a policy by another one's log: mean reward a row."""

    rows: int
    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate
    effective: float
    """Rows that the weighed ones are worth."""
    largest: float
    """Share of all weight that the heaviest row has."""
    rewarded: int
    """Rows with a reward whose weight is not 0."""
    unknown: float
    """Share of the log in contexts of which nothing is known of the policy."""
    warnings: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether the estimates may be believed."""
        return not self.warnings


def learnt(log: Log, contexts: int, actions: int) -> Probabilities:
    """A policy by what it showed: the share of each action in each context of its own log."""
    counts = np.zeros((contexts, actions))
    np.add.at(counts, (log.context, log.action), 1.0)
    rows = counts.sum(axis=1)
    return Probabilities(counts / np.maximum(rows, 1)[:, None], rows)


def uniform(contexts: int, actions: int) -> Probabilities:
    """The policy that shows every action equally often."""
    return Probabilities(np.full((contexts, actions), 1 / actions), np.full(contexts, np.inf))


def on_policy(log: Log, alpha: float = DEFAULT_ALPHA) -> Estimate:
    """What the log's own policy earned: the mean reward a row."""
    return _estimate(float(log.reward.mean()), float(log.reward.var(ddof=1)) / len(log), alpha)


def off_policy(log: Log, policy: Probabilities, alpha: float = DEFAULT_ALPHA) -> OffPolicy:
    """Estimate what a policy would have earned where the log's was.

    Args:
        log: at least two rows.
        policy: the other one, over the log's contexts and actions.
        alpha: how often an interval may miss.
    Returns:
        Means a row with intervals that know of the chance in the log and, where the policy was learnt from a log of
        its own, of the chance in that.
    """
    known = policy.rows[log.context] > 0
    chance = policy.chance[log.context, log.action]
    weight = np.where(known, chance / log.propensity, 0.0)
    size, total = len(log), float(weight.sum())
    effective = total**2 / float((weight**2).sum()) if total else 0.0
    earned = weight * log.reward
    ips = float(earned.mean())
    snips = float(earned.sum() / total) if total else float("nan")
    predicted, expected = _predicted(log, policy)
    robust = expected + weight * (log.reward - predicted)
    parts = {
        "ips": (ips, earned - ips, log.reward),
        "snips": (snips, weight * (log.reward - snips) * (size / total if total else 0.0), log.reward - snips),
        "doubly_robust": (float(robust.mean()), robust - robust.mean(), log.reward - predicted),
    }
    estimates = {
        name: _estimate(value, _variance(missed) + _of_learning(log, policy, scored), alpha)
        for name, (value, missed, scored) in parts.items()
    }
    largest = float(weight.max() / total) if total else 1.0
    rewarded = int(((log.reward != 0) & (weight > 0)).sum())
    unknown = float(1 - known.mean())
    return OffPolicy(
        rows=size,
        **estimates,
        effective=effective,
        largest=largest,
        rewarded=rewarded,
        unknown=unknown,
        warnings=_warnings(size, effective, largest, rewarded, unknown),
    )


def _predicted(log: Log, policy: Probabilities) -> tuple[Floats, Floats]:
    """The reward that is predicted for each row's action, and for what the policy would show; from the other half.

    Rows are dealt to two halves in turn, so that no row helps to predict itself.
    """
    contexts, actions = policy.chance.shape
    half = np.arange(len(log)) % 2
    predicted, expected = np.empty(len(log)), np.empty(len(log))
    for side in (0, 1):
        there, here = half != side, half == side
        counts, sums = np.zeros((contexts, actions)), np.zeros((contexts, actions))
        np.add.at(counts, (log.context[there], log.action[there]), 1.0)
        np.add.at(sums, (log.context[there], log.action[there]), log.reward[there])
        mean = sums.sum() / max(counts.sum(), 1.0)
        rewards = (sums + SHRINK * mean) / (counts + SHRINK)
        predicted[here] = rewards[log.context[here], log.action[here]]
        expected[here] = (policy.chance * rewards).sum(axis=1)[log.context[here]]
    return predicted, expected


def _of_learning(log: Log, policy: Probabilities, scored: Floats) -> float:
    """The variance that comes of learning the policy from a log: of each context's shares, as a multinomial's."""
    gain = np.zeros(policy.chance.shape)
    np.add.at(gain, (log.context, log.action), scored / log.propensity / len(log))
    spread = (policy.chance * gain**2).sum(axis=1) - (policy.chance * gain).sum(axis=1) ** 2
    return float((spread / np.maximum(policy.rows, 1)).sum())


def _variance(missed: Floats) -> float:
    return float((missed**2).sum()) / max(len(missed) - 1, 1) / len(missed)


def _estimate(value: float, variance: float, alpha: float) -> Estimate:
    reach = float(special.ndtri(1 - alpha / 2)) * float(np.sqrt(max(variance, 0.0)))
    return Estimate(value, value - reach, value + reach)


def _warnings(size: int, effective: float, largest: float, rewarded: int, unknown: float) -> tuple[str, ...]:
    found = []
    if effective < max(FEWEST_EFFECTIVE, LEAST_EFFECTIVE * size):
        found.append(f"the {size:,} rows are worth {effective:,.0f} of the other policy's own, too few to believe.")
    if largest > MOST_OF_ONE:
        found.append(f"one row has {largest:.0%} of all weight: what it earned decides.")
    if rewarded < FEWEST_REWARDED:
        found.append(f"only {rewarded} rows with a reward have weight; intervals need {FEWEST_REWARDED} or more.")
    if unknown > 0:
        found.append(f"of {unknown:.1%} of the log nothing is known of what the other policy would have shown.")
    return tuple(found)
