from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sandbox.addresses import Address
from sandbox.errors import InputError
from sandbox.models.split import folds, hash_entities, split_by_group, split_by_time, thinned

ADDRESS = Address(("test",))


def ids_tested(examples, share=0.3):
    return set(examples.entity.take(pa.array(split_by_group(examples, share).test)).to_pylist())


def test_an_entity_keeps_its_side_whatever_else_is_in_the_data(world):
    large, small = world(2000), world(300, seed=9)
    kept = {f"C{number:05d}" for number in range(300)}
    assert ids_tested(large) & kept == ids_tested(small)


def test_a_greater_share_only_adds_to_the_test(world):
    examples = world(1000)
    assert ids_tested(examples, 0.2) < ids_tested(examples, 0.5)


def test_about_the_share_is_tested_and_nobody_is_on_both_sides(world):
    examples = world(2000, moments=2)
    sides = split_by_group(examples, 0.3)
    entity = np.array(examples.entity.to_pylist())
    assert not set(entity[sides.training]) & set(entity[sides.test])
    # 600 of 2,000 with a standard deviation of 20.
    assert abs(len(set(entity[sides.test])) - 600) < 100


def test_a_hash_is_of_the_id_alone():
    ids = pa.array(["a", "b", "abcdefgh", "abcdefghi", "", "ü"])
    together = hash_entities(ADDRESS, ids)
    alone = np.concatenate([hash_entities(ADDRESS, ids[number : number + 1]) for number in range(len(ids))])
    assert (together == alone).all()
    assert len(set(together.tolist())) == len(ids)


def test_a_number_and_its_text_are_the_same_id():
    numbers = pa.array([7, -12, 10**15])
    assert (hash_entities(ADDRESS, numbers) == hash_entities(ADDRESS, numbers.cast(pa.string()))).all()


def test_ids_that_differ_by_a_nul_or_a_place_differ():
    ids = pa.array(["a", "a\0", "\0a", "Aa", "BB", "12345678a", "1234567a8"])
    assert len(set(hash_entities(ADDRESS, ids).tolist())) == len(ids)


def test_a_split_by_time_tests_the_latest_moment_and_purges_unknown_labels(world):
    examples = world(50, moments=4, window=timedelta(days=45))
    sides = split_by_time(examples)
    moments = examples.moment
    assert set(moments.take(pa.array(sides.test)).to_pylist()) == {pc.max(moments).as_py()}
    # Moments are 30 days apart: only those 60 and 90 days earlier are known 45 days later.
    latest = pc.max(moments).as_py()
    learnt = set(moments.take(pa.array(sides.training)).to_pylist())
    assert learnt == {latest - timedelta(days=60), latest - timedelta(days=90)}
    assert sides.purged == 50


def test_a_label_known_at_the_very_moment_is_learnt_from(world):
    assert split_by_time(world(50, moments=2)).purged == 0


def test_one_moment_cannot_be_split_by_time(world):
    with pytest.raises(InputError, match=r"all examples are of one moment \(2026-01-31 00:00\)"):
        split_by_time(world(50))


def test_labels_that_nobody_knew_in_time_are_no_training_side(world):
    with pytest.raises(InputError, match="no label was known before the latest moment"):
        split_by_time(world(50, moments=2, window=timedelta(days=31)))


def test_folds_keep_entities_together_and_classes_even(world):
    examples = world(400, moments=2)
    label, entity = np.array(examples.label.to_pylist()), np.array(examples.entity.to_pylist())
    found = folds(examples, "group", ADDRESS)
    assert len(found) == 3
    assert sorted(np.concatenate([judge for _, judge in found]).tolist()) == list(range(800))
    for learn, judge in found:
        assert not set(entity[learn]) & set(entity[judge])
        assert label[judge].mean() == pytest.approx(label.mean(), abs=0.06)


def test_folds_by_time_look_forward_only_and_wait_for_the_labels(world):
    examples = world(50, moments=4)
    at = examples.moment.to_numpy(zero_copy_only=False)
    found = folds(examples, "time", ADDRESS)
    assert len(found) == 3
    for learn, judge in found:
        assert (at[learn].max() + np.timedelta64(30, "D")) <= at[judge].min()
        assert len(set(at[judge])) == 1


def test_thinned_folds_keep_whole_entities(world):
    examples = world(1000, moments=2)
    entity = np.array(examples.entity.to_pylist())
    cuts = folds(examples, "group", ADDRESS)
    assert thinned(cuts, examples, 2000, ADDRESS) is cuts
    few = np.concatenate([judge for _, judge in thinned(cuts, examples, 500, ADDRESS)])
    # 250 of 1,000 entities with a standard deviation of 14, each with both of its moments.
    assert len(set(entity[few])) * 2 == len(few)
    assert abs(len(few) - 500) < 150
    rare = replace(examples, label=pa.array(np.arange(2000) < 3))
    assert thinned(cuts, rare, 500, ADDRESS) is cuts


def test_one_moment_to_learn_from_is_dealt_by_entity(world):
    examples = world(90)
    found = folds(examples, "time", ADDRESS)
    assert [len(judge) for _, judge in found] == [30, 30, 30]
