"""The page for a sponsor: five questions, answered from the record, without a word of the trade."""

import re
from dataclasses import replace

import pytest

import sandbox
from sandbox.report.sponsor_page import sponsor_html
from sandbox.report.sponsor_words import sponsored
from sandbox.runs.ended import find_run
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
def tried(tmp_path_factory):
    """A run whose arms filled shelves."""
    return sandbox.load("scenarios/telecom_loop.yaml", set=LOOP).run(tmp_path_factory.mktemp("tried"))


@pytest.fixture
def named(club_runs):
    """A run with a model."""
    folder, _ = club_runs
    return find_run("club/1", folder / "runs")


def told_of(run, **changed):
    return sponsored(replace(run.record, **changed), standing_of(run.folder, run.record))


def sentences(told):
    return {answer.question: " ".join(answer.sentences) for answer in told.answers}


def test_five_questions_are_answered_in_plain_words(tried, named):
    for run in (tried, named):
        told = told_of(run)
        assert [answer.question for answer in told.answers] == QUESTIONS
        assert all(answer.sentences for answer in told.answers)
        whole = " ".join([told.headline, *sentences(told).values()])
        assert not JARGON.search(whole.replace(told.about, "")), JARGON.search(whole)


def test_figures_are_those_of_the_record(tried):
    told, found = sentences(told_of(tried)), tried.record.experiment
    conversion = next(each for each in found["comparisons"] if each["metric"] == "conversion")
    assert f"{found['units']['rules']:,} customers saw the page as it is" in told[QUESTIONS[0]]
    assert "stood still on 21 January 2026 for 30 hours" in told[QUESTIONS[0]]
    assert f"{100 * conversion['treatment']['value']:.0f}" in told[QUESTIONS[1]]
    assert f"{100 * conversion['lift']['high']:+.0f} percent" in told[QUESTIONS[3]]
    assert "in truth it was" in told[QUESTIONS[3]]
    arms = told_of(tried).answers[1].pictures
    assert [picture.count for picture in arms] == pytest.approx(
        [100 * conversion[side]["value"] for side in ("control", "treatment")]
    )


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
    assert "0 of 1 conditions that were agreed on beforehand are met, 1 not." in sentences(told)[QUESTIONS[4]]


def test_what_people_decided_is_told(named):
    standing = Standing("shelved", "Shelved by Ann until 2030-01-01: too dear.", (None,))
    told = sponsored(replace(named.record, stage="MVP", goal="Keep members"), standing)
    decided = sentences(told)[QUESTIONS[4]]
    assert "at the stage of an MVP" in decided
    assert "Shelved by Ann until 2030-01-01: too dear." in decided
    assert "Keep members." in decided


def test_the_page_is_one_whole_and_loads_nothing(tried):
    page = sponsor_html(told_of(tried))
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
