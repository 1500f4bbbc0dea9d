from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.scenario.places import parse
from sandbox.scenario.variables import expanded, touched

SCENARIO = """\
env: [LAKE, KAFKA]
targets:
  real:
    customers: {parquet: "${LAKE}/customers", note: "$$5 ${KAFKA:-localhost:9092}"}
    events: {kafka: {servers: ["${KAFKA}"]}}
  other:
    events: {csv: "${LAKE}/x"}
"""


def messages(text: str, target: str | None = "real", environment: dict[str, str] | None = None) -> list[str]:
    document = expanded(parse(text, "s.yaml"), target, environment or {})
    return [str(problem) for problem in document.problems]


def test_variables_of_the_target_in_use_are_filled_in():
    document = expanded(parse(SCENARIO, "s.yaml"), "real", {"LAKE": "s3://lake", "KAFKA": "k:1"})
    assert document.problems == ()
    targets = document.value()["targets"]
    assert targets["real"]["customers"] == {"parquet": "s3://lake/customers", "note": "$5 k:1"}
    assert targets["real"]["events"] == {"kafka": {"servers": ["k:1"]}}
    assert targets["other"] == {"events": {"csv": "${LAKE}/x"}}
    assert document.hidden(("targets", "real", "events"))
    assert not document.hidden(("targets", "other"))


def test_the_dummy_needs_no_variable():
    assert messages(SCENARIO, target=None) == []


def test_defaults_stand_in_and_are_not_secret():
    document = expanded(parse(SCENARIO.replace("${KAFKA}", "${KAFKA:-}"), "s.yaml"), "real", {"LAKE": "l"})
    assert document.problems == ()
    assert document.value()["targets"]["real"]["customers"]["note"] == "$5 localhost:9092"
    assert not document.hidden(("targets", "real", "customers", "note"))


def test_what_a_target_touches_is_known():
    assert touched(parse(SCENARIO, "s.yaml")) == {
        "real": {"customers": ("KAFKA", "LAKE"), "events": ("KAFKA",)},
        "other": {"events": ("LAKE",)},
    }


def test_unset_and_empty_variables():
    found = messages(SCENARIO, environment={"LAKE": ""})
    assert found == [
        "s.yaml:4:26: targets.real.customers.parquet: the variable LAKE is empty; set it, or give a default: "
        "${LAKE:-…}.",
        "s.yaml:5:32: targets.real.events.kafka.servers.0: the variable KAFKA is not set; set it, or give a default: "
        "${KAFKA:-…}.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${LAK}", "${LAK} is not declared; add LAK to 'env'. Did you mean 'LAKE'?"),
        ("$LAKE", "a lone $ is no variable; write ${NAME}"),
        ("${LAKE", "a lone $ is no variable"),
        ("${}", "a lone $ is no variable"),
        ("${LAKE:-${KAFKA}}", "a lone $ is no variable"),
        ("${LAKE:=x}", "a lone $ is no variable"),
        ("${1x}", "a lone $ is no variable"),
        ("100$", "a lone $ is no variable"),
    ],
)
def test_malformed_variables_are_told_for_any_target(text, message):
    scenario = f'env: [LAKE, KAFKA]\ntargets: {{real: {{a: {{csv: "{text}"}}}}}}'
    for target in ("real", None):
        found = messages(scenario, target, {"LAKE": "x", "KAFKA": "y"})
        assert any(message in problem and problem.startswith("s.yaml:2:27: targets.real.a.csv:") for problem in found)


def test_declared_variables_are_read_in_targets_only():
    scenario = "env: [LAKE]\nabout: costs ${LAKE} and ${PRICE}\n"
    assert messages(scenario) == ["s.yaml:2:8: about: ${LAKE} is read in targets only, not here."]


def test_no_message_shows_what_a_variable_holds():
    found = messages(SCENARIO, environment={"LAKE": "hunter2\nx", "KAFKA": "hunter2\x00"})
    assert len(found) == 3
    assert not any("hunter2" in problem for problem in found)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(list("${}:-LAKE_ax\\ ")), max_size=20))
def test_any_text_is_filled_or_refused(text):
    scenario = 'env: [LAKE]\ntargets: {real: {a: {csv: "' + text.replace("\\", "\\\\") + '"}}}'
    document = expanded(parse(scenario, "s.yaml"), "real", {"LAKE": "secret"})
    filled = document.value()["targets"]["real"]["a"]["csv"]
    if not document.problems:
        assert filled.count("secret") <= text.count("${LAKE")
        assert document.hidden(("targets",)) == ("secret" in filled)
