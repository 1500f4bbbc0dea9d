"""The spike: settings are drawn at random and judged inside a box of trials or of time; when it is full, it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, words
from sandbox.models.base import SCORE_DECIMALS, Floats, Progress, quantised
from sandbox.models.candidates import Candidate, Task
from sandbox.models.metrics import Outcome, better, value
from sandbox.models.split import Fold

DECISION_DECIMALS = 3
"""Scores in tuning are compared in these steps: what is less than a thousandth better is not better, and the earlier
setting and the simpler candidate stay."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting of one candidate and what it reached on rows that it had not learnt from."""

    candidate: str
    parameters: Mapping[str, Any]
    score: float
    """The judged metric; nan where it is not defined."""
    threshold: float


@dataclass(frozen=True, slots=True)
class Box:
    """How much tuning was asked for and how many trials it held; by time it cannot be repeated but by that number."""

    asked: str
    trials: int
    repeatable: bool
    examples: int
    """How many training examples the trials looked at, to learn from or to judge by."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How a trial is judged: folds of the training side, the metric, and the address of its randomness."""

    task: Task
    folds: Sequence[Fold]
    judge: str
    address: Address


def spike(
    judging: Judging,
    candidates: Sequence[Candidate],
    *,
    trials: int | None,
    seconds: float | None,
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
) -> list[Trial]:
    """Try settings, the candidates in turn, until the box is full or nothing is left to try.

    Args:
        judging: how each is judged.
        candidates: those with something to tune.
        trials: size of the box; None for a box of time.
        seconds: size of a box of time; at least one trial is made.
        progress: told about each trial.
        clock: seconds from any start, read only for a box of time.
    """
    done: list[Trial] = []
    start = clock() if seconds is not None else 0.0
    for candidate, parameters in islice(settings(candidates, judging.address), trials):
        if seconds is not None and done and clock() - start >= seconds:
            break
        done.append(attempt(judging, candidate, parameters))
        progress(f"tuning {candidate.name}", len(done), trials)
    return done


def settings(candidates: Sequence[Candidate], address: Address) -> Iterator[tuple[Candidate, dict[str, Any]]]:
    """Settings to try, each once, the candidates in turn: first where each box begins, then drawn by their number."""
    turns = {candidate.name: _in_turn(candidate, address.of("settings", candidate.name)) for candidate in candidates}
    waiting = list(candidates)
    while waiting:
        for candidate in list(waiting):
            parameters = next(turns[candidate.name], None)
            if parameters is None:
                waiting.remove(candidate)
            else:
                yield candidate, parameters


def attempt(judging: Judging, candidate: Candidate, parameters: Mapping[str, Any]) -> Trial:
    """Learn on each fold, judge on what it left out, and choose the threshold on all of that together."""
    task = judging.task
    judged: list[NDArray[np.bool_]] = []
    scores: list[Floats] = []
    for learn, judge in judging.folds:
        part = Task(task.matrix[learn], task.label[learn], task.categorical, task.seed)
        estimator = candidate.train(part, parameters)
        scores.append(probabilities(estimator, task.matrix[judge]))
        judged.append(task.label[judge])
    score, label = np.concatenate(scores), np.concatenate(judged)
    threshold = best_threshold(score, label, judging.judge)
    reached = value(Outcome.of(score, label, threshold=threshold), judging.judge)
    return Trial(candidate.name, dict(parameters), round(reached, DECISION_DECIMALS), threshold)


def best(trials: Sequence[Trial], judge: str) -> Trial | None:
    """The trial that reached most, the earlier one where two are equal; None where none was defined."""
    found: Trial | None = None
    for trial in trials:
        if not np.isnan(trial.score) and (found is None or better(judge, trial.score, found.score)):
            found = trial
    return found


def best_threshold(score: Floats, label: NDArray[np.bool_], judge: str) -> float:
    """The probability from which on a yes serves the judge best: accuracy where it judges, else balanced accuracy.

    Halfway between two scores; of several equally good ones, the lowest.
    """
    order = np.argsort(-score, kind="stable")
    ranked, positive = score[order], label[order]
    ends = np.r_[np.flatnonzero(np.diff(ranked)), len(ranked) - 1]
    found = np.r_[0, np.cumsum(positive)[ends]]
    wrong = np.r_[0, ends + 1] - found
    if judge == "accuracy":
        gain = found - wrong.astype(np.float64)
    else:
        gain = found / max(positive.sum(), 1) - wrong / max((~positive).sum(), 1)
    most = np.flatnonzero(np.round(gain, SCORE_DECIMALS) == np.round(gain.max(), SCORE_DECIMALS))[-1]
    edges = np.r_[1.0, ranked[ends], 0.0]
    return round(float(edges[most] + edges[most + 1]) / 2, SCORE_DECIMALS + 1)


def probabilities(estimator: Any, matrix: Floats) -> Floats:
    """The probability that the label is true, quantised; shape (rows,)."""
    if not len(matrix):
        return np.empty(0)
    found: Floats = estimator.predict_proba(matrix)[:, 1]
    return quantised(found)


def _in_turn(candidate: Candidate, address: Address) -> Iterator[dict[str, Any]]:
    """Every setting of a candidate's box, its first one first and the others shuffled."""
    everything = list(product(*candidate.box.values()))
    shuffled = 1 + np.argsort(words(address, 1, len(everything)), kind="stable")
    for pick in (0, *shuffled.tolist()):
        yield dict(zip(candidate.box, everything[pick], strict=True))
