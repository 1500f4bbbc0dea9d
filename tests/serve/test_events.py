"""PutEvents, PutUsers and PutItems through boto3: what came in is on the disk, in the contract, and in the lists."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

import sandbox
from sandbox.errors import OutsideError
from sandbox.serve.accepted import Accepted, forget
from sandbox.serve.incoming import Event
from sandbox.serve.recommending import Recommendations
from tests.serve.conftest import ARN, Here

MODEL = f"{ARN}:campaign/recommender"
AT = datetime.datetime(2026, 3, 5, 12, 30, 15, tzinfo=datetime.UTC)
ONCE = {"eventId": "once", "eventType": "page_view", "sentAt": AT}
NEW = {"itemId": "P90000", "properties": json.dumps({"category": "tariff", "title": "New", "price": 9.5})}


@pytest.fixture(scope="module", autouse=True)
def something_came_in(here: Here, events: Any) -> None:
    """In whichever process and order tests run."""
    put(here, events, ONCE)
    events.put_items(datasetArn=f"{ARN}:dataset/telecom_loop/ITEMS", items=[NEW])


def lines(here: Here, dataset: str = "web_events") -> list[dict[str, Any]]:
    text = (here.behind.accepted.folder / f"{dataset}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def listed(runtime: Any, who: str) -> list[str]:
    return [each["itemId"] for each in runtime.get_recommendations(campaignArn=MODEL, userId=who)["itemList"]]


def put(here: Here, events: Any, *told: dict[str, Any], session: str = "s", **more: Any) -> None:
    tracker = here.behind.tracking_id
    events.put_events(trackingId=tracker, sessionId=session, eventList=list(told), **more)


def test_two_servers_never_keep_what_comes_in_at_one_place(here: Here) -> None:
    """Each would write over what the other had answered with 200."""
    accepted = here.behind.accepted
    with pytest.raises(OutsideError, match="another server keeps what comes in there; stop that one"):
        Accepted(accepted.folder, accepted.recommendations)
    with pytest.raises(OutsideError, match="another server"):
        forget(accepted.folder)
    assert (accepted.folder / ".gitignore").is_file()


def test_an_event_is_a_row_of_the_stream(here: Here, events: Any) -> None:
    put(
        here,
        events,
        {
            "eventType": "purchase",
            "sentAt": AT,
            "itemId": "P00003",
            "eventValue": 12.5,
            "recommendationId": "RID-1",
            "impression": ["P00003", "P00004"],
        },
        session="one",
        userId="7",
    )
    found = lines(here)[-1]
    assert found["happened_at"] == "2026-03-05T12:30:15.000000Z"
    assert (found["event"], found["product_id"], found["customer_id"], found["amount"]) == (
        "purchase",
        "P00003",
        7,
        12.5,
    )
    assert found["_told"]["recommendation"] == "RID-1"
    assert found["_told"]["impression"] == ["P00003", "P00004"]
    assert set(found["_sandbox"]) == {
        "event_id", "operation", "arrived_at", "attempt", "partition", "offset", "contract_version",
    }  # fmt: skip


def test_a_session_gets_another_list_at_once(here: Here, events: Any, runtime: Any) -> None:
    before = listed(runtime, "session-2")
    put(here, events, {"eventType": "product_view", "sentAt": AT, "itemId": "P00009"}, session="session-2")
    assert listed(runtime, "session-2") != before


def test_what_a_session_did_counts_for_whoever_logs_in(here: Here, events: Any, runtime: Any) -> None:
    put(here, events, {"eventType": "product_view", "sentAt": AT, "itemId": "P00011"}, session="session-3")
    put(here, events, {"eventType": "page_view", "sentAt": AT}, session="session-3", userId="new-customer")
    put(
        here,
        events,
        {"eventType": "basket", "sentAt": AT, "itemId": "P00012"},
        session="session-3",
        userId="new-customer",
    )
    assert listed(runtime, "new-customer") == listed(runtime, "session-3")


def test_properties_are_a_string_of_json(here: Here, events: Any) -> None:
    told = {"eventType": "purchase", "sentAt": AT, "properties": json.dumps({"itemId": "P00005", "amount": 3.25})}
    put(here, events, told)
    assert (lines(here)[-1]["product_id"], lines(here)[-1]["amount"]) == ("P00005", 3.25)


def test_the_same_event_twice_counts_once(here: Here, events: Any) -> None:
    put(here, events, ONCE)
    many = len(lines(here))
    put(here, events, ONCE)
    assert len(lines(here)) == many


def test_events_of_one_call_count_each_though_they_look_alike(here: Here, events: Any) -> None:
    """boto3 sends whole seconds, in which somebody may do the same more than once."""
    told = {"eventType": "product_view", "sentAt": AT, "itemId": "P00006"}
    before = lines(here)
    put(here, events, told, told, told, session="quick")
    put(here, events, told, session="quick")
    new = lines(here)[len(before) :]
    assert len({each["event_id"] for each in new}) == len(new) == 4


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"eventType": "buy", "sentAt": AT}, "purchase"),
        ({"eventType": "purchase", "sentAt": AT, "properties": "{"}, "error parsing properties json"),
        ({"eventType": "purchase", "sentAt": AT, "properties": "[1]"}, "JSON object"),
        ({"eventType": "purchase", "sentAt": AT, "properties": '{"amout": 1}'}, "Did you mean 'amount'"),
        ({"eventType": "purchase", "sentAt": AT, "properties": '{"amount": "many"}'}, "amount.type"),
        ({"eventType": "purchase", "sentAt": AT, "impression": ["P"] * 26}, "less than or equal to 25"),
        ({"eventType": "purchase", "sentAt": AT, "recommendationId": "R" * 41}, "less than or equal to 40"),
    ],
)
def test_what_is_no_event_of_the_stream_is_refused(here: Here, events: Any, told: dict[str, Any], said: str) -> None:
    many = len(lines(here))
    with pytest.raises(ClientError, match="InvalidInputException") as raised:
        put(here, events, {"eventType": "page_view", "sentAt": AT}, told)
    assert said in str(raised.value)
    assert len(lines(here)) == many


def test_no_more_than_ten_events_at_once(here: Here, events: Any) -> None:
    with pytest.raises(ClientError, match="length less than or equal to 10"):
        put(here, events, *[{"eventType": "page_view", "sentAt": AT}] * 11)


def test_another_tracker_is_refused(events: Any) -> None:
    with pytest.raises(ClientError, match="InvalidInputException"):
        events.put_events(trackingId="other", sessionId="s", eventList=[{"eventType": "page_view", "sentAt": AT}])


def test_items_and_users_are_put(here: Here, events: Any) -> None:
    events.put_items(datasetArn=f"{ARN}:dataset/telecom_loop/ITEMS", items=[NEW])
    assert lines(here, "products")[-1]["price"] == 9.5
    user = {
        "userId": "9000",
        "properties": json.dumps({"fullName": "A. Nyone", "plan": "max", "joinedAt": "2026-02-01T00:00:00Z"}),
    }
    events.put_users(datasetArn=f"{ARN}:dataset/telecom_loop/USERS", users=[user])
    assert lines(here, "customers")[-1]["plan"] == "max"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        events.put_items(datasetArn=f"{ARN}:dataset/telecom_loop/USERS", items=[NEW])
    with pytest.raises(ClientError, match="plan"):
        events.put_users(datasetArn=f"{ARN}:dataset/telecom_loop/USERS", users=[{"userId": "9001"}])


def test_what_came_in_is_known_again_and_learnt_from(scenario: sandbox.Scenario, here: Here, tmp_path: Path) -> None:
    """A server that begins anew goes on with what an earlier one accepted; a torn line at the end is cut off."""
    folder = here.behind.accepted.folder
    for path in folder.glob("*.jsonl"):
        (tmp_path / path.name).write_bytes(path.read_bytes() + b'{"happened_at":"20')
    fresh = Recommendations.of(scenario.plan)
    again = Accepted(tmp_path, fresh)
    try:
        assert len(again) == len(here.behind.accepted)
        again.put_events("s", None, [Event("page_view", 1772713815000000, id="once")]).result()
        assert len(again) == len(here.behind.accepted)
        assert (tmp_path / "web_events.jsonl").read_bytes() == (folder / "web_events.jsonl").read_bytes()
        fresh.learn(again.events)
        assert "P90000" in fresh.now.ids
        assert fresh.now.champions["recommender"].version == 1
    finally:
        again.close()


def test_what_was_accepted_is_a_feed_like_any_other(here: Here, tmp_path: Path) -> None:
    """The file is read by a target of the scenario, and keeps its contract."""
    written = Path(__file__).resolve().parents[2] / "scenarios/telecom_loop.yaml"
    target = f"\ntargets:\n  accepted: {{web_events: {{jsonl: {here.behind.accepted.folder / 'web_events.jsonl'}}}}}\n"
    file = tmp_path / "again.yaml"
    file.write_text(written.read_text(encoding="utf-8") + target, encoding="utf-8")
    assert sandbox.load(file, target="accepted").table("web_events").num_rows == len(here.behind.accepted)
