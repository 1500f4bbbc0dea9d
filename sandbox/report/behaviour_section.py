"""The report's part on behaviour: how customers go through a visit, when they come, who stays and who leaves."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.behaviour.figures import Behaviour
from sandbox.behaviour.landed import landed
from sandbox.behaviour.roles import Roles
from sandbox.contract.model import Contract
from sandbox.report.behaviour_charts import Figure, customers, funnel, moves, retention, week
from sandbox.report.journey_graph import journey_graph
from sandbox.report.page import Html, Page, facts, text
from sandbox.runs.folder import RunFolder
from sandbox.runs.record import RunRecord

_BY = {1: "by day", 7: "by week", 28: "by four weeks"}


def behaviour_section(page: Page, record: RunRecord, run: RunFolder) -> Html:
    """Every stream of a run, out of what landed; empty where none did."""
    contracts = {item.name: Contract.from_dict(item.contract) for item in record.datasets}
    drawn = []
    for item in record.datasets:
        if not item.roles:
            continue
        roles = Roles.from_dict(item.roles)
        found = landed(
            item.name,
            contracts[item.name],
            sorted((run.landing / item.name).rglob("*.parquet")),
            roles,
            contracts.get(roles.of),
            sorted((run.landing / roles.of).rglob("*.parquet")),
            record.clock["zone"],
        )
        if found is not None:
            drawn.append(
                f'<h3 id="behaviour-{text(item.name)}">{text(item.name)}</h3>{behaviour_pictures(page, found)}'
            )
    return "".join(drawn)


def behaviour_page(name: str, shown: Sequence[Behaviour]) -> Html:
    """A page of its own, of behaviours that were drawn from a scenario."""
    page = Page(f"{name} · behaviour")
    for found in shown:
        page.section(
            f"behaviour-{found.dataset}", found.dataset.replace("_", " ").capitalize(), behaviour_pictures(page, found)
        )
    title = text(name.replace("_", " "))
    about = "What its customers do, drawn from the scenario before anything is made."
    return page.html(f'<h1>{title}</h1><p class="about">{about}</p>')


def behaviour_pictures(page: Page, found: Behaviour) -> Html:
    """One stream: facts, the journey's graph, funnel and week, customers over time and by cohort."""
    told = {
        "drawn from": found.told,
        "visits": f"{found.visits:,}",
        "events": f"{found.events:,}",
        "a visit": f"{found.events_a_visit:.1f} events",
        "customers": f"{found.customers:,}",
        "from": found.first,
        "to": found.last,
    }
    graph = journey_graph(found)
    words = (
        "A ribbon is as wide as the way is frequent; its share is of the stays where it sets out. "
        "The bar at a foot is the share for which that stay is the last."
    )
    cards = [_card("wide", "The journey", f'<p class="soft">{words}</p>{graph}')] if graph else []
    by, by_cohort = _BY.get(found.days_a_span, ""), _BY.get(found.days_a_cohort, "")
    name = found.dataset
    figures: list[tuple[str, str, Figure | None, str]] = [
        ("", "How far visits get", funnel(found), f"share of the visits of {name} that get to each stop"),
        ("", f"When visits begin ({found.zone})", week(found), f"visits of {name} by hour of the week"),
        ("", f"Customers, {by}", customers(found), f"customers of {name} that are there and active over time"),
        ("", f"Who comes and who leaves, {by}", moves(found), f"customers of {name} that come and leave over time"),
        ("wide", f"Who stays, {by_cohort}", retention(found), f"share of each cohort of {name} that is active"),
    ]
    cards += [_card(wide, title, page.figure(figure, label)) for wide, title, figure, label in figures if figure]
    return f'{facts(told)}<div class="figures">{"".join(cards)}</div>'


def _card(wide: str, title: str, drawn: Html) -> Html:
    return f'<div class="card {wide}"><b>{text(title.rstrip(", "))}</b>{drawn}</div>'
