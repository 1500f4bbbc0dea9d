"""What a model says to somebody who pays for it, from its record: whom it names, what that is worth, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.report import plain
from sandbox.report.plain import OfAHundred
from sandbox.report.sponsor_words import Changed
from sandbox.runs.record import ModelRecord, RunRecord


def named(model: ModelRecord, record: RunRecord, *, drawn: bool) -> Changed:
    """What a model foretells, of a hundred to whom it happens; drawn where the sheet has room for it."""
    seen = model.card["confusion"]
    happened = seen["true_positive"] + seen["false_negative"]
    if not happened:
        return f"{asked(model, record)} It happened to nobody in the test, so nothing can be said.", ()
    found = seen["true_positive"] / happened
    return (
        f"{asked(model, record)} Of a hundred to whom it happens, we can now name {plain.few(found)} beforehand.",
        (OfAHundred(f"{plain.words(model.name)}: named beforehand", 100 * found, "named", is_new=True),)
        if drawn
        else (),
    )


def worth(model: ModelRecord) -> Iterator[str]:
    """How many of those whom it names are the right ones, and how many chance would find."""
    seen = model.card["confusion"]
    named = seen["true_positive"] + seen["false_positive"]
    whole = sum(seen.values())
    happened = seen["true_positive"] + seen["false_negative"]
    if named and happened:
        right = seen["true_positive"] / named
        yield (
            f"{plain.capital(plain.words(model.name))}: of a hundred customers whom we turn to because they are "
            f"named, {plain.few(right)} are the right ones; of a hundred picked by chance, "
            f"{plain.few(happened / whole)} would be."
        )


def sure(model: ModelRecord) -> Iterator[str]:
    """How well it is known, and what makes one doubt it."""
    judge = model.card["judge"]
    low, high = (model.card["metrics"][judge][end] for end in ("low", "high"))
    if low is not None:
        wide = "well known" if high - low < 0.08 else "only roughly known, since few cases were there to test on"
        yield f"{plain.capital(plain.words(model.name))}: how well it names them is {wide}."
    for suspect in model.suspects:
        yield f"{plain.capital(plain.words(model.name))} may know too much to be true: {suspect}."


def asked(model: ModelRecord, record: RunRecord) -> str:
    """What a model answers, in the scenario's own words where it has some."""
    about = str(((record.values.get("models") or {}).get(model.name) or {}).get("about", ""))
    question = about.partition("?")[0].partition(". ")[0].strip()
    return f"{question.rstrip('.')}?" if question else f"{plain.capital(plain.words(model.name))}."
