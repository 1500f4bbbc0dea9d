"""The page for a sponsor: five questions, answered from the record, without a word of the trade."""

import copy
import json
import re
from dataclasses import replace

import pytest

import sandbox
from sandbox.report.sponsor_experiment import sponsored_experiment
from sandbox.report.sponsor_page import sponsor_html
from sandbox.report.sponsor_run import sponsored
from sandbox.runs.ended import find_run
from sandbox.runs.record import DeliveryRecord, finite
from sandbox.runs.releasing import Standing, standing_of

QUESTIONS = [
    "What did customers experience?",
    "What changed?",
    "What is it worth?",
    "How sure are we?",
    "What did we decide?",
]
JARGON = re.compile(
    r"\b(AUC|ROC|p-value|interval|baseline|oracle|champion|metric|classif|recall|precision|logistic|gradient|SQL|CUPED|"
    r"estimat\w*|undetermined|entity|dataset)\b",
    re.IGNORECASE,
)
LOOP = [
    "models={}",
    "datasets.customers.rows=900",
    "datasets.products.rows=40",
    "clock.days=24",
    "experiment.ramp=[]",
    "experiment.arms.recommender=0.4",
    "delivery.connector.outages=[{at: day 16, for: 30 h}]",
]


@pytest.fixture(scope="module")
def loop():
    """A scenario whose arms fill shelves, and what came of its experiment."""
    scenario = sandbox.load("scenarios/telecom_loop.yaml", set=LOOP)
    return scenario, scenario.experiment()


@pytest.fixture
def named(club_runs):
    """A run with a model."""
    folder, _ = club_runs
    return find_run("club/1", folder / "runs")


@pytest.fixture
def tried(named, loop):
    """What is told of a run whose arms filled shelves, and of the experiment as its record has it."""
    experiment = json.loads(json.dumps(finite(loop[1].to_dict()), default=str))
    outage = {"stage": "connector", "starts": "2026-01-20T23:30:00+00:00", "ends": "2026-01-22T05:30:00+00:00"}
    late = DeliveryRecord("web_events", {}, 60, [], [], [], [], [outage])
    clock = {**named.record.clock, "zone": "Europe/Paris"}
    return told_of(named, models=[], clock=clock, experiment=experiment, delivery=[late]), experiment


def told_of(run, **changed):
    return sponsored(replace(run.record, **changed), standing_of(run.folder, run.record))


def sentences(told):
    return {answer.question: " ".join(answer.sentences) for answer in told.answers}


def test_money_that_nobody_counted_is_no_sum(named, tried):
    """Scenarios without a column of money have a value of 0 in every arm, which is not what the arm is worth."""
    experiment = copy.deepcopy(tried[1])
    for each in experiment["comparisons"]:
        if each["metric"] == "value":
            nothing = {"value": 0.0, "low": 0.0, "high": 0.0}
            each |= {"undefined": "", "control": nothing, "treatment": nothing, "difference": nothing}
    told = sentences(told_of(named, models=[], experiment=experiment))["What is it worth?"]
    assert "each customer spent" not in told.lower()


def test_five_questions_are_answered_in_plain_words(tried, named):
    for told in (tried[0], told_of(named)):
        assert [answer.question for answer in told.answers] == QUESTIONS
        assert all(answer.sentences for answer in told.answers)
        whole = " ".join([told.headline, *sentences(told).values()])
        assert not JARGON.search(whole.replace(told.about, "")), JARGON.search(whole)


def test_figures_are_those_of_the_record(tried):
    told, found = tried
    said = sentences(told)
    conversion = next(each for each in found["comparisons"] if each["metric"] == "conversion")
    assert f"{found['units']['rules']:,} customers saw the page as it is" in said[QUESTIONS[0]]
    assert "stood still on 21 January 2026 for 30 hours" in said[QUESTIONS[0]]  # the day as it is in Paris
    assert "bought something" in said[QUESTIONS[1]]
    assert f"{100 * conversion['treatment']['value']:.0f}" in said[QUESTIONS[1]]
    assert f"{100 * conversion['lift']['high']:+.0f} percent" in said[QUESTIONS[3]]
    assert "in truth it was" in said[QUESTIONS[3]]
    assert [picture.count for picture in told.answers[1].pictures] == pytest.approx(
        [100 * conversion[side]["value"] for side in ("control", "treatment")]
    )


def test_an_experiment_says_the_same_without_a_run(loop, tried):
    scenario, found = loop
    told, of_run = sponsored_experiment(scenario.loaded, found), tried[0]
    said, said_of_run = sentences(told), sentences(of_run)
    assert [answer.question for answer in told.answers] == QUESTIONS
    assert told.answers[1] == of_run.answers[1]
    assert said[QUESTIONS[0]].startswith(said_of_run[QUESTIONS[0]].partition(" All of it")[0])
    assert "no real customer was part of it" in said[QUESTIONS[0]]
    assert "stood still on 21 January 2026 for 30 hours" in said[QUESTIONS[0]]
    assert "in truth it was" in said[QUESTIONS[3]]
    assert (found.gates[0].verdict == "fails") == told.headline.startswith("Not yet")
    assert not JARGON.search(" ".join([told.headline, *said.values()]))


def test_what_a_model_foretells_is_told_of_a_hundred(named):
    told = told_of(named)
    seen = named.record.models[0].card["confusion"]
    (picture,) = told.answers[1].pictures
    assert picture.count == pytest.approx(
        100 * seen["true_positive"] / (seen["true_positive"] + seen["false_negative"])
    )
    assert f"we can now name {picture.count:.0f} beforehand" in sentences(told)[QUESTIONS[1]]


def test_a_gate_that_fails_comes_first(named):
    failed = [replace(gate, verdict="fails") for gate in named.record.gates]
    told = told_of(named, gates=failed)
    assert told.headline.startswith("Not yet")
    assert "What was agreed on beforehand is not met." in sentences(told)[QUESTIONS[4]]
    told = told_of(named, gates=[*failed, *named.record.gates])
    assert "1 of 2 conditions that were agreed on beforehand are met, 1 not." in sentences(told)[QUESTIONS[4]]


CALL = {
    "name": "call",
    "about": "A call to whoever is at risk.",
    "model": "lapse",
    "day": "2026-03-22",
    "contacted": 600,
    "holdout": 400,
    "rate_contacted": 0.05,
    "rate_holdout": 0.12,
    "effect": {"value": -0.07, "low": -0.09, "high": -0.05},
    "true_effect": -0.066,
    "profit": {"value": 3_000.0, "low": -100.0, "high": 6_100.0},
    "sample_ratio": 0.4,
}


def test_what_a_campaign_did_is_told(named):
    model = named.record.models[0].name
    told = told_of(named, campaigns=[{**CALL, "model": model}])
    said = sentences(told)
    assert "on 22 March 2026, 600 customers were contacted. 400 more" in said[QUESTIONS[0]]
    assert "Of a hundred who were left alone, 12 did; of a hundred who were contacted, 5." in said[QUESTIONS[1]]
    assert [picture.count for picture in told.answers[1].pictures] == pytest.approx([12, 5])
    assert "all 1,000 of them brings about 3,000" in said[QUESTIONS[2]]
    assert "from −100 to +6,100: no gain and no loss is shown" in said[QUESTIONS[2]]
    assert "no sum of money" not in said[QUESTIONS[2]]
    assert "hardly chance; a hundred contacts make 5 to 9 fewer" in said[QUESTIONS[3]]
    assert "in truth it was 6.6 fewer" in said[QUESTIONS[3]]
    assert not JARGON.search(" ".join(said.values()))


def test_a_campaign_of_too_few_tells_nothing(named):
    nothing = {"value": None, "low": None, "high": None}
    few = {**CALL, "rate_holdout": None, "effect": nothing, "profit": nothing, "sample_ratio": 1e-6}
    said = sentences(told_of(named, campaigns=[few]))
    assert "Too few took part to compare them." in said[QUESTIONS[1]]
    assert "too few took part to tell what a contact does" in said[QUESTIONS[3]]
    assert "groups do not have the sizes that they should have" not in said[QUESTIONS[3]]


def test_an_experiment_by_a_log_is_told_elsewhere(named):
    said = sentences(told_of(named, models=[], values={**named.record.values, "experiment": {"log": "shown"}}))
    assert said[QUESTIONS[1]] == "What was tried on customers is told on the page of the experiment itself."


def test_what_people_decided_is_told(named):
    standing = Standing("shelved", "Shelved by Ann until 2030-01-01: too dear.", (None,))
    told = sponsored(replace(named.record, stage="MVP", goal="Keep members"), standing)
    decided = sentences(told)[QUESTIONS[4]]
    assert "at the stage of an MVP" in decided
    assert "Shelved by Ann until 2030-01-01: too dear." in decided
    assert "Keep members." in decided


def test_the_page_is_one_whole_and_loads_nothing(tried):
    page = sponsor_html(tried[0])
    assert page.count("<section>") == len(QUESTIONS)
    assert page.count('class="no"') == 200  # two hundreds of dots
    assert not re.search(r"<script|src=|url\(|@import|https?://", page)


def test_the_verb_writes_it_beside_the_run(named, club_runs, command):
    folder, _ = club_runs
    said = command("sponsor", "club/1", "--out", folder / "runs")
    assert said.code == 0
    assert said.out.rstrip().endswith("sponsor.html")
    assert (named.folder.path / "sponsor.html").exists()
    assert '"What is it worth?"' in command("sponsor", "club/1", "--out", folder / "runs", "--format", "json").out
    nobody = command("sponsor", "nobody", "--out", folder / "runs")
    assert (nobody.code, "no run 'nobody'" in nobody.err) == (2, True)
