"""The whole of a fit as a story: order, split, encode, tune, choose, measure, explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address
from sandbox.models import words
from sandbox.models.base import Examples, Floats, Progress, flags
from sandbox.models.candidates import CANDIDATES, Candidate, Task, one_thread
from sandbox.models.classify import ClassifyConfig
from sandbox.models.curves import confusion, curves
from sandbox.models.encoding import ColumnUse, Encoding, learn_encoding
from sandbox.models.fitted import Fitted, SideCounts, Standing
from sandbox.models.gates import trivial_score
from sandbox.models.importance import Importance, Tested, importance
from sandbox.models.metrics import Outcome, better, measure
from sandbox.models.split import Fold, Sides, entity_numbers, folds, split_by_group, split_by_time, thinned
from sandbox.models.trained import TrainedModel
from sandbox.models.tuning import Box, Judging, Trial, best, probabilities, spike

LEAST_OF_A_CLASS = 5
"""Fewer entities of a class than this cannot be dealt to folds and say anything; the majority class stands alone."""
MOST_TUNED = 20_000
"""Tuning looks at about so many training examples: more of them seldom change which setting is best."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the steps of a fit work on: both sides, ordered and encoded, and where their randomness lives."""

    config: ClassifyConfig
    training: Examples
    test: Examples
    encoding: Encoding
    task: Task
    test_matrix: Floats
    address: Address
    progress: Progress


def fit(examples: Examples, config: ClassifyConfig, seed: int, progress: Progress) -> Fitted:
    """Tune the candidates inside the box, keep the best and measure all of them on the test side.

    Raises:
        InputError: the examples make no sense, every reason at once.
    """
    with one_thread():
        # 1. The order in which examples came must change nothing; the test side is put away before anything is learnt.
        ordered = examples.in_order()
        sides = _split(ordered, config)

        # 2. How a feature is read is learnt from the training side alone.
        room, uses = _furnish(ordered, sides, config, seed, progress)

        # 3. The spike: what can be tuned is tuned until the box is full.
        cuts = folds(room.training, config.split.by, room.address.of("folds"))
        obstacle = _obstacle(room, cuts)
        cuts = thinned(cuts, room.training, MOST_TUNED, room.address.of("tuned"))
        trials = [] if obstacle else _tune(room, cuts)

        # 4. Every candidate's best setting learns from the whole training side and is measured on the test.
        standings = _choose(_measure_all(room, trials), config, len(trials))
        champion = next(standing for standing in standings if standing.kept)

        # 5. The champion explains itself.
        model = TrainedModel(room.encoding, _train(room, champion), champion.threshold)
        outcome = _outcome(room, champion)
        fitted = Fitted(
            config=config,
            seed=seed,
            model=model,
            leaderboard=standings,
            champion=champion.name,
            sides=_count(sides, room),
            box=Box(str(config.spike), len(trials), config.spike.time is None, _looked_at(cuts)),
            columns=uses,
            curves=curves(outcome),
            confusion=confusion(outcome),
            importance=_explain(room, champion, model),
            test=_test_table(room.test, champion),
        )
        return replace(fitted, sentences=words.sentences(fitted, ordered, obstacle))


def _split(examples: Examples, config: ClassifyConfig) -> Sides:
    if config.split.by == "time":
        return split_by_time(examples)
    return split_by_group(examples, config.split.test_share)


def _furnish(
    examples: Examples, sides: Sides, config: ClassifyConfig, seed: int, progress: Progress
) -> tuple[Room, tuple[ColumnUse, ...]]:
    training, test = examples.take(sides.training), examples.take(sides.test)
    encoding, uses = learn_encoding(training.features, training.moment)
    matrix = encoding.matrix(training.features, training.moment)
    room = Room(
        config=config,
        training=training,
        test=test,
        encoding=encoding,
        task=Task(matrix, flags(training.label), encoding.categorical, seed % 2**32),
        test_matrix=encoding.matrix(test.features, test.moment),
        address=Address((seed, "models", "classify")),
        progress=progress,
    )
    return room, uses


def _obstacle(room: Room, cuts: Sequence[Fold]) -> str:
    """Why nothing can be learnt, in words; empty where it can."""
    training = room.training
    if not len(training):
        return "no example fell on the training side"
    label, entity = flags(training.label), entity_numbers(training.entity)
    for found, name in ((label, "positive"), (~label, "negative")):
        count = len(np.unique(entity[found]))
        if count < LEAST_OF_A_CLASS:
            return f"the training side has {count} {name} entities, and fewer than {LEAST_OF_A_CLASS} teach nothing"
    if not room.encoding.columns:
        return "no feature tells anything"
    return "" if cuts else "the training side cannot be split again with both classes in each part"


def _tune(room: Room, cuts: Sequence[Fold]) -> list[Trial]:
    judging = Judging(room.task, cuts, room.config.judge, room.address.of("tuning"))
    box = room.config.spike
    tunable = [candidate for candidate in _candidates(room.config) if candidate.box]
    seconds = None if box.time is None else box.time.total_seconds()
    return spike(judging, tunable, trials=box.trials, seconds=seconds, progress=room.progress)


def _looked_at(cuts: Sequence[Fold]) -> int:
    return len(np.unique(np.concatenate([part for fold in cuts for part in fold]))) if cuts else 0


def _candidates(config: ClassifyConfig) -> list[Candidate]:
    wanted = {"majority", *config.candidates}
    return [candidate for name, candidate in CANDIDATES.items() if name in wanted]


def _measure_all(room: Room, trials: Sequence[Trial]) -> list[Standing]:
    """The standing of each candidate that was tried, and of the majority class, on the test."""
    standings = []
    trivial = Trial("majority", {}, trivial_score(room.config.judge, room.task.positive_share), 0.5)
    candidates = _candidates(room.config)
    for number, candidate in enumerate(candidates):
        own = [trial for trial in trials if trial.candidate == candidate.name]
        found = trivial if candidate.name == "majority" else best(own, room.config.judge)
        room.progress("measuring", number + 1, len(candidates))
        if found is not None:
            standings.append(_measure(room, candidate, found, len(own)))
    return standings


def _measure(room: Room, candidate: Candidate, trial: Trial, trials: int) -> Standing:
    standing = Standing(
        candidate.name, candidate.title, trial.parameters, trials, trial.score, trial.threshold, {}, np.empty(0)
    )
    standing = replace(standing, scores=probabilities(_train(room, standing), room.test_matrix))
    # One address for all: they are measured on the same resamples.
    metrics = measure(_outcome(room, standing), room.address.of("resamples"), room.config.bootstrap)
    return replace(standing, metrics=metrics)


def _outcome(room: Room, standing: Standing) -> Outcome:
    test = room.test
    return Outcome.of(standing.scores, flags(test.label), entity_numbers(test.entity), standing.threshold)


def _train(room: Room, standing: Standing) -> object:
    return CANDIDATES[standing.name].train(room.task, standing.parameters)


def _choose(standings: Sequence[Standing], config: ClassifyConfig, trials: int) -> tuple[Standing, ...]:
    """Keep the best in tuning, the simpler one of equals; the others are told why they are abandoned."""
    champion = standings[0]
    for standing in standings[1:]:
        if better(config.judge, standing.validation, champion.validation):
            champion = standing
    return tuple(
        replace(standing, kept=standing is champion, remark=words.remark(standing, champion, config.judge, trials))
        for standing in standings
    )


def _explain(room: Room, champion: Standing, model: TrainedModel) -> tuple[Importance, ...]:
    if champion.name == "majority":
        return ()
    tested = Tested(room.test_matrix, room.test.entity, room.test.label)
    return importance(model, tested, room.config.judge, room.address.of("importance"), room.progress)


def _count(sides: Sides, room: Room) -> SideCounts:
    training, test = room.training, room.test
    return SideCounts(
        by=sides.by,
        training=len(training),
        test=len(test),
        training_entities=len(training.entity.unique()),
        test_entities=len(test.entity.unique()),
        training_positive_share=_share(training),
        test_positive_share=_share(test),
        purged=sides.purged,
    )


def _share(examples: Examples) -> float:
    return float(flags(examples.label).mean()) if len(examples) else float("nan")


def _test_table(test: Examples, champion: Standing) -> pa.Table:
    return pa.table(
        {
            "entity": test.entity,
            "moment": test.moment,
            "label": test.label,
            "score": pa.array(champion.scores, pa.float64()),
            "predicted": pa.array(champion.scores >= champion.threshold, pa.bool_()),
        }
    )
