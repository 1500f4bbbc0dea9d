from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BeforeValidator, Field, model_validator

from sandbox.strict import MOST_GUESSES, Findings, Strict, show, validated


class Inner(Strict):
    """Something inside."""

    size: Annotated[int, Field(ge=1)]
    """How large."""
    colour: Literal["red", "green"] = "red"
    note: str | None = None

    @classmethod
    def shorthand(cls) -> str:
        return "size"

    @model_validator(mode="after")
    def _not_thirteen(self) -> Inner:
        if self.size == 13:
            raise Findings([(("size",), "got 13, must be a lucky number.")])
        return self


class Weights(Strict):
    values: Annotated[dict[str, Annotated[float, Field(ge=0)]] | list[str], Field(min_length=1)]

    @classmethod
    def shorthand(cls) -> str:
        return "values"

    @classmethod
    def is_bare(cls, value: Mapping[Any, Any]) -> bool:
        return not isinstance(value.get("values"), (dict, list))


def read_inner(value: Any) -> Inner:
    return validated(Inner, value)


class Outer(Strict):
    exactly_one: ClassVar = ("fast", "slow")
    inner: Annotated[Inner, BeforeValidator(read_inner)] | None = None
    several: list[Inner] = Field(default=[])
    fast: bool | None = None
    slow: float | str | None = None
    until: str | None = Field(default=None, alias="up to")


def problems(model: type[Strict], value: Any) -> list[tuple[str, str]]:
    with pytest.raises(Findings) as caught:
        validated(model, value)
    return [(".".join(map(str, path)), message) for path, message in caught.value.findings]


def test_all_that_is_wrong_comes_at_once_with_its_path():
    value = {"innr": 1, "inner": {"size": 0, "color": "red"}, "several": [{"size": 2}, {"colour": "blue"}], "fast": 1}
    assert problems(Outer, value) == [
        ("innr", "unknown key 'innr'. Did you mean 'inner'? Known: fast, inner, several, slow, up to."),
        ("inner.color", "unknown key 'color'. Did you mean 'colour'? Known: colour, note, size."),
        ("inner.size", "got 0, must be >= 1."),
        ("several.1.size", "is missing."),
        ("several.1.colour", "got 'blue', must be one of 'red' or 'green'."),
        ("fast", "got 1, must be true or false."),
    ]


def test_a_bare_value_is_told_where_it_stands():
    assert validated(Inner, 3).size == 3
    assert problems(Inner, 0) == [("", "got 0, must be >= 1.")]
    assert problems(Inner, 13) == [("", "got 13, must be a lucky number.")]
    assert problems(Inner, {"size": 13}) == [("size", "got 13, must be a lucky number.")]
    assert problems(Weights, {"a": -1}) == [("a", "got -1, must be >= 0.")]
    assert problems(Weights, {"values": {"a": -1}}) == [("values.a", "got -1, must be >= 0.")]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"slow": [1]}, "got a list, must be a number or text (put it in quotes)."),
        ({"slow": True}, "got true, must be a number or text (put it in quotes)."),
        ({"fast": "yes"}, "got 'yes', must be true or false."),
        ({"fast": True, "up to": 3}, "got 3, must be text (put it in quotes)."),
        ({"fast": True, "several": {}}, "got a mapping, must be a list."),
        ({"fast": True, "slow": 1}, "say exactly one of `fast` and `slow`."),
        ({}, "say exactly one of `fast` and `slow`."),
    ],
)
def test_values_are_not_coerced(value, message):
    assert [said for _, said in problems(Outer, value)] == [message]


def test_an_alias_is_the_only_name():
    assert validated(Outer, {"fast": True, "up to": "noon"}).until == "noon"
    assert problems(Outer, {"fast": True, "until": "noon"})[0][0] == "until"


def test_a_mapping_is_asked_for_with_its_keys():
    assert problems(Outer, [1]) == [("", "got a list, must be a mapping with keys inner, several, fast, slow, up to.")]


def test_many_unknown_keys_are_told_soon():
    value = {f"key{number}": 1 for number in range(3_000)}
    told = problems(Inner, {"size": 1, **value})
    assert len(told) == 3_000
    assert sum("Known:" in message for _, message in told) == MOST_GUESSES


def test_values_are_shown_short():
    assert [show(value) for value in (None, False, 0.1, "a", {}, [1])] == [
        "nothing", "false", "0.1", "'a'", "a mapping", "a list",
    ]  # fmt: skip
    assert len(show("x" * 10_000)) < 70


def test_docstrings_of_keys_reach_the_schema():
    schema = Inner.model_json_schema()
    assert schema["anyOf"][0]["properties"]["size"]["description"] == "How large."
    assert [{"required": [key]} for key in ("fast", "slow")] == [
        {"required": each["required"]} for each in Outer.model_json_schema()["oneOf"]
    ]
