"""What a run says to somebody who pays for it: five questions, answered in plain words from its record alone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from sandbox.report import plain, sponsor_campaigns, sponsor_models, sponsor_trials
from sandbox.report.sponsor_trials import Tried
from sandbox.report.sponsor_words import (
    NO_MONEY,
    Sponsored,
    answered,
    conditions,
    missed,
    rests_on,
    stage_of,
    stood_still,
    when,
    whence,
)
from sandbox.runs.record import ModelRecord, RunRecord
from sandbox.runs.releasing import Standing


def sponsored(record: RunRecord, standing: Standing) -> Sponsored:
    """Say what a run means.

    Args:
        record: of a run that ended.
        standing: where it stands on its way to a release.
    """
    tried = record.experiment or None
    models = [model for model in record.models if model.card]
    changed = [
        *(sponsor_trials.changed(tried, _goal(record)) if tried else ()),
        *(sponsor_campaigns.changed(each, record) for each in record.campaigns),
        *(sponsor_models.named(model, record, drawn=not record.campaigns) for model in models),
    ]
    return Sponsored(
        title=plain.capital(plain.words(record.scenario)),
        about=record.about,
        when=when(datetime.date.fromisoformat(str(record.clock["start"])[:10]), int(record.clock["days"])),
        headline=_headline(record, tried),
        answers=answered(
            _experienced(record, tried),
            changed or [(_untried(record), ())],
            _worth(record, tried, models),
            _sure(record, tried, models),
            _decided(record, tried, standing),
        ),
    )


def _headline(record: RunRecord, tried: Tried | None) -> str:
    verdicts = [gate.verdict for gate in record.gates]
    if said := missed(verdicts):
        return said
    if tried:
        return " ".join(sponsor_trials.verdict(each, tried) for each in tried["decisions"])
    if "undetermined" in verdicts:
        return "Promising, and not settled yet."
    return "What was agreed on beforehand is met." if verdicts else "A first look: nothing was agreed beforehand."


def _goal(record: RunRecord) -> str:
    """The event that counts as a success on shelves, which every experiment of a record fills."""
    shelves = (record.values.get("experiment") or {}).get("shelves") or {}
    return str(shelves.get("goal", "purchase"))


def _untried(record: RunRecord) -> str:
    """That nothing is told of; an experiment that goes by a log is not part of a run's record."""
    if record.values.get("experiment"):
        return "What was tried on customers is told on the page of the experiment itself."
    return "Nothing was tried on customers."


def _experienced(record: RunRecord, tried: Tried | None) -> Iterator[str]:
    if tried:
        yield sponsor_trials.who_saw_what(tried, _goal(record))
    for each in record.campaigns:
        yield sponsor_campaigns.who_was_contacted(each)
    largest = sorted(record.datasets, key=lambda item: -item.accepted)[:3]
    rows = ", ".join(f"{item.accepted:,} {plain.words(item.name)}" for item in largest)
    yield whence({item.name: item.source for item in record.datasets}, rows)
    for name in dict.fromkeys(change.change for change in record.changes if change.about):
        yield next(change.about for change in record.changes if change.change == name).rstrip(".") + "."
    for delivery in record.delivery:
        if delivery.outages:
            outages = [(each["starts"], each["ends"]) for each in delivery.outages]
            yield stood_still(f"The data of {plain.words(delivery.stream)}", outages, record.clock["zone"])


def _worth(record: RunRecord, tried: Tried | None, models: Sequence[ModelRecord]) -> Iterator[str]:
    if tried:
        yield from sponsor_trials.worth(tried)
    for each in record.campaigns:
        yield from sponsor_campaigns.worth(each)
    for model in models:
        yield from sponsor_models.worth(model)
    stated = record.values.get("experiment") or {}
    if not (tried and tried["options"]) and not stated.get("money") and not record.campaigns:
        yield NO_MONEY


def _sure(record: RunRecord, tried: Tried | None, models: Sequence[ModelRecord]) -> Iterator[str]:
    if tried:
        yield from sponsor_trials.sure(tried)
    for each in record.campaigns:
        yield from sponsor_campaigns.sure(each)
    for model in models:
        yield from sponsor_models.sure(model)
    yield from rests_on(record.known, all(item.source == "simulated" for item in record.datasets))


def _decided(record: RunRecord, tried: Tried | None, standing: Standing) -> Iterator[str]:
    yield from conditions([gate.verdict for gate in record.gates])
    for each in tried["decisions"] if tried else ():
        yield sponsor_trials.verdict(each, tried or {})
    yield from stage_of(record.stage)
    if standing.decisions or record.approval is not None:
        yield standing.words.replace("`", "")
    if record.goal:
        yield f"The aim of this round was: {record.goal.rstrip('.')}."
