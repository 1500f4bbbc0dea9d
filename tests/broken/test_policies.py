"""Policies, each broken in one way, and the checks that must notice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sandbox.checks import all_checks
from sandbox.checks.policies import PolicySubject
from sandbox.models.recommend.policies import PolicyPart, Popularity

GROUP = "sandbox.policies"
_COUNTER = itertools.count()


class Bent(PolicyPart):
    """Popularity, with one thing of it changed."""

    def learn(self, events, catalogue, seed):
        faithful = Popularity().learn(events, catalogue, seed)
        return Through(lambda seen, person: self.bend(np.array(faithful.scores(seen, person)), seen))

    def bend(self, scores, seen):
        return scores


class Through:
    def __init__(self, scores):
        self.scores = scores


class KnowsSomeItemsOnly(Bent):
    def bend(self, scores, seen):
        scores[np.diff(seen.indptr) > 0, 3] = np.nan
        return scores


class FailsForStrangers(Bent):
    def bend(self, scores, seen):
        scores[np.diff(seen.indptr) == 0] = np.nan
        return scores


class LearnsAnotherThingEachTime(PolicyPart):
    def learn(self, events, catalogue, seed):
        by_item = np.random.default_rng(next(_COUNTER)).random(len(events.items)).astype(np.float32)
        return Through(lambda seen, person: np.tile(by_item, (seen.shape[0], 1)))


class GoesByTheBatch(Bent):
    def bend(self, scores, seen):
        return scores if seen.shape[0] > 1 else -scores


class ForgetsWhatWasSeen(PolicyPart):
    def learn(self, events, catalogue, seed):
        faithful = Popularity().learn(events, catalogue, seed)

        def scores(seen, person):
            found = np.array(faithful.scores(seen, person))
            seen.data[:] = 0
            return found

        return Through(scores)


class NeedsEvents(PolicyPart):
    def learn(self, events, catalogue, seed):
        return Popularity().learn(events, catalogue, seed) if len(events) else events.person[0]


SABOTEURS = {
    "scores_every_item": (KnowsSomeItemsOnly, {"no_events_are_learnt_or_refused"}),
    "strangers_get_a_list": (FailsForStrangers, set()),
    "same_seed_same_scores": (LearnsAnotherThingEachTime, set()),
    "one_request_scores_as_in_a_batch": (GoesByTheBatch, set()),
    "events_stay_as_they_are": (ForgetsWhatWasSeen, set()),
    "no_events_are_learnt_or_refused": (NeedsEvents, set()),
}


def test_every_check_has_its_saboteur():
    assert list(SABOTEURS) == [check.name for check in all_checks(GROUP)]


def test_nothing_is_held_against_a_faithful_part(failing):
    assert failing(GROUP, PolicySubject("Bent", Bent())) == set()


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught_by_its_own_check_and_no_other(name, failing):
    policy, also = SABOTEURS[name]
    assert failing(GROUP, PolicySubject(policy.__name__, policy())) == {name} | also
