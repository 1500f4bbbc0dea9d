"""The plain API: lists by GET, in the same order as the SDK's, and one clear message for what is wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import sandbox
from sandbox.runs.basis import Basis
from sandbox.serve.accepted import Accepted
from sandbox.serve.answers import read_answers
from sandbox.serve.banner import banner
from sandbox.serve.guarding import Guard, Trouble
from sandbox.serve.predicting import Predictions
from sandbox.serve.recommending import Recommendations
from sandbox.serve.server import listen, url_of
from sandbox.serve.serving import Served
from tests.serve.conftest import ARN, ROOT, Here, served


@pytest.fixture(scope="session")
def http(here: Here) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=here.url) as client:
        yield client


def test_a_list_is_that_of_the_sdk(here: Here, http: httpx.Client, runtime: Any) -> None:
    version = here.behind.recommendations.now.champions["recommender"].version
    told = http.get("/recommend", params={"customer": "7", "n": 5}).json()
    asked = runtime.get_recommendations(campaignArn=f"{ARN}:campaign/recommender", userId="7", numResults=5)
    assert told["items"] == [each["itemId"] for each in asked["itemList"]]
    assert told["scores"] == [each["score"] for each in asked["itemList"]]
    assert (told["policy"], told["customer"], told["version"]) == ("recommender", "7", version)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("n=0", "from 1 to 500"),
        ("n=501", "from 1 to 500"),
        ("n=²", "from 1 to 500"),
        ("customr=7", "Did you mean 'customer'"),
        ("policy=rule", "Did you mean 'rules'"),
        ("n=1&n=2", "twice"),
        ("customer=%ff", "UTF-8"),
    ],
)
def test_what_is_wrong_is_said(http: httpx.Client, query: str, said: str) -> None:
    answer = http.get(f"/recommend?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_what_is_not_there_is_said(http: httpx.Client) -> None:
    assert http.get("/../../etc/passwd").status_code == 404
    assert http.get("/%2e%2e/%2e%2e/etc/passwd").status_code == 404
    wrong = http.get("/recommendations")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


def test_it_learns_anew_when_asked(http: httpx.Client, here: Here) -> None:
    before = http.get("/health").json()["policies"]["recommender"]["version"]
    told = http.post("/retrain").json()
    assert told["policies"]["recommender"]["version"] == before + 1
    assert told["learning"] is False


def test_pages_of_this_machine_may_call_and_no_others(http: httpx.Client) -> None:
    ours = http.get("/recommend", headers={"origin": "http://localhost:3000"})
    assert ours.headers["access-control-allow-origin"] == "http://localhost:3000"
    asked = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}
    preflight = http.options("/events", headers={**asked, "access-control-request-headers": "x-amz-date,authorization"})
    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert http.get("/recommend", headers={"origin": "http://localhost.evil.com"}).status_code == 403
    for evil in ("null", "http://[", "http://", "https://127.0.0.1.evil.com:80"):
        assert http.get("/recommend", headers={"origin": evil}).status_code == 403
    assert http.get("/recommend", headers={"host": "evil.com"}).status_code == 421


def test_answers_may_be_fixed(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_text('{"7": ["P00002", "P00001"], "*": []}', encoding="utf-8")
    there = Served(here.behind.recommendations, here.behind.accepted, read_answers(file))
    with served(there.app()) as url:
        assert httpx.get(f"{url}/recommend?customer=7").json()["items"] == ["P00002", "P00001"]
        assert httpx.get(f"{url}/recommend?customer=8").json()["items"] == []
    file.write_text('{"7": "P00002"}', encoding="utf-8")
    with pytest.raises(sandbox.errors.InputError, match="'7' must have a list"):
        read_answers(file)


def test_errors_may_be_had(here: Here) -> None:
    there = Served(here.behind.recommendations, here.behind.accepted)
    with served(there.app(None, None, Trouble(0.01, 1.0))) as url:
        answer = httpx.get(f"{url}/recommend")
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (429, "ThrottlingException")


def test_a_key_may_be_required(here: Here) -> None:
    there = Served(here.behind.recommendations, here.behind.accepted)
    with served(there.app(None, Guard("mine"))) as url:
        assert httpx.get(f"{url}/recommend").status_code == 403
        assert httpx.get(f"{url}/recommend", headers={"x-api-key": "mine"}).status_code == 200
        again = Here(url, here.behind)
        with pytest.raises(Exception, match="UnrecognizedClientException"):
            again.client("personalize").list_campaigns()
        assert again.client("personalize", key="mine").list_campaigns()["campaigns"]


def test_the_models_of_a_run_predict(tmp_path: Path) -> None:
    loaded = sandbox.load(
        ROOT / "scenarios/shop.yaml", set=["datasets.customers.rows=600", "models.buys.spike.trials=1"]
    )
    run = loaded.run(tmp_path)
    learnt = Recommendations.of(loaded.plan, None, Basis(run, "NOT RELEASED: it awaits Ada."))
    learnt.learn()
    accepted = Accepted(tmp_path / "accepted", learnt)
    predictions = Predictions.of(loaded.loaded, "customers", run)
    try:
        behind = Served(learnt, accepted, predictions=predictions)
        with served(behind.app()) as url:
            told = httpx.get(f"{url}/predict/buys?customer=3").json()
            assert 0 <= told["probability"] <= 1
            assert told["model"] == "buys"
            assert httpx.get(f"{url}/predict/buys?customer=none").status_code == 404
            assert httpx.get(f"{url}/predict/buys").status_code == 400
            assert "/predict/buys" in httpx.get(f"{url}/openapi.json").json()["paths"]
            assert httpx.get(f"{url}/health").json()["warning"] == "NOT RELEASED: it awaits Ada."
            assert "# NOT RELEASED" in banner(behind, url, None).splitlines()[0]
    finally:
        accepted.close()


def test_the_url_of_all_addresses_is_one_that_a_phone_can_open() -> None:
    with listen("0.0.0.0", 0) as listening:
        host = url_of(listening).removeprefix("http://").partition(":")[0]
        with socket.create_connection((host, listening.getsockname()[1]), timeout=5):
            assert host != "0.0.0.0"
