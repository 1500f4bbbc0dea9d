"""The show: it goes on at its pace, does what it is asked for, tells it, and comes out the same from its journal."""

import json
import time

import pytest

import sandbox
from sandbox.demo.live.asked import asked_of
from sandbox.demo.live.opening import Stage, fresh_folder, stage_of
from sandbox.demo.live.replaying import differing, replayed
from sandbox.demo.live.show import Show
from sandbox.errors import InputError, OutsideError
from sandbox.experiment.journal import LINES, read_journal

SMALL = [
    "datasets.customers.rows=1500",
    "datasets.products.rows=60",
    "clock.days=19",
    "delivery.connector.outages=[]",
    "experiment.ramp=[]",
    "experiment.arms.recommender=0.4",
]


@pytest.fixture(scope="module")
def scenario():
    return sandbox.load("scenarios/telecom_loop.yaml", set=SMALL)


def news(show):
    """The newest of each kind, as the page reads them."""
    told = {}
    for kind, (_, text) in show.listeners._news.items():
        told[kind] = json.loads(text.decode().split("data: ", 1)[1])
    return told


def until(what, patience_s=60):
    give_up = time.monotonic() + patience_s
    while not what():
        assert time.monotonic() < give_up
        time.sleep(0.02)


@pytest.fixture(scope="module")
def played(scenario, tmp_path_factory):
    """A show that somebody played with, to its end: what was told after each thing, and its journal."""
    folder = tmp_path_factory.mktemp("show")
    show = Show(scenario.plan, folder / "0001")
    show.open()
    told = {"begun": news(show)}
    show.start()
    try:
        begins = show.loop.now_us
        show.ask(asked_of({"do": "pace", "speed": 10_000, "running": True})).result(60)
        until(lambda: show.loop.now_us > begins + 5_400_000_000)
        show.ask(asked_of({"do": "pace", "running": False})).result(60)
        show.ask(asked_of({"do": "break", "hours": 12})).result(60)
        show.ask(asked_of({"do": "jump", "hours": 8})).result(60)
        until(lambda: show.pace.jump_us is None)
        told["broken"] = news(show)
        show.ask(asked_of({"do": "campaign", "size": 3, "hours": 24})).result(60)
        show.ask(asked_of({"do": "jump", "hours": 30})).result(60)
        until(lambda: show.pace.jump_us is None)
        told["mended"] = news(show)
        show.ask(asked_of({"do": "retrain"})).result(60)
        show.ask(asked_of({"do": "share", "size": 0.2})).result(60)
        show.ask(asked_of({"do": "poison", "size": 1, "hours": 10})).result(60)
        show.ask(asked_of({"do": "roll back"})).result(60)
        show.ask(asked_of({"do": "jump", "hours": 24 * 30})).result(60)
        until(lambda: show.is_over)
        until(lambda: news(show)["now"]["over"])
        told["over"] = news(show)
    finally:
        show.close()
    return folder, told


def test_it_begins_standing_still_where_the_experiment_begins(played):
    _, told = played
    scene, now = told["begun"]["scene"], told["begun"]["now"]
    assert now["at"] == scene["begins"]
    assert not now["running"]
    assert scene["arms"] == ["rules", "recommender"]
    assert [stage["name"] for stage in now["stages"]] == scene["stages"]
    assert sum(now["traffic"]["arrived"]) > 0  # what came before is there to see


def test_a_break_is_seen_and_so_is_its_end(played):
    _, told = played
    broken = {stage["name"]: stage for stage in told["broken"]["now"]["stages"]}["connector"]
    assert broken["until"] is not None
    assert broken["waiting"] > 0
    assert told["broken"]["now"]["fresh_s"] > 6 * 3600
    assert told["broken"]["now"]["traffic"]["arrived"][-1] == 0
    assert told["broken"]["now"]["traffic"]["sent"][-1] > 0
    mended = {stage["name"]: stage for stage in told["mended"]["now"]["stages"]}["connector"]
    assert mended["until"] is None
    assert told["mended"]["now"]["fresh_s"] < 3600
    assert len(told["mended"]["now"]["outages"]) == 1


def test_all_that_was_caused_is_told(played):
    _, told = played
    whats = [each["what"] for each in told["over"]["story"]["inputs"]]
    assert whats == ["break", "campaign", "retrain", "share", "poison", "roll back"]
    causes = {each["cause"] for each in told["over"]["story"]["decisions"]}
    assert {"schedule", "demand"} <= causes


def test_the_arms_are_told_with_intervals_and_with_the_truth(played):
    _, told = played
    arms = told["mended"]["arms"]
    assert arms["days"] >= 1
    for arm in arms["arms"]:
        assert arm["low"][-1] <= arm["value"][-1] <= arm["high"][-1]
        assert 0 < arm["truth"][-1] < 1
    assert told["over"]["arms"]["since"] > arms["since"]  # other shares begin anew


def test_the_funnel_and_the_totals_agree(played):
    _, told = played
    now = told["mended"]["now"]
    funnel = dict(now["funnel"])
    assert funnel["page_view"] > funnel["purchase"] > 0
    assert abs(sum(funnel.values()) - sum(now["traffic"]["arrived"][-24:])) <= 0.02 * sum(funnel.values()) + 5


def test_its_journal_gives_the_same_bytes(played, scenario, tmp_path):
    folder, _ = played
    lines = read_journal(folder / "0001").lines
    assert {"begin", "pace", "input", "decision", "shown", "end"} <= {line["kind"] for line in lines}
    replayed(scenario.plan, folder / "0001", tmp_path / "again")
    assert differing(folder / "0001", tmp_path / "again") == []


def test_a_journal_that_was_changed_is_seen_to_differ(played, tmp_path):
    folder, _ = played
    (tmp_path / LINES).write_text("{}", encoding="utf-8")
    assert LINES in differing(folder / "0001", tmp_path)


def test_a_journal_of_another_scenario_is_refused(played, tmp_path):
    folder, _ = played
    other = sandbox.load("scenarios/telecom_loop.yaml", set=[*SMALL, "seed=5"])
    with pytest.raises(InputError, match="is the journal of another scenario"):
        replayed(other.plan, folder / "0001", tmp_path / "again")


def test_what_makes_no_sense_is_refused_and_the_show_goes_on(scenario, tmp_path):
    show = Show(scenario.plan, tmp_path / "live", truth=False)
    show.open()
    show.start()
    try:
        with pytest.raises(InputError, match="unknown stage 'kafkaa'"):
            show.ask(asked_of({"do": "break", "of": "kafkaa"})).result(60)
        show.ask(asked_of({"do": "pace", "running": True})).result(60)
        assert show.failure == ""
    finally:
        show.close()
    with pytest.raises(OutsideError, match="over"):
        show.ask(asked_of({"do": "retrain"})).result(60)


def test_a_stage_without_an_onlooker_pays_nothing(scenario, tmp_path):
    stage = stage_of(scenario.plan, tmp_path / "live")
    stage.close()
    assert not (tmp_path / "live").exists()
    with pytest.raises(OutsideError, match="ending"):
        stage.show()


def test_journals_are_numbered_and_none_is_written_over(tmp_path):
    assert fresh_folder(tmp_path).name == "0001"
    (tmp_path / "0007").mkdir()
    (tmp_path / "notes").mkdir()
    assert fresh_folder(tmp_path).name == "0008"


def test_a_scenario_without_shelves_has_no_stage(tmp_path):
    assert stage_of(sandbox.load("scenarios/telco_churn.yaml").plan, tmp_path) is None
    assert isinstance(stage_of(sandbox.load("scenarios/telecom_loop.yaml").plan, tmp_path), Stage)
