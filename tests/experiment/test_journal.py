"""A loop's journal: the run can be had again from it byte for byte, and the events without any policy."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from sandbox.errors import InputError
from sandbox.experiment.inputs import Input
from sandbox.experiment.journal import read_journal
from sandbox.experiment.loop import Loop, Wishes, rehearse
from sandbox.experiment.panel import Metric, unit_columns
from sandbox.experiment.shown_again import ShownAgain
from sandbox.scenario.plan import Plan
from sandbox.world.world import World
from tests.experiment.shop import SHOP, plan_of

DAY_US = 86_400_000_000
DELIVERED = SHOP + "delivery: {feed: {latency: 1min}, lake: {every: 5min}}\n"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan_of(tmp_path_factory.mktemp("journal"), DELIVERED)


def inputs(plan: Plan) -> list[Input]:
    """One of each kind."""
    begin = plan.clock.start_us + 11 * DAY_US
    return [
        Input(begin + 7_200_000_000, "break", "feed", DAY_US),
        Input(begin + DAY_US, "campaign", size=2.0, lasts_us=DAY_US),
        Input(begin + 2 * DAY_US, "poison", "item_id", DAY_US, 0.5),
        Input(begin + 3 * DAY_US, "retrain", "mine"),
        Input(begin + 4 * DAY_US, "roll back"),
        Input(begin + 5 * DAY_US, "share", size=0.3),
    ]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def events(world: World, *cuts: int) -> pa.Table:
    pieces = [batch for a, b in itertools.pairwise(cuts) for batch in world.batches("web", a, b)]
    return pa.Table.from_batches(pieces).drop_columns("_sandbox")


@pytest.fixture(scope="module")
def journal(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "journal"
    rehearse(plan, wishes=Wishes(truth=False, inputs=inputs(plan), journal=folder))
    return folder


def test_the_run_can_be_had_again_from_its_inputs_byte_for_byte(plan, journal, tmp_path):
    kept = read_journal(journal)
    assert kept.inputs == tuple(inputs(plan))
    rehearse(plan, wishes=Wishes(truth=True, inputs=kept.inputs, journal=tmp_path / "again", workers=1))
    assert bytes_of(tmp_path / "again") == bytes_of(journal)


def test_sent_while_it_runs_an_input_does_the_same(plan, journal, tmp_path):
    loop = Loop(plan, Wishes(truth=False, journal=tmp_path / "again"))
    waiting = inputs(plan)
    for _ in loop:
        while waiting and waiting[0].at_us < loop.now_us + DAY_US:  # somebody presses a button during the next day
            loop.send(waiting.pop(0))
    loop.finish()
    assert bytes_of(tmp_path / "again") == bytes_of(journal)


def test_the_events_follow_from_what_was_shown_alone(plan, tmp_path):
    done = rehearse(plan, wishes=Wishes(truth=False, journal=tmp_path / "journal"))
    again = World(plan, policies={"web": ShownAgain.of(read_journal(tmp_path / "journal"), plan.shelves.starts_us)})
    hours = again.units("web")
    whole = events(again, 0, hours)
    assert events(again, 0, 100, 301, hours).equals(whole), "any cut of the clock"
    clicks = pc.sum(pc.equal(whole["event"].cast("string"), "click")).as_py()
    assert clicks >= unit_columns(done.panel, Metric("clicks", "click_rate")).sum() > 0
    assert not events(World(plan), 0, hours).equals(whole)


def test_every_list_is_there_once_with_its_positions_and_chances(journal):
    lists = pq.read_table(journal / "shown")
    assert len(lists) == len(np.unique(np.column_stack([lists["visit"], lists["shown_at"].cast("int64")]), axis=0))
    items, chances = (pc.list_flatten(lists[name]).to_numpy() for name in ("items", "propensities"))
    assert (chances[items >= 0] == 1).all(), "no arm explores"
    assert set(lists["arm"].to_pylist()) == {-1, 0, 1}


def test_what_was_decided_stands_there_with_its_evidence(journal):
    lines = [json.loads(line) for line in (journal / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    decided = [line for line in lines if line["kind"] == "decision"]
    assert {"first", "kept", "rolled back", "share"} <= {line["what"] for line in decided}
    assert [line["cause"] for line in decided].count("demand") == 3
    judged = [line for line in decided if line["candidate"] is not None]
    assert all(line["because"] and line["learnt_from"] > 0 for line in judged)
    assert [line["at"] for line in lines[1:]] == sorted(line["at"] for line in lines[1:])


def test_a_journal_that_somebody_changed_is_refused(plan, journal, tmp_path):
    done = Wishes(truth=False, journal=tmp_path / "journal")
    rehearse(plan, wishes=done)
    part = next((tmp_path / "journal" / "shown").iterdir())
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    world = World(plan, policies={"web": ShownAgain.of(read_journal(tmp_path / "journal"), plan.shelves.starts_us)})
    with pytest.raises(InputError, match="was changed after it was written"):
        events(world, 0, world.units("web"))
    part.unlink()
    with pytest.raises(InputError, match="is missing; the journal is not whole"):
        read_journal(tmp_path / "journal")


def test_a_folder_with_something_else_is_left_alone(plan, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds something that is no journal"):
        rehearse(plan, wishes=Wishes(truth=False, journal=tmp_path))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Input(0, "retrain"), "lies outside the clock"),
        (Input(1, "break", "kafka"), "unknown stage 'kafka'. Known: feed, lake"),
        (Input(1, "poison", "itm"), "has no column 'itm'. Did you mean 'item_id'"),
        (Input(1, "poison", size=2.0), "must be a share of values"),
        (Input(1, "share", size=1.0), "must be a share of the traffic"),
        (Input(1, "roll back", "rules"), "unknown arm 'rules'. Known: mine"),
        (Input(1, "share", "yours", size=0.3), "unknown arm 'yours'. Known: mine"),
        (Input(1, "fall ill"), "no model of the scenario has reviewers"),
    ],
)
def test_what_cannot_be_done_is_refused_when_it_is_sent(plan, given, said):
    loop = Loop(plan, Wishes(truth=False))
    at_us = loop.now_us if given.at_us else 0
    with pytest.raises(InputError, match=said):
        loop.send(Input(at_us, given.what, given.of, given.lasts_us, given.size))
