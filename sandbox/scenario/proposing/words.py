"""Names as words: what `userId`, `USER_ID` and `user-id` share, and names that a scenario can bear."""

from __future__ import annotations

import re
from collections.abc import Container

from sandbox.contract.types import quoted
from sandbox.strict import NAME

_LONGEST = 63
_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_TAILS = ("id", "time", "at", "date", "name", "type", "key", "code", "no")
_HEADS = ("user", "customer", "order", "item", "product", "page", "region", "session", "view", "register", "account",
          "client", "store", "shop", "event", "log")  # fmt: skip

RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
    default deferrable desc describe distinct do else end except false fetch for foreign from group having in
    initially intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer
    pivot_wider placing primary qualify references returning select show some summarize symmetric table then
    to trailing true union unique unpivot using variadic when where window with
    """.split()  # noqa: SIM905
)
"""Words that SQL takes for its own wherever they stand bare."""


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case; `userid` and `ordertime`, written as one, are two."""
    words: list[str] = []
    for word in (part.lower() for part in _BREAK.split(name) if part):
        tail = next((tail for tail in _TAILS if word.endswith(tail) and word[: -len(tail)] in _HEADS), "")
        words += [word[: -len(tail)], tail] if tail else [word]
    return tuple(words)


def snake(name: str) -> str:
    """The name in lower case, its parts joined by `_`, as SQL is written most easily."""
    return "_".join(part.lower() for part in _BREAK.split(name) if part) or "dataset"


def singular(word: str) -> str:
    """A plural without its ending; good enough to find `user` in `users`."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def bearable(name: str, taken: Container[str] = ()) -> str:
    """The name itself if a scenario can bear it, else the nearest that it can and that is not taken."""
    fitting = name if re.fullmatch(NAME, name) else re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    if not fitting or not fitting[0].isalpha():
        fitting = f"c_{fitting}"
    fitting = fitting[:_LONGEST]
    number, tried = 1, fitting
    while tried in taken:
        number += 1
        tried = f"{fitting[: _LONGEST - 4]}_{number}"
    return tried


def sql_name(name: str) -> str:
    """A name as SQL may hold it: in double quotes where it is no plain word, or a word of SQL's own."""
    return quoted(name, always=name.lower() in RESERVED)
