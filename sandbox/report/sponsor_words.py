"""The five questions of a sponsor, and the sentences that a run and an experiment by itself have in common."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.report import plain
from sandbox.report.plain import OfAHundred

Changed = tuple[str, tuple[OfAHundred, ...]]
"""A sentence on what changed, and what may be drawn beside it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, its answer, and what may be drawn beside it."""

    question: str
    sentences: tuple[str, ...]
    pictures: tuple[OfAHundred, ...] = ()


@dataclass(frozen=True, slots=True)
class Sponsored:
    """The whole of the page."""

    title: str
    about: str
    when: str
    headline: str
    answers: tuple[Answer, ...]


def answered(
    experienced: Iterable[str],
    changed: Sequence[Changed],
    worth: Iterable[str],
    sure: Iterable[str],
    decided: Iterable[str],
) -> tuple[Answer, ...]:
    """The five questions, in their order, with what there is to say to each."""
    return (
        Answer("What did customers experience?", tuple(experienced)),
        Answer(
            "What changed?",
            tuple(sentence for sentence, _ in changed),
            tuple(picture for _, pictures in changed for picture in pictures),
        ),
        Answer("What is it worth?", tuple(worth)),
        Answer("How sure are we?", tuple(sure)),
        Answer("What did we decide?", tuple(decided)),
    )


def when(start: datetime.date, days: int) -> str:
    """The first and the last day of a clock."""
    return f"{plain.date(start)} to {plain.date(start + datetime.timedelta(days=days - 1))}"


def whence(origins: Mapping[str, str], rows: str = "") -> str:
    """Where the data comes from.

    Args:
        origins: `simulated`, or the kind of the real source, by dataset.
        rows: how much of what, if that is known.
    """
    real = [name for name, origin in origins.items() if origin != "simulated"]
    if not real:
        return f"All of it happened in a simulation{f' ({rows})' if rows else ''}: no real customer was part of it."
    if len(real) == len(origins):
        return f"All of it comes from real data{f': {rows}' if rows else ''}."
    names = ", ".join(plain.words(name) for name in real)
    return f"Real data: {names}. The rest is simulated until it is there{f' ({rows} in all)' if rows else ''}."


def stood_still(whose: str, outages: Sequence[tuple[str, str]], zone: str) -> str:
    """That data came late: the first outage, from and to as ISO text, and how many there were."""
    starts, ends = outages[0]
    more = f" and {len(outages) - 1} more times" if len(outages) > 1 else ""
    return (
        f"{whose} stood still on {plain.day(starts, zone)} for {plain.length(starts, ends)}{more}; it came later, "
        "and nothing was made of it meanwhile."
    )


def missed(verdicts: Iterable[str]) -> str:
    """What comes before everything else, where a condition is not met; empty where none fails."""
    return "Not yet: something that was agreed on beforehand is not met." if "fails" in verdicts else ""


def conditions(verdicts: Sequence[str]) -> Iterator[str]:
    """How many of the conditions are met; nothing where there are none."""
    if not verdicts:
        return
    holds, fails = verdicts.count("holds"), verdicts.count("fails")
    open_ = len(verdicts) - holds - fails
    if holds == len(verdicts):
        yield f"Everything that was agreed on beforehand is met ({holds} of {holds})."
        return
    if len(verdicts) == 1:
        yield f"What was agreed on beforehand {'is not met' if fails else 'cannot be told yet'}."
        return
    told = f"{holds} of {len(verdicts)} conditions that were agreed on beforehand are met"
    rest = [f"{fails} not" if fails else "", f"{open_} cannot be told yet" if open_ else ""]
    yield ", ".join([told, *filter(None, rest)]) + "."


def rests_on(known: Mapping[str, int], is_simulated: bool) -> Iterator[str]:
    """How far a simulation may be believed.

    Args:
        known: how many statements are assumed, and how many are known otherwise.
        is_simulated: whether none of the data is real.
    """
    if is_simulated:
        yield "This is a rehearsal: it shows that the way works, and not yet what real customers will do."
    if assumed := known.get("assumed", 0):
        whole = sum(known.values())
        yield f"{assumed} of {whole} statements that the simulation rests on are assumed, and still to be asked."


NO_MONEY = "What one more sale, or one customer kept, is worth has not been stated, so there is no sum of money yet."


def stage_of(stage: str) -> Iterator[str]:
    """How far the work is, where somebody said so."""
    if stage:
        yield f"The work is at the stage of {'an' if stage == 'MVP' else 'a'} {stage}."
