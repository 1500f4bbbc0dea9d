"""What an experiment says to somebody who pays for it, from what a run's record tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.experiment.planned import ROW
from sandbox.report import plain
from sandbox.report.plain import OfAHundred
from sandbox.report.sponsor_words import Changed

Tried = Mapping[str, Any]
"""An experiment as a record has it."""
_VERDICTS = {
    "better": "{arm} did better than {control}.",
    "worse": "{arm} did worse than {control}: keep {control}.",
    "stopped": "{arm} was stopped, because it did more harm than was put up with.",
    "invalid": "The comparison cannot be trusted yet: the groups are not as they should be. That comes first.",
    "no effect shown": "No gain of {arm} has been shown.",
    "too early": "It is too early to tell; the comparison goes on.",
}


def verdict(each: Mapping[str, Any], tried: Tried) -> str:
    """What was decided of an arm."""
    words = _VERDICTS.get(str(each["verdict"]), str(each["because"]))
    return plain.capital(words.format(arm=plain.the(each["arm"]), control=plain.the(_control(tried))))


def who_saw_what(tried: Tried, goal: str) -> str:
    """Which customers saw which arm; `goal` as in `changed`."""
    control, seen = _control(tried), tried["units"]
    others = [arm for arm in seen if arm != control]
    if _is_each_time(tried, goal):
        shown = " and ".join(f"{seen[arm]:,} times what {plain.the(arm)} chose" for arm in others)
        return (
            f"For {tried['days']} days, customers were shown {seen[control]:,} times what they always see "
            f"({plain.the(control)}), and {shown}. Chance decided each time."
        )
    saw = " and ".join(f"{seen[arm]:,} saw what {plain.the(arm)} chose" for arm in others)
    return (
        f"For {tried['days']} days, {seen[control]:,} customers saw the page as it is ({plain.the(control)}), and "
        f"{saw}. Chance decided who saw which, and everybody kept theirs."
    )


def changed(tried: Tried, goal: str) -> Iterator[Changed]:
    """What people did in each arm; drawn where it is what the experiment is judged by.

    Args:
        tried: the experiment.
        goal: the event that counts as a success on shelves; empty where there is a log instead.
    """
    control = _control(tried)
    for each in tried["comparisons"]:
        if each["undefined"] or each["control"]["value"] is None or each["treatment"]["value"] is None:
            continue
        before, after = each["control"]["value"], each["treatment"]["value"]
        if _is_share(each["metric"], tried):
            did = _did(each["metric"], tried, goal)
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


def worth(tried: Tried) -> Iterator[str]:
    """What can be done now, and what it brings."""
    for arm, options in tried["options"].items():
        best = options[0]
        days = f" for {best['days']} days" if best.get("days") else ""
        yield (
            f"{plain.the(arm)}: the best that can be done now is to {best['choice']}{days}, which is worth about "
            f"{best['worth']:,.0f} in the scenario's money."
        )
    for each in tried["comparisons"]:
        # Where nobody brought any money, none was counted: no sum says nothing of what it is worth.
        is_counted = each["control"]["value"] or each["treatment"]["value"]
        if each["metric"] == "value" and not each["undefined"] and is_counted:
            yield _money(each, tried["days"])


def _money(each: Mapping[str, Any], days: int) -> str:
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


def sure(tried: Tried) -> Iterator[str]:
    """How much of it may be chance."""
    primary = tried["design"]["primary"]
    for each in tried["comparisons"]:
        if each["metric"] != primary or each["undefined"] or each["lift"]["low"] is None:
            continue
        low, high = each["lift"]["low"], each["lift"]["high"]
        may = "It may be chance" if low <= 0 <= high else "It is hardly chance"
        yield (
            f"{may}: what {plain.the(each['arm'])} really does lies between {plain.signed(100 * low)} and "
            f"{plain.signed(100 * high)} percent. Of a hundred such statements, "
            f"{100 * (1 - tried['design']['alpha']):.0f} are right."
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


def _control(tried: Tried) -> str:
    """The arm that the others are held against comes first."""
    return str(next(iter(tried["units"])))


def _is_share(metric: str, tried: Tried) -> bool:
    """Whether a metric is a share of people or of lists."""
    found = next(each for each in tried["design"]["metrics"] if each["name"] == metric)
    return bool(found["once"]) or metric == "click_rate"


def _is_each_time(tried: Tried, goal: str) -> bool:
    """Whether it is not a customer that is given an arm, but each row of a log by itself."""
    return not goal and str(tried["design"]["unit"]) == ROW


def _did(metric: str, tried: Tried, goal: str) -> tuple[str, str]:
    """Of whom a metric is a share, and what they did."""
    if metric == "click_rate":
        return "lists that were shown", "were clicked on"
    if _is_each_time(tried, goal):
        return "pages", f"came to “{plain.words(metric)}”"
    done = goal if metric == "conversion" and goal else metric
    return "customers", "bought something" if done == "purchase" else f"came to “{plain.words(done)}”"
