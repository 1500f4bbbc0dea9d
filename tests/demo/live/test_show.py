"""The show: it goes on at its pace, does what it is asked for, tells it, and comes out the same from its journal."""

import json
import shutil
import time

import pytest

import sandbox
from sandbox.demo.live.asked import asked_of
from sandbox.demo.live.opening import Stage, fresh_folder, stage_of
from sandbox.demo.live.replaying import differing, replayed
from sandbox.demo.live.show import Show
from sandbox.errors import InputError, OutsideError
from sandbox.experiment.inputs import moment_text
from sandbox.experiment.journal import LINES, read_journal

SMALL = [
    "datasets.customers.rows=1500",
    "datasets.products.rows=60",
    "clock.days=19",
    "delivery.connector.outages=[]",
    "experiment.ramp=[]",
    "experiment.arms.recommender=0.4",
    "models.voucher.review.band=[0.045, 0.5]",
    "models.voucher.review.reviewers=1",
]
PATIENCE_S = 180


@pytest.fixture(scope="module")
def scenario():
    return sandbox.load("scenarios/telecom_loop.yaml", set=SMALL)


def news(show):
    """The newest of each kind, as the page reads them."""
    told = {}
    for kind, (_, text) in show.listeners._news.items():
        told[kind] = json.loads(text.decode().split("data: ", 1)[1])
    return told


def until(what, patience_s=PATIENCE_S):
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
        show.ask(asked_of({"do": "pace", "speed": 10_000, "running": True})).result(PATIENCE_S)
        until(lambda: show.loop.now_us > begins + 5_400_000_000)
        show.ask(asked_of({"do": "pace", "running": False})).result(PATIENCE_S)
        show.ask(asked_of({"do": "break", "hours": 20})).result(PATIENCE_S)
        jumps = show.loop.now_us
        show.ask(asked_of({"do": "jump", "hours": 8 + 7 / 60})).result(PATIENCE_S)
        until(lambda: show.pace.jump_us is None and news(show)["now"]["at"] * 1000 == show.loop.now_us)
        told["broken"] = news(show)
        told["jumped_us"] = show.loop.now_us - jumps
        show.ask(asked_of({"do": "campaign", "size": 3, "hours": 24})).result(PATIENCE_S)
        show.ask(asked_of({"do": "fall ill", "hours": 30})).result(PATIENCE_S)
        until(lambda: news(show)["now"]["reviews"][0]["team"]["ill"] == 1)
        show.ask(asked_of({"do": "help out", "of": "voucher", "hours": 48})).result(PATIENCE_S)
        show.ask(asked_of({"do": "jump", "hours": 30})).result(PATIENCE_S)
        until(lambda: show.pace.jump_us is None and news(show)["now"]["at"] * 1000 == show.loop.now_us)
        told["mended"] = news(show)
        show.ask(asked_of({"do": "retrain"})).result(PATIENCE_S)
        show.ask(asked_of({"do": "share", "size": 0.3})).result(PATIENCE_S)
        show.ask(asked_of({"do": "share", "size": 0.2})).result(PATIENCE_S)
        until(lambda: len(news(show)["story"]["inputs"]) == 7)
        told["shared"] = news(show)
        show.ask(asked_of({"do": "poison", "size": 1, "hours": 10})).result(PATIENCE_S)
        show.ask(asked_of({"do": "roll back"})).result(PATIENCE_S)
        show.ask(asked_of({"do": "jump", "hours": 24 * 30})).result(PATIENCE_S)
        until(lambda: show.loop.is_over)
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


def test_another_share_stands_over_the_figures_at_once(played):
    _, told = played
    assert told["shared"]["arms"]["arms"] == [{"name": "rules", "share": 0.8}, {"name": "recommender", "share": 0.2}]


def test_a_jump_stops_where_it_was_asked_to(played):
    _, told = played
    assert told["jumped_us"] == (8 * 60 + 7) * 60_000_000


def test_all_that_was_caused_is_told(played):
    _, told = played
    whats = [each["what"] for each in told["over"]["story"]["inputs"]]
    assert whats == ["break", "campaign", "fall ill", "help out", "retrain", "share", "share", "poison", "roll back"]
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


def test_the_review_queue_goes_on_beside_the_loop(played):
    _, told = played
    assert told["begun"]["scene"]["reviews"][0]["model"] == "voucher"
    mended, over = (told[when]["now"]["reviews"][0] for when in ("mended", "over"))
    assert (mended["team"]["ill"], mended["team"]["helpers"], mended["team"]["all"]) == (0, 1, 2)
    assert over["waiting"] > 0
    assert over["oldest_s"] > 3600
    assert over["by_people"] > mended["by_people"] > 0
    assert over["given_up"] > 0
    assert over["alone"] > 0
    assert over["hours"]["waiting"][-1] == over["waiting"]
    assert sum(over["hours"]["given_up"]) == over["given_up"]
    ends = [each["at"] for each in over["latest"]]
    assert ends == sorted(ends, reverse=True)


def test_the_funnel_and_the_totals_agree(played):
    _, told = played
    now = told["mended"]["now"]
    funnel = dict(now["funnel"])
    assert funnel["page_view"] > funnel["purchase"] > 0
    assert abs(sum(funnel.values()) - sum(now["traffic"]["arrived"][-24:])) <= 0.02 * sum(funnel.values()) + 5


def test_its_journal_gives_the_same_bytes(played, scenario, tmp_path):
    folder, _ = played
    lines = read_journal(folder / "0001").lines
    assert {"begin", "pace", "input", "decision", "shown", "review", "end"} <= {line["kind"] for line in lines}
    replayed(scenario.plan, folder / "0001", tmp_path / "again")
    assert differing(folder / "0001", tmp_path / "again") == []


def test_a_show_that_was_killed_comes_out_the_same_as_far_as_it_goes(played, scenario, tmp_path):
    """Its journal ends in the middle of a line, and the last list that it wrote stands in no line."""
    folder, _ = played
    kept = tmp_path / "killed"
    shutil.copytree(folder / "0001", kept)
    lines = (kept / LINES).read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if '"input": "campaign"' in line) + 2
    (kept / LINES).write_text("".join(lines[:at]) + lines[at][:20], encoding="utf-8")
    replayed(scenario.plan, kept, tmp_path / "again")
    assert differing(kept, tmp_path / "again") == []
    assert moment_text(read_journal(kept).cut_us) == json.loads(lines[at - 1])["at"]
    assert read_journal(folder / "0001").cut_us is None
    lines[3] = lines[3].replace("2026", "2027")
    (kept / LINES).write_text("".join(lines[:at]), encoding="utf-8")
    assert differing(kept, tmp_path / "again") == [LINES]


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
            show.ask(asked_of({"do": "break", "of": "kafkaa"})).result(PATIENCE_S)
        show.ask(asked_of({"do": "pace", "running": True})).result(PATIENCE_S)
        assert show.failure == ""
    finally:
        show.close()
    with pytest.raises(OutsideError, match="over"):
        show.ask(asked_of({"do": "retrain"})).result(PATIENCE_S)


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
