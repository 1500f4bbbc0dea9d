"""The page of a plan ahead: how long it will take by share of the traffic, and what each choice is worth."""

from __future__ import annotations

from pathlib import Path

from sandbox.experiment.planning import Ahead
from sandbox.experiment.release import Prices
from sandbox.report.page import Html, Page, facts, paragraphs, table, text
from sandbox.report.planning_charts import named, powers, regrets
from sandbox.scenario.language import Scenario
from sandbox.whole import write_whole

_LEAST_DAYS = 28


def write_planning_page(path: Path, scenario: Scenario, ahead: Ahead) -> None:
    """Write the page. Raises OutsideError: the disk does not take it."""
    write_whole(path, planning_html(scenario, ahead))


def planning_html(scenario: Scenario, ahead: Ahead) -> Html:
    """The whole page as HTML."""
    page = Page(f"{scenario.name} · plan ahead")
    page.section("days", "How long it takes", _days(page, ahead))
    if ahead.options:
        page.section("money", "What it is worth", _money(page, ahead))
    return page.html(_header(scenario, ahead))


def _header(scenario: Scenario, ahead: Ahead) -> Html:
    design = ahead.design
    about = (scenario.experiment.about if scenario.experiment else "") or scenario.about
    told = {
        "units a day": f"{ahead.units_a_day:,}", design.primary: f"{ahead.baseline.mean:.4g}",
        "effect sought": f"{design.effect or 0:+.1%}", "power": f"{design.power:.0%}", "stopping": design.stopping,
        "plan": design.digest[:12],
    }  # fmt: skip
    verdict, said = _verdict(ahead)
    return (
        f'<h1>{text(scenario.name.replace("_", " "))}</h1><p class="about">{text(about)}</p>{facts(told)}'
        f'<div class="verdict {verdict}"><strong>The plan ahead</strong><span>{text(said)}</span></div>'
    )


def _verdict(ahead: Ahead) -> tuple[str, str]:
    """Whether the planned horizon suffices for the planned shares."""
    design = ahead.design
    arms = [
        each for each in ahead.outlooks if each.share in set(design.shares.values()) - {design.shares[design.control]}
    ]
    late = [each for each in arms if each.days is None or each.days > design.horizon]
    if not late:
        return "holds", f"{design.horizon} days suffice to show {design.effect or 0:+.1%} of {design.primary}."
    worst = late[0]
    needs = "over a year" if worst.days is None else f"{worst.days:,} days"
    return "fails", f"{worst.share:.0%} of the traffic needs {needs}, and {design.horizon} are planned."


def _days(page: Page, ahead: Ahead) -> Html:
    design = ahead.design
    known = [each.days for each in ahead.outlooks if each.days is not None]
    until = min(len(ahead.curves[0].power), max([_LEAST_DAYS, design.horizon, *(round(1.15 * days) for days in known)]))
    drawn = page.figure(powers(ahead.curves, design.power, design.horizon, until), "power by day and share")
    rows = [
        [f"{each.share:.0%}", "over a year" if each.days is None else f"{each.days:,}",
         "–" if each.smallest_lift != each.smallest_lift else f"{each.smallest_lift:.1%}"]
        for each in ahead.outlooks
    ]  # fmt: skip
    header = ["share of the traffic", f"days until {design.effect or 0:+.1%} is seen", "smallest lift by the horizon"]
    words = (
        f"An arm has the share, the control the rest. Seen: with a power of {design.power:.0%}, at {design.alpha:.0%} "
        "of false alarms."
    )
    return f'<div class="card">{drawn}{table(header, rows, numbers=(0, 1, 2))}</div><p class="soft">{words}</p>'


def _money(page: Page, ahead: Ahead) -> Html:
    cards = []
    for share, some in ahead.options.items():
        drawn = page.figure(regrets(some), f"regret of each choice with {share:.0%} of the traffic")
        rows = [[f"<b>{named(each)}</b>", f"{each.worth:,.0f}", f"{each.regret:,.0f}"] for each in some]
        shown = table(["choice", "worth", "regret"], rows, numbers=(1, 2))
        cards.append(f'<div class="card"><b>With {share:.0%} of the traffic</b>{drawn}{shown}</div>')
    words = (
        "Before anything is seen an arm may do good or harm, by as much as is likely. Waiting earns on the share "
        "that has the arm, and then the better of releasing and stopping by what will be known."
    )
    told = paragraphs(price_sentences(ahead.prices)) if ahead.prices is not None else ""
    return f'<p class="soft">{words}</p>{told}<div class="figures">{"".join(cards)}</div>'


def price_sentences(found: Prices) -> list[str]:
    """What it costs to be slow, and to be wrong."""
    return [
        f"Each day of waiting costs {found.day_of_waiting:,.0f} on average: what an arm that does good would earn.",
        f"A release does not pay with a chance of {found.chance_of_harm:.0%}; one that does not loses "
        f"{found.wrong_release:,.0f} on average.",
        f"To stop an arm that would have paid loses {found.wrong_stop:,.0f} on average.",
    ]
