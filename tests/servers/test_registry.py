"""The schema registry of the tests answers as the published interface says."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

ONE = {"type": "record", "name": "event", "fields": [{"name": "id", "type": "long"}]}
WITH_DEFAULT = {**ONE, "fields": [*ONE["fields"], {"name": "note", "type": ["null", "string"], "default": None}]}
WITHOUT_DEFAULT = {**ONE, "fields": [*ONE["fields"], {"name": "note", "type": "string"}]}


@pytest.fixture
def ask(schema_registry):
    def asked(method, path, body=None):
        question = urllib.request.Request(
            schema_registry.address + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        try:
            with urllib.request.urlopen(question, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    return asked


def schema(record):
    return {"schema": json.dumps(record)}


def test_a_schema_has_one_id_wherever_it_is_registered(ask):
    first = ask("POST", "/subjects/a-value/versions", schema(ONE))
    assert first == (200, {"id": 1})
    assert ask("POST", "/subjects/a-value/versions", schema(ONE)) == first
    assert ask("POST", "/subjects/b-value/versions", schema(ONE)) == first
    assert ask("POST", "/subjects/a-value/versions", schema(WITH_DEFAULT)) == (200, {"id": 2})
    assert ask("GET", "/subjects/a-value/versions") == (200, [1, 2])
    assert json.loads(ask("GET", "/schemas/ids/2")[1]["schema"]) == WITH_DEFAULT
    assert ask("GET", "/subjects/a-value/versions/latest")[1]["id"] == 2
    assert ask("POST", "/subjects/a-value", schema(ONE))[1]["version"] == 1


def test_what_breaks_readers_is_refused(ask):
    ask("POST", "/subjects/a-value/versions", schema(ONE))
    code, told = ask("POST", "/subjects/a-value/versions", schema(WITHOUT_DEFAULT))
    assert (code, told["error_code"]) == (409, 409)
    judged = ask("POST", "/compatibility/subjects/a-value/versions/latest", schema(WITHOUT_DEFAULT))
    assert judged == (200, {"is_compatible": False})
    ask("PUT", "/config/a-value", {"compatibility": "NONE"})
    assert ask("POST", "/subjects/a-value/versions", schema(WITHOUT_DEFAULT)) == (200, {"id": 2})


@pytest.mark.parametrize(
    ("method", "path", "body", "codes"),
    [
        ("GET", "/subjects/nobody/versions", None, (404, 40401)),
        ("GET", "/subjects/a-value/versions/7", None, (404, 40402)),
        ("GET", "/subjects/a-value/versions/x", None, (422, 42202)),
        ("GET", "/schemas/ids/99", None, (404, 40403)),
        ("POST", "/subjects/a-value/versions", {"schema": "{"}, (422, 42201)),
        ("POST", "/subjects/a-value", schema(WITH_DEFAULT), (404, 40403)),
        ("PUT", "/config", {"compatibility": "SOMEHOW"}, (422, 42203)),
    ],
)
def test_errors_have_the_published_codes(ask, method, path, body, codes):
    ask("POST", "/subjects/a-value/versions", schema(ONE))
    code, told = ask(method, path, body)
    assert (code, told["error_code"]) == codes
