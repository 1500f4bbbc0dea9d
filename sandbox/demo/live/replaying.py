"""A show again, from its journal alone: the same steps, the same inputs at their moments, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.demo.live.reviews import Reviews
from sandbox.errors import InputError
from sandbox.experiment.inputs import moment_us
from sandbox.experiment.journal import LINES, Kept, read_journal
from sandbox.experiment.loop import Loop, Tell, Wishes, silent
from sandbox.scenario.plan import Plan


def replayed(plan: Plan, kept: Path, into: Path, *, tell: Tell = silent) -> Loop:
    """Carry out what a journal tells, as far as it goes, and write its journal anew.

    Args:
        plan: of the scenario that the journal is of.
        kept: the folder of the journal; that of a show which was killed goes to its last whole line.
        into: the folder of the new one, which comes out byte for byte the same.
        tell: told how far it is.
    Raises:
        InputError: there is no whole journal, or it is of another scenario.
        OutsideError: one of the folders cannot be read or written.
    """
    journal = read_journal(kept)
    _is_of(journal, plan, kept)
    told = [line for line in journal.lines if line["kind"] in ("pace", "input")]
    until_us = moment_us(journal.lines[-1]["at"])
    reviews, step_us = Reviews.of(plan), int(journal.head["step_us"])
    wishes = Wishes(truth=False, inputs=journal.inputs, step_us=step_us, journal=into, hear=reviews.hear)
    loop = Loop(plan, wishes, tell)
    assert loop.journal is not None
    with closing(reviews):
        _carry_out(loop, reviews, told, until_us)
    loop.journal.end(loop.now_us)
    return loop


def _carry_out(loop: Loop, reviews: Reviews, told: list[Mapping[str, Any]], until_us: int) -> None:
    """Take the steps of the show, in its pace, and take in what it took in."""
    assert loop.journal is not None
    while True:
        while told and moment_us(told[0]["at"]) <= loop.now_us:
            line = told.pop(0)
            if line["kind"] == "pace":
                loop.wishes = replace(loop.wishes, step_us=int(line["step_us"]))
                loop.journal.write("pace", loop.now_us, step_us=loop.wishes.step_us)
            else:
                reviews.go_on(loop)
                loop.take()
                reviews.go_on(loop)
        if loop.now_us >= until_us:
            break
        reviews.go_on(loop)
        loop.step()
        reviews.go_on(loop)


def differing(kept: Path, again: Path) -> list[str]:
    """The files of a journal that are not the same in that of its replay, byte for byte.

    Of one that was cut short, what its whole lines tell of is held against the beginning of the other.
    """
    journal = read_journal(kept)
    if journal.cut_us is None:
        homes = (kept, again)
        names = {path.relative_to(home).as_posix() for home in homes for path in home.rglob("*") if path.is_file()}
        return sorted(name for name in names if _bytes(kept / name) != _bytes(again / name))
    mine, _, _ = (kept / LINES).read_bytes().rpartition(b"\n")
    begins = (_bytes(again / LINES) or b"").startswith(mine + b"\n")
    parts = [part.path.relative_to(kept).as_posix() for part in journal.parts]
    return [*([] if begins else [LINES]), *(name for name in parts if _bytes(kept / name) != _bytes(again / name))]


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _is_of(journal: Kept, plan: Plan, kept: Path) -> None:
    for key, mine in (("scenario", plan.name), ("digest", plan.digest), ("seed", plan.seed), ("engine", plan.engine)):
        if journal.head.get(key) != mine:
            said = f"its {key} is {journal.head.get(key)}, and that of {plan.file} is {mine}"
            raise InputError(f"{kept}: is the journal of another scenario: {said}.")
