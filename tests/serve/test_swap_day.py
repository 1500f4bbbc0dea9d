"""Swap day for the model: an arm of an experiment asks an endpoint, here our own server, and outlives its faults."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import sandbox
from sandbox.checks.policies import SUITE, PolicySubject, catalogue, events
from sandbox.errors import InputError
from sandbox.experiment.loop import rehearse
from sandbox.models.recommend import remote
from sandbox.models.recommend.endpoints import HttpPolicy, PersonalizePolicy
from sandbox.models.recommend.rankers import SameForAll, best_selling
from sandbox.models.recommend.showing import show
from sandbox.models.recommend.steady import Steady
from sandbox.serve.app import App
from sandbox.serve.calling import Call, in_json
from tests.serve.conftest import ARN, ROOT, Here, served

SMALL = ["datasets.customers.rows=60", "datasets.products.rows=60", "clock.days=30", "experiment.ramp=[]"]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def scenario(tmp_path: Path, target: str) -> sandbox.Scenario:
    """The telecom's loop, with a target that gives its recommender another place."""
    text = (ROOT / "scenarios/telecom_loop.yaml").read_text(encoding="utf-8")
    text = text.replace("connector: {outages: [{at: day 38, for: 2 days}]}", "connector: {}")
    file = tmp_path / "loop.yaml"
    file.write_text(f"{text}\ntargets:\n  swapped:\n    recommender: {target}\n", encoding="utf-8")
    return sandbox.load(file, target="swapped", set=SMALL)


@pytest.mark.parametrize(
    "target",
    [
        f'{{personalize: {{campaign: "{ARN}:campaign/recommender", endpoint: "URL", timeout: 20s}}}}',
        f'{{personalize: {{recommender: "{ARN}:recommender/recommender", endpoint: "URL", timeout: 20s}}}}',
        '{http: {url: "URL/recommend", timeout: 20s}}',
    ],
)
def test_an_arm_shows_what_the_endpoint_answers(here: Here, tmp_path: Path, target: str) -> None:
    before = here.behind.shown.shown["recommender"]
    found = rehearse(scenario(tmp_path, target.replace("URL", here.url)).plan, truth=False)
    assert here.behind.shown.shown["recommender"] > before
    assert found.panel.arms == ("rules", "recommender")


def test_the_lists_are_those_of_the_server(here: Here) -> None:
    there = here.behind.recommendations
    known = there.now.knowledge
    policies = (
        PersonalizePolicy(campaign=f"{ARN}:campaign/recommender", endpoint=here.url, timeout="20s"),
        HttpPolicy(url=f"{here.url}/recommend", timeout="20s"),
    )
    people = np.flatnonzero(np.asarray(known.events.people.is_valid()))[:20]
    wanted = there.batch("recommender", known.events.people.take(pa.array(people)).to_pylist(), 10)
    for policy in policies:
        ranker = policy.learn(known.events, known.catalogue, 1)
        shown = show(ranker, known.events.matrix()[people], people, 10).item
        assert [[there.now.ids[place] for place in row] for row in shown.tolist()] == wanted


def test_an_endpoint_keeps_the_checks_of_every_policy() -> None:
    items = catalogue()["item"].to_pylist()

    def list_of(call: Call) -> object:
        turn = sum(call.query) % len(items)
        return in_json({"items": [*items[turn:], *items[:turn]]})

    with served(App({("GET", "/recommend"): list_of})) as url:
        subject = PolicySubject("http", HttpPolicy(url=f"{url}/recommend", timeout="20s"))
        assert [check(subject) for check in SUITE.checks] == [None] * len(SUITE.checks)


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held: list[socket.socket] = []

        def hold() -> None:
            while True:
                try:
                    held.append(listening.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=hold, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for each in held:
            each.close()


def faults_of(policy: HttpPolicy | PersonalizePolicy) -> dict[str, int]:
    """What is told of people that the policy gave nothing to, after all have asked."""
    steady = Steady(policy.learn(events(), catalogue(), 1), SameForAll(best_selling(events())))
    scores = steady.scores(events().matrix(), np.arange(40))
    assert np.isfinite(scores).all()
    return dict(steady.faults)


def test_who_never_answers_is_waited_for_so_long_and_then_left_alone() -> None:
    with silent() as url:
        begun = time.monotonic()
        found = faults_of(HttpPolicy(url=f"{url}/recommend", timeout="200ms"))
        assert found == {"did not answer in time": 40}
        assert time.monotonic() - begun < 5  # ten failures, eight at once, and not forty
        policy = PersonalizePolicy(campaign=f"{ARN}:campaign/x", endpoint=url, timeout="200ms")
        assert faults_of(policy) == {"did not answer in time": 40}


def test_each_fault_is_told_as_what_it_is(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "REST_S", 0.0)
    gone = PersonalizePolicy(campaign=f"{ARN}:campaign/none", endpoint=here.url, timeout="20s")
    assert faults_of(gone) == {"answered ResourceNotFoundException": 40}
    assert faults_of(HttpPolicy(url=f"{here.url}/nothing", timeout="20s")) == {"answered 404": 40}
    assert faults_of(HttpPolicy(url=f"{here.url}/openapi.json", timeout="20s")) == {
        "answered without a list of `items`": 40
    }


def test_a_token_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes | None] = []

    def told(call: Call) -> object:
        heard.append(call.headers.get(b"authorization"))
        return in_json({"items": []})

    policy = HttpPolicy(url="http://127.0.0.1:1/recommend", token="SHOP_TOKEN")
    monkeypatch.delenv("SHOP_TOKEN", raising=False)
    with pytest.raises(InputError, match="the environment has no SHOP_TOKEN"):
        policy.learn(events(), catalogue(), 1)
    monkeypatch.setenv("SHOP_TOKEN", "secret")
    with served(App({("GET", "/recommend"): told})) as url:
        asked = HttpPolicy(url=f"{url}/recommend", token="SHOP_TOKEN", timeout="20s")
        asked.learn(events(), catalogue(), 1).scores(events().matrix()[:1], np.arange(1))
    assert heard == [b"Bearer secret"]
    assert "secret" not in repr(asked)


def test_keys_and_region_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = PersonalizePolicy(campaign=f"{ARN}:campaign/x")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(InputError, match="there is no region"):
        policy.learn(events(), catalogue(), 1)
