"""Addresses: a kind, a place and fields; never a password."""

from __future__ import annotations

import pytest

from sandbox.errors import InputError
from sandbox.registry import Part
from sandbox.scenario.addressed import part_at, split_address
from sandbox.sinks.opening import outlet_at


class Topic(Part):
    """A part with fields of several types."""

    topic: str
    partitions: int = 1
    idempotent: bool = True


def test_an_address_is_a_kind_a_place_and_fields() -> None:
    assert split_address("kafka://h1:9092,h2:9092/web?partitions=3&key=a%20b") == (
        "kafka",
        "//h1:9092,h2:9092/web",
        {"partitions": 3, "key": "a b"},
    )
    assert split_address("https://shop.example/hook") == ("http", "https://shop.example/hook", {})
    assert split_address("-") == ("stdout", "", {})


def test_fields_are_judged_together_and_named() -> None:
    with pytest.raises(InputError) as caught:
        part_at(Topic, "kafka:web", {"topic": "web"}, {"partitions": "many", "idempotnt": True})
    text = str(caught.value)
    assert "idempotnt" in text
    assert "Did you mean 'idempotent'" in text
    assert "kafka:web: partitions" in text


def test_a_password_in_an_address_is_refused_and_not_told() -> None:
    with pytest.raises(InputError) as caught:
        split_address("postgresql://ada:s3cret@localhost/shop")
    assert "s3cret" not in str(caught.value)
    assert "environment" in str(caught.value)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("out.jsonl", "is no address"),
        ("kafak://localhost/web", "unknown sink 'kafak'"),
        ("jsonl:out?a=1&a=2", "'a' is given twice"),
    ],
)
def test_what_is_no_address_is_told(address: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        outlet_at(address)
