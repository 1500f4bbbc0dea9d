"""What a campaign says to somebody who pays for it, from what a run's record tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.report import plain, sponsor_models
from sandbox.report.plain import OfAHundred
from sandbox.report.sponsor_words import Changed
from sandbox.runs.record import RunRecord

Campaign = Mapping[str, Any]
"""A campaign as a record has it; see `campaign.judging.Judged`."""
_SUSPICIOUS = 0.001
"""Groups of sizes as unlikely as that were not dealt by chance."""


def who_was_contacted(found: Campaign) -> str:
    """Who was contacted, and who was left alone to compare with."""
    about = str(found["about"]).rstrip(".")
    told = f" ({about[:1].lower()}{about[1:]})" if about else ""
    return (
        f"{_name(found)}{told}: on {plain.date_of(found['day'])}, {found['contacted']:,} customers were contacted. "
        f"{found['holdout']:,} more, chosen by chance, were left alone to compare with."
    )


def changed(found: Campaign, record: RunRecord) -> Changed:
    """How often it came to those who were contacted, beside those who were not."""
    model = next((each for each in record.models if each.name == found["model"]), None)
    asked = "" if model is None else f" {sponsor_models.asked(model, record)}"
    alone, contacted = found["rate_holdout"], found["rate_contacted"]
    if alone is None or contacted is None:
        return f"{_name(found)}.{asked} Too few took part to compare them.", ()
    return (
        f"{_name(found)}.{asked} Of a hundred who were left alone, {plain.few(alone)} did; of a hundred who were "
        f"contacted, {plain.few(contacted)}.",
        (
            OfAHundred(f"{_name(found)}: left alone", 100 * alone, "did"),
            OfAHundred(f"{_name(found)}: contacted", 100 * contacted, "did", is_new=True),
        ),
    )


def worth(found: Campaign) -> Iterator[str]:
    """What contacting all of them brings, once each contact is paid."""
    profit, everybody = found["profit"], found["contacted"] + found["holdout"]
    if profit["low"] is None:
        return
    brings = "brings" if profit["value"] >= 0 else "costs"
    if profit["low"] <= 0 <= profit["high"]:
        between = f"{plain.signed(profit['low'])} to {plain.signed(profit['high'])}"
        told = f", but it may be anything from {between}: no gain and no loss is shown"
    else:
        ends = sorted(abs(profit[end]) for end in ("low", "high"))
        told = f": between {ends[0]:,.0f} and {ends[1]:,.0f}"
    yield (
        f"{_name(found)}: contacting all {everybody:,} of them {brings} about {abs(profit['value']):,.0f} in the "
        f"scenario's money, after what the contacts cost{told}."
    )


def sure(found: Campaign) -> Iterator[str]:
    """How much of it may be chance, and what was true."""
    low, high = found["effect"]["low"], found["effect"]["high"]
    if low is None:
        yield f"{_name(found)}: too few took part to tell what a contact does."
        return
    if low <= 0 <= high:
        told = f"it may be chance; a hundred contacts make {_more(low)} to {_more(high)}"
    else:
        nearer, farther = sorted((low, high), key=abs)
        told = f"it is hardly chance; a hundred contacts make {_number(nearer)} to {_more(farther)}"
    yield (
        f"{_name(found)}: {told}. Since this world is made, we can look: in truth it was {_more(found['true_effect'])}."
    )
    if found["sample_ratio"] is not None and found["sample_ratio"] < _SUSPICIOUS:
        yield f"{_name(found)}: the groups do not have the sizes that they should have, so none of it may be believed."


def _name(found: Campaign) -> str:
    return plain.capital(plain.words(found["name"]))


def _number(share: float) -> str:
    return plain.few(abs(share))


def _more(share: float) -> str:
    return f"{_number(share)} {'more' if share >= 0 else 'fewer'}"
