"""`sandbox recommend`, as somebody types it, and the same in Python."""

import json

import pytest

import sandbox

SHOP = """\
sandbox: 1
name: stall
seed: 7
clock: {start: 2026-03-20, days: 7, zone: UTC}
datasets:
  goods:
    rows: 30
    static: true
    key: good_id
    columns:
      good_id: {serial: "G{:02d}"}
      kind: {choice: [tea, cup]}
      maker: {fake: name, pii: true}
  members:
    rows: 100
    key: member_id
    static: true
    columns: {member_id: {serial: 1}}
  clicks:
    of: members
    time: happened_at
    visits: {per_day: 1, known: 0.5}
    journey:
      look: {emits: look, item: goods, then: {look: 1, buy: 0.5, leave: 1}, after: 30s}
      buy: {emits: purchase, item: same, logs_in: true, then: {leave: 1}}
    columns:
      member_id: {visit: customer}
      visitor_id: {visit: visitor}
      good_id: {visit: item}
      kind_of_event: {visit: event}
models:
  buys:
    blueprint: classify
    of: members
    at: day 3
    label: {occurs: clicks, where: "kind_of_event = 'purchase'", within: 3 days}
    features: "select member_id, count(happened_at) as seen from members left join clicks using (member_id) group by 1"
    candidates: [majority, logistic]
    spike: {trials: 1}
    bootstrap: 200
"""


@pytest.fixture(scope="module")
def stall(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stall")
    path = folder / "stall.yaml"
    path.write_text(SHOP, encoding="utf-8")
    return path


def items(said):
    assert said.code == 0, said.err
    return json.loads(said.out)["items"]


def test_a_list_for_a_customer_with_what_the_items_are(command, stall):
    listed = items(command("recommend", stall, "--customer", "7", "-n", "4", "--format", "json"))
    assert [set(each) for each in listed] == [{"item", "kind", "score", "why"}] * 4
    scores = [each["score"] for each in listed]
    assert scores == sorted(scores, reverse=True)
    shown = command("recommend", stall, "--customer", "7", "-n", "4")
    assert [each["item"] for each in listed] == command(
        "recommend", stall, "--customer", "7", "-n", "4", "-q"
    ).out.split()
    assert all(each["item"] in shown.out for each in listed)


def test_somebody_unknown_gets_best_sellers(command, stall):
    nobody = items(command("recommend", stall, "--format", "json"))
    assert {each["why"] for each in nobody} == {"best seller"}
    assert items(command("recommend", stall, "--customer", "10_000".replace("_", ""), "--format", "json")) == nobody
    everything = items(command("recommend", stall, "-n", "500", "--format", "json"))
    assert len({each["item"] for each in everything}) == len(everything) <= 30


def test_what_goes_with_an_item(command, stall):
    listed = items(command("recommend", stall, "--item", "G03", "-n", "3", "--format", "json"))
    assert "G03" not in {each["item"] for each in listed}
    assert listed[0]["why"] == "also"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--customer", "ann"], "got 'ann', but members.member_id is int64."),
        (["--item", "G3"], "goods has no 'G3'. Did you mean 'G"),
        (["--events", "click"], "'click' is no stream in which customers meet items. Did you mean 'clicks'?"),
        (["--goal", "purchas"], "no event 'purchas'. Did you mean 'purchase'?"),
        (["--run", "stall/9"], "stall"),
        (["-n", "0"], "0 is not in the range"),
    ],
)
def test_what_is_wrong_is_told(command, stall, tmp_path, words, told):
    said = command("recommend", stall, "--out", tmp_path, *words)
    assert said.code == 2
    assert told in said.err


def test_a_scenario_without_such_a_stream(command, club):
    said = command("recommend", club())
    assert said.code == 2
    assert "no stream tells which customer did what with which item" in said.err
    assert "{visit: item}" in said.err


def test_a_landed_run_gives_the_list_of_its_simulation(command, stall, tmp_path, club):
    scenario = sandbox.load(stall)
    run = scenario.run(tmp_path / "runs")
    listed = scenario.recommend("7", 5, run=run)
    assert listed == scenario.recommend(7, 5) == sandbox.load(stall).recommend(7, 5)
    said = command("recommend", stall, "--run", "stall/1", "--out", tmp_path / "runs", "--customer", 7, "-n", 5, "-q")
    assert said.out.split() == [each.item for each in listed]
    other = command("recommend", club(), "--run", "stall/1", "--out", tmp_path / "runs")
    assert other.code == 2
    assert "is a run of stall, not of club" in other.err


def test_a_scenario_that_asks_for_a_release_is_recommended_from_a_released_run_or_aloud(command, stall, tmp_path):
    words = ("recommend", stall, "--set", "stage=production", "--out", tmp_path, "-n", 3)
    refused = command(*words)
    assert refused.code == 2
    assert "is released; run it" in refused.err
    aloud = command(*words, "--unreleased", "--quiet")
    assert len(aloud.out.split()) == 3
    assert aloud.err.startswith("NOT RELEASED: ")
    with pytest.raises(sandbox.InputError, match="unreleased=True"):
        sandbox.load(stall, set=["stage=production"]).recommend(7, out=tmp_path)


def test_a_goal_and_what_is_left_out(stall):
    scenario = sandbox.load(stall)
    by_sale, by_look = scenario.recommend(n=30), scenario.recommend(n=30, goal="look")
    assert sum(each.score for each in by_look) > sum(each.score for each in by_sale) > 0
    seen = {each.item for each in scenario.recommend(7, 30)} - {
        each.item for each in scenario.recommend(7, 30, leave_out="seen")
    }
    assert seen
    with pytest.raises(sandbox.InputError, match="n: got 0"):
        scenario.recommend(7, 0)
