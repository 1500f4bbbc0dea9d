"""What a run says to somebody who pays for it: five questions, answered in plain words from its record alone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.report import plain
from sandbox.runs.record import ModelRecord, RunRecord
from sandbox.runs.releasing import Standing

Plain = Mapping[str, Any]
_VERDICTS = {
    "better": "{arm} did better than {control}.",
    "worse": "{arm} did worse than {control}: keep {control}.",
    "stopped": "{arm} was stopped, because it did more harm than was put up with.",
    "invalid": "The comparison cannot be trusted yet: the groups are not as they should be. That comes first.",
    "not shown": "No gain of {arm} has been shown.",
    "too early": "It is too early to tell; the comparison goes on.",
}


@dataclass(frozen=True, slots=True)
class OfAHundred:
    """A count of people out of a hundred, as a picture shows it."""

    name: str
    count: float
    words: str
    is_new: bool = False


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
    changed = [*(_changed(tried, record) if tried else ()), *(_named(model, record) for model in models)]
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


def _headline(record: RunRecord, tried: Plain | None, standing: Standing) -> str:
    if any(gate.verdict == "fails" for gate in record.gates):
        return "Not yet: something that was agreed on beforehand is not met."
    if tried:
        return " ".join(_verdict(each, tried) for each in tried["decisions"])
    if any(gate.verdict == "undetermined" for gate in record.gates):
        return "Promising, and not settled yet."
    return "What was agreed on beforehand is met." if record.gates else "A first look: nothing was agreed beforehand."


def _experienced(record: RunRecord, tried: Plain | None) -> Iterator[str]:
    if tried:
        control = _control(tried)
        seen = tried["units"]
        others = " and ".join(f"{seen[arm]:,} saw what {plain.the(arm)} chose" for arm in seen if arm != control)
        yield (
            f"For {tried['days']} days, {seen[control]:,} customers saw the page as it is ({plain.the(control)}), and "
            f"{others}. Chance decided who saw which, and everybody kept theirs."
        )
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


def _changed(tried: Plain, record: RunRecord) -> Iterator[tuple[str, tuple[OfAHundred, ...]]]:
    control = _control(tried)
    for each in tried["comparisons"]:
        if each["undefined"] or each["control"]["value"] is None or each["treatment"]["value"] is None:
            continue
        before, after = each["control"]["value"], each["treatment"]["value"]
        if _is_share(each["metric"], tried):
            did = _did(each["metric"], record)
            yield (
                f"Of a hundred {did[0]} with {plain.the(control)}, {plain.few(before)} {did[1]}; "
                f"with {plain.the(each['arm'])}, {plain.few(after)}.",
                (
                    OfAHundred(plain.the(control), 100 * before, did[1]),
                    OfAHundred(plain.the(each["arm"]), 100 * after, did[1], is_new=True),
                )
                if each["metric"] == tried["design"]["primary"]
                else (),
            )


def _named(model: ModelRecord, record: RunRecord) -> tuple[str, tuple[OfAHundred, ...]]:
    """What a model foretells, of a hundred to whom it happens."""
    seen = model.card["confusion"]
    happened = seen["true_positive"] + seen["false_negative"]
    if not happened:
        return f"{_asked(model, record)} It happened to nobody in the test, so nothing can be said.", ()
    found = seen["true_positive"] / happened
    return (
        f"{_asked(model, record)} Of a hundred to whom it happens, we can now name {plain.few(found)} beforehand.",
        (OfAHundred(f"{plain.words(model.name)}: named beforehand", 100 * found, "named", is_new=True),),
    )


def _worth(record: RunRecord, tried: Plain | None, models: Sequence[ModelRecord]) -> Iterator[str]:
    for arm, options in (tried["options"] if tried else {}).items():
        best = options[0]
        days = f" for {best['days']} days" if best.get("days") else ""
        yield (
            f"{plain.the(arm)}: the best that can be done now is to {best['choice']}{days}, which is worth about "
            f"{best['worth']:,.0f} in the scenario's money."
        )
    for each in tried["comparisons"] if tried else ():
        if each["metric"] == "value" and not each["undefined"]:
            yield _money(each, tried["days"] if tried else 0)
    for model in models:
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
    stated = record.values.get("experiment") or {}
    if not (tried and tried["options"]) and not stated.get("money"):
        yield "What one more sale, or one customer kept, is worth has not been stated, so there is no sum of money yet."


def _money(each: Plain, days: int) -> str:
    low, high = each["difference"]["low"], each["difference"]["high"]
    value = each["difference"]["value"]
    if low is None or (low <= 0 <= high):
        return (
            f"What each customer spent in {days} days differs by {plain.signed(value, 2)} with "
            f"{plain.the(each['arm'])}, but it may be anything from {plain.signed(low or 0, 2)} to "
            f"{plain.signed(high or 0, 2)}: no gain and no loss is shown."
        )
    return (
        f"Each customer spent {abs(value):.2f} {'more' if value > 0 else 'less'} in {days} days with "
        f"{plain.the(each['arm'])}: between {plain.signed(1_000 * low)} and {plain.signed(1_000 * high)} for a "
        "thousand customers."
    )


def _sure(record: RunRecord, tried: Plain | None, models: Sequence[ModelRecord]) -> Iterator[str]:
    if tried:
        yield from _sure_of_arms(tried)
    for model in models:
        judge = model.card["judge"]
        low, high = (model.card["metrics"][judge][end] for end in ("low", "high"))
        if low is not None:
            wide = "well known" if high - low < 0.08 else "only roughly known, since few cases were there to test on"
            yield f"{plain.capital(plain.words(model.name))}: how well it names them is {wide}."
        for suspect in model.suspects:
            yield f"{plain.capital(plain.words(model.name))} may know too much to be true: {suspect}."
    assumed = record.known.get("assumed", 0)
    whole = sum(record.known.values())
    if all(item.source == "simulated" for item in record.datasets):
        yield "This is a rehearsal: it shows that the way works, and not yet what real customers will do."
    if assumed:
        yield f"{assumed} of {whole} statements that the simulation rests on are assumed, and still to be asked."


def _sure_of_arms(tried: Plain) -> Iterator[str]:
    primary = tried["design"]["primary"]
    for each in tried["comparisons"]:
        if each["metric"] != primary or each["undefined"] or each["lift"]["low"] is None:
            continue
        low, high = each["lift"]["low"], each["lift"]["high"]
        may = "It may be chance" if low <= 0 <= high else "It is hardly chance"
        yield (
            f"{may}: what {plain.the(each['arm'])} really does lies between {plain.signed(100 * low)} and "
            f"{plain.signed(100 * high)} percent. Nineteen of twenty such statements are right."
        )
    for each in tried["comparisons"]:
        if each["metric"] != primary and _is_share(each["metric"], tried):
            p_value = each["p_adjusted"]
            if p_value is not None and p_value < tried["design"]["alpha"]:
                yield f"The difference in {plain.words(each['metric'])} is hardly chance."
    true = [each for each in tried["truth"] if each["metric"] == primary and each.get("lift") is not None]
    for each in true:
        yield f"Since this world is made, we can look: in truth it was {plain.signed(100 * each['lift'])} percent."
    if not tried["ratio"]["matches"]:
        yield "The groups do not have the sizes that they should have, so none of this may be believed yet."


def _decided(record: RunRecord, tried: Plain | None, standing: Standing) -> Iterator[str]:
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
        yield _verdict(each, tried or {})
    if record.stage:
        yield f"The work is at the stage of {'an' if record.stage == 'MVP' else 'a'} {record.stage}."
    if standing.decisions or record.approval is not None:
        yield standing.words.replace("`", "")
    if record.goal:
        yield f"The aim of this round was: {record.goal.rstrip('.')}."


def _verdict(each: Plain, tried: Plain) -> str:
    words = _VERDICTS.get(str(each["verdict"]), str(each["because"]))
    return plain.capital(words.format(arm=plain.the(each["arm"]), control=plain.the(_control(tried))))


def _asked(model: ModelRecord, record: RunRecord) -> str:
    """What a model answers, in the scenario's own words where it has some."""
    about = str(((record.values.get("models") or {}).get(model.name) or {}).get("about", ""))
    asked = about.partition("?")[0].partition(". ")[0].strip()
    return f"{asked.rstrip('.')}?" if asked else f"{plain.capital(plain.words(model.name))}."


def _control(tried: Plain) -> str:
    """The arm that the others are held against comes first."""
    return str(next(iter(tried["units"])))


def _is_share(metric: str, tried: Plain) -> bool:
    """Whether a metric is a share of people or of lists."""
    found = next(each for each in tried["design"]["metrics"] if each["name"] == metric)
    return bool(found["once"]) or metric == "click_rate"


def _did(metric: str, record: RunRecord) -> tuple[str, str]:
    """Of whom a metric is a share, and what they did."""
    if metric == "click_rate":
        return "lists that were shown", "were clicked on"
    shelves = (record.values.get("experiment") or {}).get("shelves") or {}
    goal = shelves.get("goal", "purchase") if metric == "conversion" else metric
    return "customers", "bought something" if goal == "purchase" else f"came to '{plain.words(goal)}'"


def _when(record: RunRecord) -> str:
    start = datetime.date.fromisoformat(str(record.clock["start"])[:10])
    end = start + datetime.timedelta(days=int(record.clock["days"]) - 1)
    return f"{plain.date(start)} to {plain.date(end)}"
