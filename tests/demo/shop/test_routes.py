"""The shop over HTTP: nothing comes from elsewhere, no call stops it, and what is wrong is said."""

from __future__ import annotations

import json
import re
import socket
import threading
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from sandbox.demo.opening import app_of, predictions
from sandbox.demo.shop.elsewhere import Elsewhere
from sandbox.demo.shop.keeping import keep
from sandbox.errors import InputError
from sandbox.models.recommend.remote import AnswerError
from sandbox.serve.predicting import Predictions
from tests.serve.conftest import served


@pytest.fixture(scope="module")
def url(scenario, looked_at):
    with served(app_of(looked_at, predict=partial(predictions, scenario.loaded, looked_at, None))) as found:
        yield found


def call(url, body=None, kind="application/json"):
    request = urllib.request.Request(url, None if body is None else body.encode(), {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def test_the_page_and_all_that_it_loads_come_from_here(url):
    status, headers, page = call(f"{url}/")
    assert status == 200
    assert "default-src 'self'" in headers["content-security-policy"]
    loads = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert {"shop/shop.css", "shop/live.js", "shop/shop.js"} <= set(loads)
    for each in loads:
        assert each.startswith(("shop/", "data:")) or each == "live"
        if each.startswith("shop/"):
            status, _, text = call(f"{url}/{each}")
            assert status == 200
            assert "://" not in text
    item = json.loads(call(f"{url}/shop/products?many=1")[2])[0]["id"]
    status, headers, svg = call(f"{url}/pictures/{item}.svg")
    assert (status, headers["content-type"]) == (200, "image/svg+xml")
    assert svg.startswith("<svg")


def test_the_api_answers_beside_the_shop(url, looked_at):
    told = json.loads(call(f"{url}/recommend?customer=7&n=3")[2])
    assert (told["policy"], len(told["items"])) == ("recommender", 3)
    assert "/predict/voucher" in json.loads(call(f"{url}/openapi.json")[2])["paths"]
    status, _, text = call(f"{url}/predict/voucher?customer=7")
    assert (status, "sandbox run" in json.loads(text)["message"]) == (404, True)


def test_a_run_whose_models_cannot_be_read_spoils_nothing_else(scenario, looked_at, monkeypatch):
    class Unreadable(Predictions):
        @classmethod
        def of(cls, loaded, customers, run):
            if run is not None:
                raise InputError("the model is of another version.")
            return super().of(loaded, customers, run)

    monkeypatch.setattr("sandbox.serve.predicting.Predictions", Unreadable)
    found = predictions(scenario.loaded, looked_at, object())
    assert found.names == ["voucher"]
    assert found.mend == "cannot be answered: the model is of another version."


def test_one_can_shop_by_it(url):
    state = json.loads(call(f"{url}/shop/state")[2])
    assert state["policies"] == {"rules": "best sellers, by category", "model": "what goes together"}
    customer = state["shoppers"][0]["id"]
    seen = json.loads(call(f"{url}/shop/visit?session=s&customer={customer}")[2])
    asked = {"session": "s", "customer": customer, "action": "click", "item": seen["model"][0]["id"]}
    status, _, told = call(f"{url}/shop/act", json.dumps(asked))
    assert status == 200
    assert [each["event"] for each in json.loads(told)["events"]] == ["click", "product_view"]


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        ("/shop/visit", None, "", 400),
        ("/shop/visit?session=s&customer=nobody", None, "", 400),
        ("/shop/products?first=-1", None, "", 400),
        ("/shop/products?many=9999999999", None, "", 400),
        pytest.param(f"/shop/products?first={'9' * 5_000}", None, "", 400, id="a number of 5,000 digits"),
        ("/shop/product?item=%00", None, "", 400),
        ("/pictures/../../etc/passwd.svg", None, "", 404),
        ("/pictures/nothing.svg", None, "", 404),
        ("/shop/../shop.py", None, "", 404),
        ("/shop/act", "{", "application/json", 400),
        ("/shop/act", "[1]", "application/json", 400),
        ("/shop/act", "{}", "text/plain", 415),
        ("/shop/act", '{"session": 5}', "application/json", 400),
        ("/shop/act", '{"session": "s", "action": {"a": 1}, "item": []}', "application/json", 400),
        ("/shop/act", '{"session": "s", "list": "P1"}', "application/json", 400),
        ("/shop/act", '"' + "x" * 100_000 + '"', "application/json", 413),
        ("/shop/act", None, "", 405),
    ],
)
def test_what_is_wrong_is_refused_in_words(url, path, body, kind, status):
    found, _, text = call(f"{url}{path}", body, kind)
    assert found == status
    assert "Traceback" not in text
    assert call(f"{url}/shop/state")[0] == 200


def test_a_body_that_does_not_come_is_given_up(url, monkeypatch):
    monkeypatch.setattr("sandbox.serve.app.PATIENCE_S", 0.1)
    host, _, port = url.removeprefix("http://").partition(":")
    head = "POST /shop/act HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    with socket.create_connection((host, int(port)), timeout=10) as slow:
        slow.sendall(head.encode())
        answer = b"".join(iter(lambda: slow.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not come within" in answer


class Slow:
    """An endpoint that answers once it is let."""

    def __init__(self):
        self.asked, self.may, self.items = threading.Event(), threading.Event(), ["P00003", "nothing of ours"]

    def ask(self):
        def asked(customer):
            self.asked.set()
            if not self.items or not self.may.wait(10):
                raise AnswerError("did not answer in time")
            return self.items

        return asked


def test_an_endpoint_as_the_model_keeps_nobody_else_waiting(url, looked_at, monkeypatch):
    part, told = Slow(), []
    monkeypatch.setattr(looked_at.shelves, "elsewhere", Elsewhere(part))
    waits = threading.Thread(target=lambda: told.append(call(f"{url}/shop/visit?session=s&customer=7")))
    waits.start()
    assert part.asked.wait(10)
    assert call(f"{url}/shop/state")[0] == 200
    assert not told
    part.may.set()
    waits.join(10)
    shown = [each["id"] for each in json.loads(told[0][2])["model"]]
    assert shown[0] == "P00003"
    assert len(shown) == 6  # best sellers behind it
    part.items = []
    assert json.loads(call(f"{url}/shop/visit?session=s&customer=7")[2])["model"][0]["id"] == "P00003"
    assert looked_at.shelves.elsewhere.failure == "did not answer in time"
    with pytest.raises(InputError, match="asked elsewhere"):
        keep(looked_at, Path("demo.html"))
