"""Slow, half-open, huge and nonsensical clients: each is refused in words, and all others go on being answered."""

from __future__ import annotations

import contextlib
import json
import random
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.serve import app, server
from sandbox.serve.serving import Served
from tests.serve.conftest import ARN, Here, served

PATHS = ("/", "/recommendations", "/personalize-ranking", "/events", "/users", "/items", "/recommend")


@pytest.fixture
def url(here: Here, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that loses patience soon, and has few places."""
    monkeypatch.setattr(server, "HEADERS_S", 0.3)
    monkeypatch.setattr(app, "PATIENCE_S", 0.3)
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 20)
    with served(Served(here.behind.recommendations, here.behind.accepted).app()) as found:
        yield found


def connected(url: str, sent: bytes = b"") -> socket.socket:
    where = urlsplit(url)
    assert where.hostname is not None
    assert where.port is not None
    found = socket.create_connection((where.hostname, where.port), timeout=10)
    found.sendall(sent)
    return found


def heard(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def answers(url: str) -> bool:
    return httpx.get(f"{url}/recommend?customer=7&n=3").status_code == 200


def test_whoever_never_ends_the_headers_is_cut_off(url: str) -> None:
    with connected(url) as silent, connected(url, b"GET /recommend HTTP/1.1\r\nHost: localhost\r\nX-A: ") as slow:
        assert answers(url)
        assert heard(silent) == b""
        assert heard(slow) == b""


def test_whoever_never_sends_the_body_is_told(url: str) -> None:
    head = b"POST /recommendations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
    with connected(url, head) as slow:
        assert answers(url)
        assert b" 408 " in heard(slow)


def test_a_huge_body_is_refused(url: str) -> None:
    answer = httpx.post(f"{url}/recommendations", content=b" " * (app.MOST_BYTES + 1))
    assert answer.status_code == 413
    assert answers(url)


def test_more_connections_than_places_are_refused_and_then_answered_again(url: str) -> None:
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(connected(url)) for _ in range(25)]
        assert httpx.get(f"{url}/recommend").status_code == 503
        assert all(heard(each) == b"" for each in silent)
        assert answers(url)


def test_whoever_leaves_in_the_middle_harms_nobody(url: str) -> None:
    for _ in range(5):
        with connected(url, b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"):
            pass
    assert answers(url)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"campaignArn": 1}',
        b'{"numResults": 1e400}',
        b"",
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_nonsense_is_refused_in_words(here: Here, path: str, body: bytes) -> None:
    target = {"x-amz-target": "AmazonPersonalize.DescribeCampaign"}
    answer = httpx.post(f"{here.url}{path}", content=body, headers=target, timeout=30)
    assert answer.status_code == (405 if path == "/recommend" else 400)
    if answer.status_code == 400:
        assert answer.json()["message"]
        assert answer.headers["x-amzn-errortype"] in ("InvalidInputException", "SerializationException")


def test_thousands_of_random_calls_never_break_it(here: Here) -> None:
    """Bodies that are nearly right: members of the models with values of every kind."""
    chance = random.Random(8)
    members = (
        "campaignArn", "recommenderArn", "userId", "itemId", "numResults", "context", "filterArn", "filterValues",
        "metadataColumns", "promotions", "inputList", "trackingId", "sessionId", "eventList", "datasetArn", "items",
        "users", "nextToken", "maxResults", "filterExpression", "name", "datasetGroupArn",
    )  # fmt: skip
    values = (
        None, True, 0, -1, 25, 10**30, 1.5, "", "7", "\0", "é" * 300, f"{ARN}:campaign/recommender", f"{ARN}:filter/x",
        here.behind.tracking_id, [], ["P00001"], [None], {}, {"ITEMS": ["price"]}, {"a": "b"}, {"ITEMS": 3},
        [{"eventType": "page_view", "sentAt": 1}], [{"eventType": "page_view", "sentAt": -1e18}],
        [{"eventType": "buy", "sentAt": 1, "properties": "{\"a\":[[[[]]]]}"}], [{"itemId": "P1", "properties": "[]"}],
        [{"name": "p", "percentPromotedItems": 50}],
    )  # fmt: skip
    targets = ("ListCampaigns", "DescribeFilter", "CreateFilter", "ListFilters", "DeleteCampaign", "Nothing", "")
    with httpx.Client(base_url=here.url) as client:
        for _ in range(1500):
            told = {name: chance.choice(values) for name in chance.sample(members, chance.randrange(6))}
            headers = {"x-amz-target": f"AmazonPersonalize.{chance.choice(targets)}"}
            path = chance.choice(PATHS)
            answer = client.post(path, content=json.dumps(told).encode(), headers=headers)
            assert answer.status_code in (200, 400, 405, 501), (path, told, answer.text)
    assert answers(here.url)
