"""Filter expressions: the documented grammar, applied to the catalogue, and the places of what is wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import InputError
from sandbox.serve.filters.applying import Asker, allowed, check_fields
from sandbox.serve.filters.grammar import read_filter
from sandbox.serve.filters.values import read_values


class Shop:
    items = pa.table(
        {
            "item_id": ["a", "b", "c", "d"],
            "category": ["shoe", "watch|boot", None, "boot"],
            "price": [10.0, 20.0, 30.0, None],
            "downloads": [1, 2, 3, 4],
        }
    )
    users = ("user_id", "age", "member")

    def user(self, who: str | None) -> Mapping[str, Any]:
        return {"user_id": "u", "age": 20, "member": "gold"} if who == "u" else {}

    def interacted(self, who: str | None, kinds: frozenset[str] | None) -> Any:
        met = {"click": [0], "stream": [1]} if who == "u" else {}
        return np.array(
            sorted({p for kind, places in met.items() if kinds is None or kind in kinds for p in places}), int
        )


def left(text: str, user: str | None = "u", item: int | None = None, **values: str) -> str:
    found = read_filter(text)
    check_fields(found, Shop())
    mask = allowed(found, Shop(), Asker(user, item, read_values(values)))
    return "".join(name for name, stays in zip("abcd", mask, strict=True) if stays)


@pytest.mark.parametrize(
    ("text", "stay"),
    [
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click", "stream")', "cd"),
        ('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("CLICK")', "a"),
        ('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', "ab"),
        ('include itemid where Items.CATEGORY in ("boot")', "bd"),
        ('EXCLUDE ItemID WHERE Items.CATEGORY IN ("boot") AND Items.DOWNLOADS NOT IN ("4")', "acd"),
        ('INCLUDE ItemID WHERE Items.CATEGORY IN ("shoe") OR Items.PRICE >= 20 AND Items.DOWNLOADS < 3', "ab"),
        ("INCLUDE ItemID WHERE Items.DOWNLOADS = 3", "c"),
        ("EXCLUDE ItemID WHERE Items.PRICE < 20", "bcd"),
        ("EXCLUDE ItemID WHERE Items.PRICE < 20 IF CurrentUser.AGE > 18 AND CurrentUser.AGE < 30", "bcd"),
        ("EXCLUDE ItemID WHERE Items.PRICE < 20 IF CurrentUser.AGE > 30", "abcd"),
        ('INCLUDE ItemID WHERE Items.CATEGORY IN ("boot") IF CurrentUser.MEMBER IN ("gold", "silver")', "bd"),
        (
            'INCLUDE ItemID WHERE Items.CATEGORY IN ("boot") | '
            'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("stream")', "d",
        ),
    ],
)  # fmt: skip
def test_what_stays(text: str, stay: str) -> None:
    assert left(text) == stay


def test_who_is_unknown_has_neither_interactions_nor_columns() -> None:
    assert left('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', user=None) == ""
    assert left("EXCLUDE ItemID WHERE Items.PRICE < 20 IF CurrentUser.AGE > 1", user="stranger") == "abcd"


def test_the_current_item_is_the_measure() -> None:
    assert left("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", item=1) == "a"
    assert left("INCLUDE ItemID WHERE Items.CATEGORY IN CurrentItem.CATEGORY", item=1) == "bd"
    with pytest.raises(InputError, match="itemId"):
        left("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE")


def test_parameters_get_their_values_from_the_call() -> None:
    text = "INCLUDE ItemID WHERE Items.CATEGORY IN ($CATEGORY)"
    assert left(text, CATEGORY='"shoe","watch"') == "ab"
    assert left("INCLUDE ItemID WHERE Items.PRICE > $LOW", LOW="15") == "bc"
    with pytest.raises(InputError, match=r"no value for \$CATEGORY"):
        left(text)
    assert left(text.replace("INCLUDE", "EXCLUDE")) == "abcd"
    with pytest.raises(InputError, match="double quotes"):
        left(text, CATEGORY="shoe")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it ends, where INCLUDE or EXCLUDE"),
        ("INCLUDE UserID WHERE Items.A IN (1)", "at 9: got 'UserID', where ItemID"),
        ("INCLUDE ItemID Items.A IN (1)", "where WHERE"),
        ('INCLUDE ItemID WHERE Users.AGE IN ("1")', "Items.FIELD"),
        ('INCLUDE ItemID WHERE Interactions.PLACE IN ("1")', "Interactions.EVENT_TYPE"),
        ("INCLUDE ItemID WHERE Items.PRICE ~ 3", "at 34: cannot read"),
        ("INCLUDE ItemID WHERE Items.PRICE IN (1", r"it ends, where \)"),
        ("INCLUDE ItemID WHERE Items.PRICE < 3 IF Items.PRICE < 4", "CurrentUser.FIELD"),
        ("INCLUDE ItemID WHERE Items.PRICE < 3 Items.PRICE < 4", "'|' or the end"),
        ('INCLUDE ItemID WHERE Items.PRICE < 3 AND Interactions.EVENT_TYPE IN ("click")', "chain two"),
        ("INCLUDE ItemID WHERE Items.CATEGORY NOT IN ($ONE)", "takes no parameter"),
        ("INCLUDE ItemID WHERE Items.CATEGRY IN (1)", "Did you mean 'category'"),
        ("INCLUDE ItemID WHERE Items.CATEGORY < 3", "compares numbers"),
        ("INCLUDE ItemID WHERE " + " AND ".join(f"Items.F{n} = 1" for n in range(6)), "6 different fields"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        left(text)


@given(st.text(alphabet='INCLUDE ItemIDWHERsa.()$|,<>="1 ', max_size=80) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        assert read_filter(text).expressions
