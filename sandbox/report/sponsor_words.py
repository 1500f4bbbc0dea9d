"""What a run says to somebody who pays for it: five questions, answered in plain words from its record alone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.report import plain, sponsor_models, sponsor_trials
from sandbox.report.plain import OfAHundred
from sandbox.report.sponsor_trials import Tried
from sandbox.runs.record import ModelRecord, RunRecord
from sandbox.runs.releasing import Standing


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


def sponsored(record: RunRecord, standing: Standing) -> Sponsored:
    """Say what a run means.

    Args:
        record: of a run that ended.
        standing: where it stands on its way to a release.
    """
    tried = record.experiment or None
    models = [model for model in record.models if model.card]
    changed = [
        *(sponsor_trials.changed(tried, record) if tried else ()),
        *(sponsor_models.named(model, record) for model in models),
    ]
    return Sponsored(
        title=plain.capital(plain.words(record.scenario)),
        about=record.about,
        when=_when(record),
        headline=_headline(record, tried, standing),
        answers=(
            Answer("What did customers experience?", tuple(_experienced(record, tried))),
            Answer(
                "What changed?",
                tuple(sentence for sentence, _ in changed) or ("Nothing was tried on customers.",),
                tuple(picture for _, pictures in changed for picture in pictures),
            ),
            Answer("What is it worth?", tuple(_worth(record, tried, models))),
            Answer("How sure are we?", tuple(_sure(record, tried, models))),
            Answer("What did we decide?", tuple(_decided(record, tried, standing))),
        ),
    )


def _headline(record: RunRecord, tried: Tried | None, standing: Standing) -> str:
    if any(gate.verdict == "fails" for gate in record.gates):
        return "Not yet: something that was agreed on beforehand is not met."
    if tried:
        return " ".join(sponsor_trials.verdict(each, tried) for each in tried["decisions"])
    if any(gate.verdict == "undetermined" for gate in record.gates):
        return "Promising, and not settled yet."
    return "What was agreed on beforehand is met." if record.gates else "A first look: nothing was agreed beforehand."


def _experienced(record: RunRecord, tried: Tried | None) -> Iterator[str]:
    if tried:
        yield sponsor_trials.who_saw_what(tried)
    largest = sorted(record.datasets, key=lambda item: -item.accepted)[:3]
    seen_rows = ", ".join(f"{item.accepted:,} {plain.words(item.name)}" for item in largest)
    real = [item.name for item in record.datasets if item.source != "simulated"]
    if not real:
        yield f"All of it happened in a simulation ({seen_rows}): no real customer was part of it."
    elif len(real) == len(record.datasets):
        yield f"All of it comes from real data: {seen_rows}."
    else:
        names = ", ".join(plain.words(name) for name in real)
        yield f"Real data: {names}. The rest is simulated until it is there ({seen_rows} in all)."
    for name in dict.fromkeys(change.change for change in record.changes if change.about):
        yield next(change.about for change in record.changes if change.change == name).rstrip(".") + "."
    for delivery in record.delivery:
        if delivery.outages:
            first = delivery.outages[0]
            more = f" and {len(delivery.outages) - 1} more times" if len(delivery.outages) > 1 else ""
            yield (
                f"The data of {plain.words(delivery.stream)} stood still on {plain.day(first['starts'])} for "
                f"{plain.length(first['starts'], first['ends'])}{more}; it came later, "
                "and nothing was made of it meanwhile."
            )


def _worth(record: RunRecord, tried: Tried | None, models: Sequence[ModelRecord]) -> Iterator[str]:
    if tried:
        yield from sponsor_trials.worth(tried)
    for model in models:
        yield from sponsor_models.worth(model)
    stated = record.values.get("experiment") or {}
    if not (tried and tried["options"]) and not stated.get("money"):
        yield "What one more sale, or one customer kept, is worth has not been stated, so there is no sum of money yet."


def _sure(record: RunRecord, tried: Tried | None, models: Sequence[ModelRecord]) -> Iterator[str]:
    if tried:
        yield from sponsor_trials.sure(tried)
    for model in models:
        yield from sponsor_models.sure(model)
    assumed = record.known.get("assumed", 0)
    whole = sum(record.known.values())
    if all(item.source == "simulated" for item in record.datasets):
        yield "This is a rehearsal: it shows that the way works, and not yet what real customers will do."
    if assumed:
        yield f"{assumed} of {whole} statements that the simulation rests on are assumed, and still to be asked."


def _decided(record: RunRecord, tried: Tried | None, standing: Standing) -> Iterator[str]:
    if record.gates:
        holds = sum(gate.verdict == "holds" for gate in record.gates)
        fails = sum(gate.verdict == "fails" for gate in record.gates)
        open_ = len(record.gates) - holds - fails
        told = f"{holds} of {len(record.gates)} conditions that were agreed on beforehand are met"
        rest = [f"{fails} not" if fails else "", f"{open_} cannot be told yet" if open_ else ""]
        if holds == len(record.gates):
            yield f"Everything that was agreed on beforehand is met ({holds} of {holds})."
        else:
            yield ", ".join([told, *filter(None, rest)]) + "."
    for each in tried["decisions"] if tried else ():
        yield sponsor_trials.verdict(each, tried or {})
    if record.stage:
        yield f"The work is at the stage of {'an' if record.stage == 'MVP' else 'a'} {record.stage}."
    if standing.decisions or record.approval is not None:
        yield standing.words.replace("`", "")
    if record.goal:
        yield f"The aim of this round was: {record.goal.rstrip('.')}."


def _when(record: RunRecord) -> str:
    start = datetime.date.fromisoformat(str(record.clock["start"])[:10])
    end = start + datetime.timedelta(days=int(record.clock["days"]) - 1)
    return f"{plain.date(start)} to {plain.date(end)}"
