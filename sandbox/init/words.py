"""Names as words: what `userId`, `USER_ID` and `user-id` share, and names that a scenario can bear."""

from __future__ import annotations

import re
from collections.abc import Container

from sandbox.strict import NAME

_LONGEST = 63
_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_TAILS = ("id", "time", "at", "date", "name", "type", "key", "code", "no")
_HEADS = ("user", "customer", "order", "item", "product", "page", "region", "session", "view", "register", "account",
          "client", "store", "shop", "event", "log")  # fmt: skip


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
