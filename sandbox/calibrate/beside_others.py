"""What one stage takes, where others beside it make rows late too: the values at which all together are as seen.

The delivery is asked, with the same draws at every value, which share of rows it brings within so many seconds; these
shares come as near as they can to those of the real rows, by Anderson and Darling's weights.
Source: Parr and Schucany, Minimum distance and robust estimation (1980).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from sandbox.addresses import Address, hash_columns
from sandbox.calibrate.durations import distance
from sandbox.calibrate.families import Family, Floats, exponential, lognormal, nice
from sandbox.calibrate.numbers import Numbers
from sandbox.calibrate.stragglers import Stragglers, typical
from sandbox.calibrate.under_way import Way, late_of
from sandbox.world import draws

_EVENTS = 20_000
"""Of each stream, of which the delivery is asked."""
_LEVELS = np.array([0.002, 0.005, 0.01, 0.02, *np.linspace(0.04, 0.96, 47), 0.98, 0.99, 0.995, 0.998])
_WEIGHTS = 1 / (_LEVELS * (1 - _LEVELS))
_LEAST_S, _LONGEST_S = 1e-3, 1e8
_GAIN = 0.5
"""To such a part of its distance a plainer one must be brought by more values for these to be worth it."""
_SOME = 0.05
"""The share that may be slow, where the search begins and nothing tells it."""
_STEP = 0.05
_STRIDE = -0.5
"""Of the first steps: to sooner, narrower and fewer, as what is seen is all stages' together."""
_ROUNDS = 45
_GROUPS = 20


@dataclass(frozen=True, eq=False)
class Form:
    """A form of latency: of one kind, or with a slow one beside; its values lie on scales on which steps are alike."""

    prompt: str
    slow: str | None

    def begin(self, seconds: Floats, found: Stragglers | None) -> Floats:
        """Where the search begins: as if there were no other stage."""
        middle = float(np.median(seconds))
        if self.slow is None:
            return self._values(self.prompt, middle)
        share, slow_s = (_SOME, float(np.quantile(seconds, 1 - _SOME / 2)))
        if found is not None:
            share, middle, slow_s = found.numbers()
        return np.array([_logit(share), *self._values(self.prompt, middle), *self._values(self.slow, slow_s)])

    def _values(self, kind: str, typical_s: float) -> Floats:
        middle = float(np.log(max(typical_s, _LEAST_S)))
        return np.array([middle] if kind == "exponential" else [middle, 0.0])

    def families(self, values: Floats) -> tuple[float, Family, Family | None]:
        """The share that is slow, the prompt and the slow."""
        if self.slow is None:
            return 0.0, self._family(self.prompt, values), None
        cut = 1 + (1 if self.prompt == "exponential" else 2)
        share = float(1 / (1 + np.exp(-np.clip(values[0], -12, 12))))
        return share, self._family(self.prompt, values[1:cut]), self._family(self.slow, values[cut:])

    def _family(self, kind: str, values: Floats) -> Family:
        middle = float(np.clip(values[0], np.log(_LEAST_S), np.log(_LONGEST_S)))
        if kind == "exponential":
            return exponential(float(np.exp(middle)))
        return lognormal(middle, float(np.exp(np.clip(values[1], -4, 1.5))))


@dataclass(frozen=True, eq=False)
class Nearest:
    """What comes nearest: of one kind or of two."""

    prompt: Family
    share: float
    slow: Family | None
    interval: str
    off: float
    """The distance of all stages together from what was seen, 0 to 1."""


def nearest(ways: Sequence[Way], place: int, seen: Numbers, found: Stragglers | None) -> Nearest:
    """Search for the latency of a stage.

    Args:
        ways: how the real events go, with all stages.
        place: of the stage.
        seen: how late the real rows were, seconds.
        found: of which two kinds these are, if they are.
    """
    edges = np.quantile(seen.values, _LEVELS)
    some = [way.first(_EVENTS) for way in ways]
    forms = [Form("exponential", None), Form("lognormal", None), Form("lognormal", "exponential")]
    best: tuple[Form, Floats, float] | None = None
    for form in forms:

        def shares(values: Floats, form: Form = form) -> Floats:
            return _within(_late(form, some, place, values), edges)

        begin = form.begin(seen.values, found)
        corners = np.vstack([begin, begin + _STRIDE * np.eye(len(begin))])
        often = {"maxfev": _ROUNDS * len(begin), "xatol": 0.01, "fatol": 1e-7, "initial_simplex": corners}
        result = minimize(_off(shares, seen.values, edges), begin, method="Nelder-Mead", options=often)
        if best is None or result.fun < _GAIN * best[2]:
            best = form, result.x, float(result.fun)
    assert best is not None
    form, values, _ = best
    share, prompt, slow = form.families(values)
    errors = _errors(lambda each: _within(_late(form, some, place, each), edges), values, seen, edges)
    off = distance(_late(form, ways, place, values), seen.values)
    return Nearest(prompt, share, slow, _interval(form, values, errors), off)


def _late(form: Form, ways: Sequence[Way], place: int, values: Floats) -> Floats:
    share, prompt, slow = form.families(values)
    slowly = None if slow is None else _drawn(slow)
    return late_of(way.with_stage(place, _drawn(prompt), share, slowly) for way in ways)


def _drawn(family: Family) -> draws.Distribution:
    """A family, to be drawn from."""
    numbers = dict(family.parameters)
    return draws.exponential(**numbers) if family.kind == "exponential" else draws.lognormal(**numbers)


def _within(late: Floats, edges: Floats) -> Floats:
    """Which share of rows came within each of some lengths of time."""
    return np.searchsorted(np.sort(late), edges, side="right") / max(len(late), 1)


def _off(shares: Callable[[Floats], Floats], seconds: Floats, edges: Floats) -> Callable[[Floats], float]:
    wanted = _within(seconds, edges)
    return lambda values: float(np.mean(_WEIGHTS * (shares(values) - wanted) ** 2))


def _errors(shares: Callable[[Floats], Floats], values: Floats, seen: Numbers, edges: Floats) -> Floats:
    """Standard errors: how the values follow the shares, and how these differ when groups of people are left out."""
    slopes = np.column_stack(
        [(shares(values + step) - shares(values - step)) / (2 * _STEP) for step in np.eye(len(values)) * _STEP]
    )
    back = np.linalg.pinv(slopes * np.sqrt(_WEIGHTS)[:, None]) * np.sqrt(_WEIGHTS)
    group = hash_columns(Address(("calibrate", "group")), seen.people) % np.uint64(_GROUPS)
    parts = np.stack([back @ _within(seen.values[group != each], edges) for each in range(_GROUPS)])
    return np.asarray(np.sqrt((_GROUPS - 1) * parts.var(axis=0)), np.float64)


def _interval(form: Form, values: Floats, errors: Floats) -> str:
    ends = [form.families(values + side * 1.96 * errors) for side in (-1, 1)]
    said = [f"prompt {typical(ends[0][1])[0]} {' to '.join(f'{nice(typical(end[1])[1], 3)}' for end in ends)}"]
    if form.slow is not None:
        said.insert(0, f"share {' to '.join(f'{nice(end[0], 3)}' for end in ends)}")
        slow = [end[2] for end in ends if end[2] is not None]
        said.append(f"slow {typical(slow[0])[0]} {' to '.join(f'{nice(typical(end)[1], 3)}' for end in slow)}")
    return ", ".join(said)


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share)))
