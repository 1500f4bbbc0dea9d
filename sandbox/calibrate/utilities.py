"""Coefficients of a utility by maximum likelihood, where each item comes to mind as easily as nobody knows.

How often an item is chosen in all is Poisson, with a normal effect of its own as logarithm of what nobody knows of it
(so a coefficient of what items alone differ in is as unsure as there are few of them); who chooses it tells the rest,
whatever its effect. What comes to mind is taken to be what these effects say, by turns.

Source: McFadden, Conditional logit analysis of qualitative choice behavior (1974); Berry, Estimating discrete-choice
models of product differentiation (1994); Breslow and Clayton, Approximate inference in generalized linear mixed models
(1993); White, Maximum likelihood estimation of misspecified models (1982), for the errors.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from sandbox.calibrate.considering import Consideration
from sandbox.calibrate.families import Floats

_TURNS = 6
_ROUNDS = 40
_CLOSE = 1e-3
_FLAT = 1e-9
_STEP = 5e-3
_LONGEST_STEP = 1.0
_NEWTON = 40
_LEAST_SPREAD, _MOST_SPREAD = 0.02, 10.0


@dataclass(frozen=True, eq=False)
class Chosen:
    """Who chose what: `counts` of shape (people alike, items), `terms` of shape (terms, people alike, items).

    `there` is the share of the time for which each item was there at all, shape (items,).
    """

    counts: Floats
    terms: Floats
    there: Floats


@dataclass(frozen=True, eq=False)
class Utility:
    """Coefficients with their standard errors; and how often items are taken beside how easily they come to mind."""

    values: Floats
    errors: Floats
    factors: Floats


def utility_of(chosen: Chosen, held: Floats, how: Consideration, start: Floats) -> Utility:
    """The coefficients that made these choices likeliest.

    Args:
        chosen: at least one choice.
        held: what of the utility is known, shape (people alike, items).
        how: how many come to mind, and the taste that is hidden.
        start: where to begin, one value a term.
    """
    scales = np.maximum(chosen.terms.std(axis=(1, 2)), 1e-12)
    scaled = Chosen(chosen.counts, chosen.terms / scales[:, None, None], chosen.there)
    weights = scaled.counts.sum(axis=0) + 0.5
    model = _Model(scaled, held, how, weights / weights.sum())
    point = np.concatenate([start * scales, model.first_effects(start * scales)])
    for _ in range(_TURNS):
        reached = model.climb(point)
        model = replace(model, mind=model.weights(reached))
        moved, point = float(np.abs(reached - point).max()), reached
        if moved < _CLOSE:
            break
    terms = len(start)
    return Utility(point[:terms] / scales, model.errors(point)[:terms] / scales, model.taken(point[:terms])[0])


@dataclass(frozen=True, eq=False)
class _Model:
    """The likelihood, with what comes to mind as it is taken to be.

    A point is the coefficients, then the mean of the items' effects and the logarithm of their standard deviation.
    """

    chosen: Chosen
    held: Floats
    how: Consideration
    mind: Floats
    _taken: dict[bytes, tuple[Floats, Floats]] = field(init=False, default_factory=dict)

    def taken(self, values: Floats) -> tuple[Floats, Floats]:
        """For each item how often it is taken beside how easily it comes to mind; and the log likelihood of who does.

        Both of shape (items,).
        """
        if (known := self._taken.get(values.tobytes())) is not None:
            return known
        counts = self.chosen.counts
        logs = self.how.factors(self.held + np.tensordot(values, self.chosen.terms, 1), self.mind)
        theirs = counts.sum(axis=1, keepdims=True) * np.exp(logs)
        whole = theirs.sum(axis=0)
        who = (counts * np.log(np.maximum(theirs, 1e-300) / whole)).sum(axis=0)
        return self._taken.setdefault(values.tobytes(), (whole * self.chosen.there, who))

    def likelihoods(self, point: Floats) -> Floats:
        """The log likelihood of what each item tells; shape (items,)."""
        taken, who = self.taken(point[:-2])
        return who + poisson_lognormal(self.chosen.counts.sum(axis=0), taken, float(point[-2]), float(point[-1]))

    def scores(self, point: Floats) -> Floats:
        """The slopes of that, shape (values of a point, items)."""
        steps = _STEP * np.eye(len(point))
        return np.stack([self.likelihoods(point + s) - self.likelihoods(point - s) for s in steps]) / (2 * _STEP)

    def bends(self, point: Floats) -> Floats:
        """The second derivatives of the likelihood, shape (values of a point, values of a point)."""
        steps = _STEP * np.eye(len(point))
        found = np.stack([(self.scores(point + s) - self.scores(point - s)).sum(axis=1) for s in steps]) / (2 * _STEP)
        return np.asarray((found + found.T) / 2, np.float64)

    def climb(self, point: Floats) -> Floats:
        """The point of the highest likelihood, by Newton's method: where it does not bend down, by its slope alone."""
        reached = float(self.likelihoods(point).sum())
        for _ in range(_ROUNDS):
            bends, directions = np.linalg.eigh(-self.bends(point))
            bends = np.maximum(np.abs(bends), _FLAT * np.abs(bends).max())
            step = directions @ (directions.T @ self.scores(point).sum(axis=1) / bends)
            step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
            tried = float(self.likelihoods(point + step).sum())
            while tried < reached and np.abs(step).max() > _CLOSE:
                step = step / 2
                tried = float(self.likelihoods(point + step).sum())
            if tried < reached:
                break
            point, reached = point + step, tried
            if np.abs(step).max() < _CLOSE:
                break
        return point

    def first_effects(self, values: Floats) -> Floats:
        """Where to begin with the mean and the spread of the effects."""
        return np.array([np.log(self.chosen.counts.sum() / self.taken(values)[0].sum()), 0.0])

    def weights(self, point: Floats) -> Floats:
        """How easily each item comes to mind, by its effect; adding up to 1."""
        counts, (taken, _) = self.chosen.counts.sum(axis=0), self.taken(point[:-2])
        weights = np.exp(_modes(counts, taken, float(point[-2]), _spread(float(point[-1]))))
        return np.asarray(weights / weights.sum(), np.float64)

    def errors(self, point: Floats) -> Floats:
        """Standard errors: the larger of those that hold whatever the items' effects are like, and the usual ones.

        The former need many items, the latter normal effects.
        """
        scores, plain = self.scores(point), np.linalg.pinv(-self.bends(point), hermitian=True)
        robust = plain @ (scores @ scores.T) @ plain
        return np.asarray(np.sqrt(np.maximum(np.diag(robust), np.maximum(np.diag(plain), 0.0))), np.float64)


def _spread(log_spread: float) -> float:
    return float(np.clip(np.exp(log_spread), _LEAST_SPREAD, _MOST_SPREAD))


def _modes(counts: Floats, taken: Floats, mean: float, spread: float) -> Floats:
    """The likeliest effect of each item, by Newton's method from above, where it cannot overshoot."""
    level, precision = np.log(taken), spread**-2
    effects = np.maximum(np.log(counts + 1) - level, mean)
    for _ in range(_NEWTON):
        expected = np.exp(np.minimum(level + effects, 50.0))
        step = (counts - expected - (effects - mean) * precision) / (expected + precision)
        effects = effects + step
        if np.abs(step).max() < 1e-9:
            break
    return np.asarray(effects, np.float64)


def poisson_lognormal(counts: Floats, taken: Floats, mean: float, log_spread: float) -> Floats:
    """The log likelihood of each count, by Laplace's approximation over its effect; shape (items,)."""
    from scipy.special import gammaln

    spread = _spread(log_spread)
    effects = _modes(counts, taken, mean, spread)
    level = np.log(taken) + effects
    expected = np.exp(level)
    away = ((effects - mean) / spread) ** 2
    return np.asarray(
        counts * level - expected - gammaln(counts + 1) - away / 2 - np.log1p(expected * spread**2) / 2, np.float64
    )
