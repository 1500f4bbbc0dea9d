"""Server-sent events: everything in order, from where a listener was, to pages of this machine, whoever is slow."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import numpy as np
import pytest

from sandbox.errors import InputError, OutsideError
from sandbox.scenario.outlets import FAULTS, Account
from sandbox.sinks import sse_listening
from sandbox.sinks.opening import outlet_at
from tests.sinks.sent_rows import errand, numbered


@contextmanager
def served(options="", patience_s=5.0):
    outlet = outlet_at(f"sse://127.0.0.1:0/events{options}").connect(errand(patience_s))
    try:
        yield outlet
    finally:
        outlet.close()


def get(url, **headers):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    connection.request("GET", parts.path, headers=headers)
    return connection, connection.getresponse()


class Listening(threading.Thread):
    """Listens until it is over, or has had enough."""

    def __init__(self, url, enough=None, **headers):
        super().__init__(daemon=True)
        self.events, self.enough, self.lines = [], enough, []
        self.connection, self.response = get(url, **headers)
        self.start()

    def run(self):
        event = {}
        for line in self.response:
            self.lines.append(line)
            name, _, value = line.rstrip(b"\n").partition(b": ")
            if name:
                event[name.decode()] = value
            elif event:
                self.events.append(event)
                event = {}
            if self.enough is not None and len(self.rows) >= self.enough:
                self.connection.close()
                self.response.close()
                return

    @property
    def rows(self):
        return [json.loads(event["data"])["n"] for event in self.events if "id" in event]

    def named(self, name):
        return [json.loads(event["data"]) for event in self.events if event.get("event") == name.encode()]


def test_every_listener_hears_everything_in_order_and_its_end():
    with served("?listeners=2") as outlet:
        first, second = Listening(outlet.url), Listening(outlet.url)
        outlet.send(numbered(0, 1500))
        outlet.send(numbered(1500, 3000))
        outlet.flush()
        assert outlet.account() == Account(sent=3000, acknowledged=3000, settled=3000)
    for listener in (first, second):
        listener.join(10)
        assert listener.rows == list(range(3000))
        assert listener.named("end") == [{"rows": 3000}]
    assert json.loads(first.events[8]["data"]) == {"n": 7, "customer_id": 0, "page": '/sale "7" é'}


def test_who_was_cut_off_goes_on_behind_the_last_row_that_it_has():
    with served() as outlet:
        first = Listening(outlet.url, enough=40)
        outlet.send(numbered(0, 100))
        first.join(10)
        last = [event["id"].decode() for event in first.events if "id" in event][-1]
        second = Listening(outlet.url, **{"Last-Event-ID": last})
        outlet.send(numbered(100, 150))
        outlet.flush()
    second.join(10)
    assert first.rows[-1] == int(last.partition(":")[2])
    assert first.rows + second.rows == list(range(150))


def test_rows_that_are_kept_no_more_are_told_as_missed():
    with served("?listeners=0&keep=20&slow=drop") as outlet:
        outlet.send(numbered(0, 100))
        listener = Listening(outlet.url, **{"Last-Event-ID": "test:9"})
        while not listener.rows or listener.rows[-1] < 99:
            time.sleep(0.01)
    missed = listener.named("gap")[0]["missed"]
    assert listener.rows == list(range(10 + missed, 100))
    assert len(listener.rows) <= 40


def test_ids_of_another_errand_mean_nothing_here():
    with served("?listeners=0") as outlet:
        outlet.send(numbered(0, 10))
        listener = Listening(outlet.url, **{"Last-Event-ID": "other:5"})
        outlet.flush()
    listener.join(10)
    assert listener.rows == list(range(10))


def test_a_slow_listener_is_waited_for():
    with served("?keep=500") as outlet:
        connection, response = get(outlet.url)
        sender = threading.Thread(target=lambda: [outlet.send(numbered(at, at + 500)) for at in range(0, 100_000, 500)])
        sender.start()
        time.sleep(1.0)
        assert sender.is_alive()
        assert outlet.account().sent < 100_000
        heard = 0
        while heard < 100_000:
            heard += response.readline().startswith(b"data: ")
        sender.join(10)
        assert outlet.account().sent == 100_000
        connection.close()
        response.close()


def test_a_listener_that_takes_nothing_is_cut_off_when_patience_ends():
    with served("?keep=500&listeners=1", patience_s=0.5) as outlet:
        stuck, response = get(outlet.url)
        well = Listening(outlet.url)
        for at in range(0, 60_000, 500):
            outlet.send(numbered(at, at + 500))
        outlet.flush()
        stuck.close()
        response.close()
    well.join(10)
    assert well.rows == list(range(60_000))


def test_a_listener_that_is_slow_may_be_cut_off_at_once():
    with served("?keep=500&slow=drop") as outlet:
        stuck, response = get(outlet.url)
        for at in range(0, 60_000, 500):
            outlet.send(numbered(at, at + 500))
        while outlet.account().acknowledged < 60_000:
            time.sleep(0.01)
        stuck.close()
        response.close()


def test_nobody_there_is_told_after_a_while():
    with (
        served(patience_s=0.3) as outlet,
        pytest.raises(OutsideError, match=r"nobody listens at http://127.*listeners=0"),
    ):
        outlet.send(numbered(0, 10))


def test_silence_is_no_end(monkeypatch):
    monkeypatch.setattr(sse_listening, "HEARTBEAT_S", 0.1)
    with served() as outlet:
        listener = Listening(outlet.url)
        while b": still here\n" not in listener.lines:
            time.sleep(0.01)


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("http://localhost:5173", None, 200),
        ("http://127.0.0.1:8000", None, 200),
        ("https://evil.example", None, 403),
        ("null", None, 403),
        (None, "evil.example:80", 403),
    ],
)
def test_pages_of_this_machine_may_listen_and_nobody_else(origin, host, status):
    with served() as outlet:
        headers = {name: value for name, value in (("Origin", origin), ("Host", host)) if value}
        connection, response = get(outlet.url, **headers)
        assert response.status == status
        assert response.getheader("Access-Control-Allow-Origin") == (origin if status == 200 else None)
        connection.close()
        response.close()


@pytest.mark.parametrize("path", ["/", "/events"])
def test_a_browser_that_is_led_there_is_shown_a_page_that_listens(path):
    with served() as outlet:
        connection, response = get(urljoin(outlet.url, path), Accept="text/html,*/*;q=0.8")
        page = response.read().decode()
        connection.close()
        assert response.status == 200
        assert 'new EventSource("/events")' in page
        assert not outlet.log.listeners


def test_who_asks_elsewhere_is_told_where_to_listen():
    with served() as outlet:
        connection, response = get(urljoin(outlet.url, "/event"))
        assert response.status == 404
        assert b"Events are served at /events" in response.read()
        connection.close()


def test_damaged_rows_are_heard_damaged():
    faults = np.zeros(3, np.int8)
    faults[1] = FAULTS.index("truncated")
    with served() as outlet:
        listener = Listening(outlet.url)
        outlet.send(numbered(0, 3), faults)
        outlet.flush()
    listener.join(10)
    datas = [event["data"] for event in listener.events if "id" in event]
    assert [data.endswith(b"}") for data in datas] == [True, False, True]


def test_a_port_that_is_taken_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OutsideError, match="choose another port"):
            outlet_at(f"sse://127.0.0.1:{taken.getsockname()[1]}/x").connect(errand())


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("sse://0.0.0.0:8900/x", "serves this machine alone"),
        ("sse://127.0.0.1/x", "names no port"),
        ("sse://127.0.0.1:8900/x?slow=never", "slow"),
    ],
)
def test_what_makes_no_sense_is_told(address, told):
    with pytest.raises(InputError, match=told):
        outlet_at(address)
