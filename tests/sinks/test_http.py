"""A webhook: nothing is lost whatever the receiver does, the account is right, and no secret is told."""

from __future__ import annotations

import json
import socket
import time
from collections import Counter
from contextlib import ExitStack

import numpy as np
import pytest

from sandbox.checks import check_outlet
from sandbox.checks.outlet_subject import OutletSample, rows_of
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.outlets import FAULTS, Account
from sandbox.sinks.opening import outlet_at
from sandbox.sources.files import JsonLinesFiles
from tests.sinks.receivers import Receiver
from tests.sinks.sent_rows import errand, numbered, sent


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def test_rows_arrive_whole_in_order_and_over_one_connection(receiver):
    account, refusals = sent(f"{receiver.address}?batch=40", numbered(0, 100), numbered(100, 130))
    assert [row["n"] for row in receiver.rows] == list(range(130))
    assert receiver.rows[7] == {"n": 7, "customer_id": 0, "page": '/sale "7" é'}
    assert [len(json.loads(body)) for body in receiver.bodies] == [40, 40, 20, 30]
    assert account == Account(sent=130, acknowledged=130, settled=130)
    assert not refusals
    assert receiver.connections == 1


def test_json_lines_and_the_envelope_are_there_when_asked_for(receiver):
    sent(f"{receiver.address}?format=jsonl&envelope=true", numbered(0, 3))
    lines = receiver.bodies[0].decode().splitlines()
    assert json.loads(lines[2])["_sandbox"]["event_id"] == 2
    assert receiver.seen[0]["Content-Type"] == "application/x-ndjson"


@pytest.mark.parametrize("trouble", [429, 500, 502, 503, 504, "reset", "hang"])
def test_a_post_that_is_not_taken_comes_again_with_the_same_key(receiver, trouble):
    receiver.script = [200, trouble, trouble, 200]
    account, refusals = sent(f"{receiver.address}?batch=10&timeout=0.3", numbered(0, 30))
    assert [row["n"] for row in receiver.rows] == list(range(30))
    assert account == Account(sent=30, acknowledged=30, retried=20, settled=30)
    assert not refusals
    assert sorted(Counter(receiver.keys).values()) == [1, 1, 3]


def test_what_was_taken_without_a_word_comes_twice_and_the_key_tells_it(receiver):
    receiver.script = ["lost", 200]
    account, _ = sent(f"{receiver.address}?batch=10", numbered(0, 20))
    assert [row["n"] for row in receiver.rows] == [*range(10), *range(10), *range(10, 20)]
    assert receiver.keys[0] == receiver.keys[1] != receiver.keys[2]
    assert account == Account(sent=20, acknowledged=20, retried=10, settled=20)


def test_rows_that_differ_in_nothing_but_their_event_have_keys_of_their_own(receiver):
    sent(receiver.address, numbered(0, 5), numbered(5, 10))
    first = receiver.keys[:]
    sent(receiver.address, numbered(0, 5))
    assert receiver.keys[2] == first[0] != first[1]


def test_a_receiver_is_left_alone_for_as_long_as_it_asks(receiver):
    receiver.script, receiver.headers = [429, 200], {"Retry-After": "1"}
    began = time.monotonic()
    sent(receiver.address, numbered(0, 5))
    assert time.monotonic() - began >= 1


def test_a_receiver_that_asks_for_too_much_patience_is_given_up(receiver):
    receiver.script, receiver.headers = [503] * 9, {"Retry-After": "3600"}
    with pytest.raises(OutsideError, match=r"HTTP 503 .*asks to wait 3600 s.* 5 rows were not taken.*goes on"):
        sent(receiver.address, numbered(0, 5))


@pytest.mark.parametrize("status", [400, 422])
def test_rows_that_are_wrong_are_refused_with_the_receivers_words(receiver, status):
    receiver.script, receiver.answer = [200, status, 200], "page is too\n long"
    account, refusals = sent(f"{receiver.address}?batch=10", numbered(0, 30))
    assert [row["n"] for row in receiver.rows] == [*range(10), *range(20, 30)]
    assert account == Account(sent=30, acknowledged=20, refused=10, settled=30)
    assert [refusal.row for refusal in refusals] == list(range(10, 20))
    assert refusals[0].reason == f"HTTP {status}: page is too long"


def test_a_request_that_is_too_large_goes_in_halves_until_it_is_not(receiver):
    receiver.most_rows = 3
    account, refusals = sent(receiver.address, numbered(0, 20))
    assert [row["n"] for row in receiver.rows] == list(range(20))
    assert account == Account(sent=20, acknowledged=20, settled=20)
    assert not refusals


def test_one_row_that_is_too_large_is_refused(receiver):
    receiver.most_rows = 0
    account, refusals = sent(receiver.address, numbered(0, 3))
    assert account == Account(sent=3, refused=3, settled=3)
    assert [refusal.row for refusal in refusals] == [0, 1, 2]


@pytest.mark.parametrize(
    ("status", "mend"), [(401, "token=VARIABLE"), (404, "path of the address"), (302, "sends on"), (418, "address")]
)
def test_an_answer_that_holds_for_all_rows_ends_it_and_says_what_to_do(receiver, status, mend):
    receiver.script = [status]
    with pytest.raises(OutsideError, match=mend):
        sent(receiver.address, numbered(0, 3))


def test_nobody_there_is_told_after_a_while():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(OutsideError, match=rf"http://127.0.0.1:{port}/x: nobody answers, after \d+ attempts"):
            sent(f"http://127.0.0.1:{port}/x", numbered(0, 3), patience_s=0.5)


def test_damaged_rows_travel_alone_and_damaged(receiver):
    faults = np.zeros(10, np.int8)
    faults[3], faults[4], faults[8] = (FAULTS.index(name) for name in ("truncated", "wrong_encoding", "oversized"))
    account, _ = sent(receiver.address, numbered(0, 10), faults=faults)
    assert account.acknowledged == 10
    whole, cut, strange, rest, large, last = receiver.bodies
    assert [row["n"] for body in (whole, rest, large, last) for row in json.loads(body)] == [0, 1, 2, 5, 6, 7, 8, 9]
    assert len(large) > 1 << 20
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut)
    with pytest.raises(UnicodeDecodeError):
        strange.decode()


def test_a_token_comes_from_the_environment_and_is_never_told(receiver, monkeypatch):
    monkeypatch.setenv("HOOK_TOKEN", "s3cret-token")
    address = f"{receiver.address}?token=HOOK_TOKEN"
    sent(address, numbered(0, 3))
    assert receiver.seen[0]["Authorization"] == "Bearer s3cret-token"
    outlet = outlet_at(address).connect(errand())
    assert "s3cret" not in repr(outlet)
    receiver.script, receiver.answer = [403], "s3cret-token may not"
    with pytest.raises(OutsideError) as caught:
        outlet.send(numbered(0, 3))
    outlet.close()
    assert "s3cret" not in str(caught.value)


def test_a_url_keeps_a_query_of_its_own_and_its_secret_is_never_told(receiver, monkeypatch):
    monkeypatch.setenv("HOOK_TOKEN", "s3cret&token")
    address = f"{receiver.address}?token=${{HOOK_TOKEN}}&source=sand+box&batch=2&v=01"
    sent(address, numbered(0, 3))
    assert receiver.paths == ["/hook?token=s3cret%26token&source=sand+box&v=01"] * 2
    assert "Authorization" not in receiver.seen[0]
    part = outlet_at(address)
    outlet = part.connect(errand())
    assert "s3cret" not in f"{part!r} {outlet!r} {part.touches()}"
    receiver.script, receiver.answer = [403], "s3cret&token (s3cret%26token) may not"
    with pytest.raises(OutsideError) as caught:
        outlet.send(numbered(0, 3))
    outlet.close()
    assert "s3cret" not in str(caught.value)
    assert "may not" in str(caught.value)


@pytest.mark.parametrize("name", ["token", "api_key", "code", "sig", "access_token", "client_secret"])
def test_a_secret_in_an_address_is_refused_and_not_told(name):
    with pytest.raises(InputError, match=rf"holds a secret.*'{name}=\$\{{VARIABLE\}}'") as caught:
        outlet_at(f"https://hooks.example/x?{name}=s3cret-1&batch=0")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://127.0.0.1/x?token=${NOT_SET}", "NOT_SET, which is to hold a token, is not set"),
        ("http://hooks.example/x?code=${HOME}", "https only"),
        ("http://hooks.example/x?bacth=3", "Did you mean 'batch'"),
        ("http://127.0.0.1/x?token=NOT_SET", "NOT_SET, which is to hold a token, is not set"),
        ("http://hooks.example/x?token=HOME", "https only"),
        ("http:hooks", "names no host"),
        ("http://ada@hooks.example/x", "holds a user"),
        ("http://hooks.example/x?batch=0", "batch"),
    ],
)
def test_what_makes_no_sense_is_told(address, told, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(InputError, match=told):
        outlet_at(address).connect(errand())


def test_it_keeps_what_every_live_sink_must_keep():
    """Each check has a receiver of its own, found by its folder."""
    receivers = {}

    def receiver_of(folder):
        if folder not in receivers:
            receivers[folder] = running.enter_context(Receiver())
        return receivers[folder]

    def read(folder, contract):
        bodies = receiver_of(folder).bodies
        if bodies:
            (folder / "rows.jsonl").write_bytes(b"".join(bodies))
            yield from rows_of(JsonLinesFiles(path="rows.jsonl"), folder)

    def part(folder):
        return outlet_at(f"{receiver_of(folder).address}?format=jsonl&batch=40&token=HOOK_TOKEN")

    with ExitStack() as running, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/x?token=HOOK_TOKEN"
        check_outlet(
            OutletSample(
                part,
                read,
                frozenset({"bytes"}),
                most_pending=400,
                unreachable=lambda folder: outlet_at(nobody),
                secrets={"HOOK_TOKEN": "s3cret-token"},
            ),
            "http",
        )
