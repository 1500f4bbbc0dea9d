"""The experiment of a run, drawn from its record: the decision and why, the uplift, arms over time, who served when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.experiment.decisions import Decision
from sandbox.experiment.findings import Daily, Looks
from sandbox.experiment.truth import Fresh, Happening, Truth
from sandbox.report.experiment_charts import daily, looks
from sandbox.report.page import Html, Page, paragraphs, text
from sandbox.report.rehearsed_charts import champions, freshness
from sandbox.report.verdicts import verdicts


def experiment_section(page: Page, told: Mapping[str, Any]) -> Html:
    """What a rehearsed experiment came to.

    Args:
        page: that it stands on.
        told: as `Tried.to_dict` has it, after its way through JSON.
    """
    design = told["design"]
    control, primary = next(iter(design["shares"])), design["primary"]
    decided = verdicts([(each["arm"], each["verdict"], each["because"]) for each in told["decisions"]])
    return f"{decided}{_uplift(page, told, primary)}{_arms(page, told, control, primary)}{_learning(page, told)}"


def _uplift(page: Page, told: Mapping[str, Any], primary: str) -> Html:
    parts = []
    for each in _all(Looks, told["looks"]):
        if each.metric == primary:
            true = next((one for one in _true(told) if (one.arm, one.metric) == (each.arm, primary)), None)
            drawn = page.figure(looks(each, true.path if true else ()), f"effect of {each.arm} on {primary}")
            said = "" if true is None else f" Truly it is {true.expected:+.3g}."
            if true is not None and true.rollout is not None:
                said += f" After a full rollout it would be {true.rollout:+.3g}."
            title = f"<b>{text(each.arm)}: {text(primary)}, all that had come by then</b>"
            parts.append(f'<div class="card">{title}{drawn}<p class="soft">{text(said.strip())}</p></div>')
    return "".join(parts)


def _arms(page: Page, told: Mapping[str, Any], control: str, primary: str) -> Html:
    days, parts = _all(Daily, told["daily"]), []
    for metric in dict.fromkeys(("click_rate", primary)):
        some = [each for each in days if each.metric == metric]
        if some and any(value == value and value for each in some for value in each.value):
            drawn = page.figure(daily(some, control), f"{metric} of each arm on each day")
            parts.append(f'<div class="card"><b>{text(metric)} of each arm, on each day by itself</b>{drawn}</div>')
    return "".join(parts)


def _learning(page: Page, told: Mapping[str, Any]) -> Html:
    decisions, happened = _all(Decision, told["learning"]), _all(Happening, told["happenings"])
    parts = []
    for arm in sorted({each.arm for each in decisions if each.what != "first"}):
        some = [each for each in decisions if each.arm == arm]
        if any(each.candidate is not None for each in some):
            drawn = page.figure(champions(some, happened), f"hit rate of {some[0].policy}'s champion and candidates")
            promoted, count = (
                sum(each.what == "promoted" for each in some),
                sum(each.what != "first" for each in some),
            )
            said = f"{some[0].policy}: {promoted} of {count} candidates took the champion's place."
            parts.append(f"<b>Who served when</b>{drawn}{paragraphs([text(said)])}")
    if happened and decisions:
        drawn = page.figure(freshness(_all(Fresh, told["freshness"]), happened, decisions), "age of the newest event")
        parts.append(f"<b>How old the newest event was at the end of each day</b>{drawn}")
    return f'<div class="card">{"".join(parts)}</div>' if parts else ""


def _true(told: Mapping[str, Any]) -> list[Truth]:
    derived = ("lift", "interference")
    return _all(Truth, [{key: each[key] for key in each if key not in derived} for each in told["truth"]])


def _all(kind: type[Any], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Rows as what they were before they were written; a figure that JSON does not have is not a number again."""
    return [kind(**{key: _numbers(value) for key, value in row.items()}) for row in rows]


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [float("nan") if each is None else each for each in value]
    return value
