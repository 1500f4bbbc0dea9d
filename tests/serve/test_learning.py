"""What is known of others, and new items, count from the next learning on; a server in a thread for tests of others."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import httpx
import pytest

import sandbox
from sandbox.errors import InputError, OutsideError
from tests.serve.conftest import ARN, ROOT, SMALL


@pytest.fixture
def server(scenario: sandbox.Scenario, tmp_path: Path):
    with scenario.serve(tmp_path) as found:
        yield found


def test_trained_answers_change_after_retraining(server) -> None:
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "eu-west-1"}
    events = boto3.client("personalize-events", endpoint_url=server.url, **keys)
    new = {"itemId": "P99999", "properties": json.dumps({"category": "tariff", "title": "New", "price": 9.5})}
    events.put_items(datasetArn=server.names["items"], items=[new])
    for person in range(30):
        seen = [
            {"eventType": "product_view", "sentAt": 1772000000 + person, "itemId": each}
            for each in ("P00003", "P99999")
        ]
        events.put_events(trackingId=server.names["tracking id"], sessionId=f"s{person}", eventList=seen)

    def beside(item: str) -> list[str]:
        return httpx.get(f"{server.url}/recommend", params={"item": item, "n": 3}).json()["items"]

    assert "P99999" not in beside("P00003")
    assert httpx.post(f"{server.url}/retrain", timeout=60).json()["events_accepted"] == 60
    assert beside("P00003")[0] == "P99999"


def test_a_server_in_a_thread_is_what_the_options_say(scenario: sandbox.Scenario, tmp_path: Path) -> None:
    answers = {"7": ["P00002"]}
    with scenario.serve(tmp_path, answers=answers, filters={"f": "INCLUDE ItemID WHERE Items.PRICE > 3"}) as server:
        assert httpx.get(f"{server.url}/recommend?customer=7").json()["items"] == ["P00002"]
        assert server.names["filter f"] == f"{ARN}:filter/f"
        assert f"export AWS_ENDPOINT_URL_PERSONALIZE={server.url}" in server.banner
        with pytest.raises(OutsideError, match="choose another"):
            scenario.serve(tmp_path / "other", port=int(server.url.rpartition(":")[2]))
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/recommend")
    with pytest.raises(InputError, match="--filter f: filter: it ends"):
        scenario.serve(tmp_path / "other", filters={"f": "INCLUDE"})


def test_a_scenario_without_interactions_says_so(tmp_path: Path) -> None:
    loaded = sandbox.load(ROOT / "scenarios/telco_churn.yaml")
    with pytest.raises(InputError, match="no stream tells which customer did what"):
        loaded.serve(tmp_path)


def test_what_came_in_before_the_scenario_changed_is_told(scenario: sandbox.Scenario, tmp_path: Path) -> None:
    folder = tmp_path / scenario.name / "accepted"
    folder.mkdir(parents=True)
    told = {"session": "s", "customer": None, "item": None, "event": "vanished"}
    row = {"event_id": 1, "happened_at": "2026-03-01T00:00:00Z", "event": "vanished", "_told": told}
    (folder / "web_events.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="--fresh forgets"):
        sandbox.load(
            ROOT / "scenarios/telecom_loop.yaml", set=[f"{path}={value}" for path, value in SMALL.items()]
        ).serve(tmp_path)
