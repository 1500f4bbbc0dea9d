"""Whom long work tells how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sandbox.landing import Progress


class Listener(Protocol):
    """Is told what is being done, how much of it is done, and of how much (None: nobody knows)."""

    def __call__(self, what: str, done: int, of: int | None) -> None: ...


def ignore(what: str, done: int, of: int | None) -> None:
    """The listener of whoever does not want to know."""


def landing(listen: Listener) -> Progress:
    """A listener as a landing wants it."""

    def told(dataset: str, rows_done: int, rows_total: int) -> None:
        listen(dataset, rows_done, rows_total if rows_total >= 0 else None)

    return told
