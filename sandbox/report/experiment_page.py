"""The page of an experiment: the decision and why, then what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.experiment.experiment import PolicyValue, Tried
from sandbox.experiment.findings import Analysis, Comparison
from sandbox.experiment.truth import Truth
from sandbox.models.base import Estimate
from sandbox.report.experiment_charts import Row, daily, intervals, looks, policies
from sandbox.report.page import Html, Page, facts, paragraphs, table, text
from sandbox.report.planning_charts import regrets
from sandbox.report.planning_page import price_sentences
from sandbox.report.rehearsed_section import learning, truth
from sandbox.report.verdicts import verdicts
from sandbox.scenario.language import Scenario
from sandbox.whole import write_whole

_GATE_TAGS = {"holds": "holds", "fails": "fails", "undetermined": "undetermined"}


def write_experiment_page(path: Path, scenario: Scenario, tried: Tried) -> None:
    """Write the page. Raises OutsideError: the disk does not take it."""
    write_whole(path, experiment_html(scenario, tried))


def experiment_html(scenario: Scenario, tried: Tried) -> Html:
    """The whole page as HTML."""
    found = tried.analysis
    page = Page(f"{scenario.name} · experiment")
    page.section("uplift", "The uplift so far", uplift(page, found, tried.truth))
    if tried.truth:
        page.section("truth", "What was true", truth(page, tried))
    page.section("effects", "What the arms did", _effects(page, found))
    page.section("days", "Arms over time", _days(page, found))
    if tried.learning:
        page.section("learning", "Who served when", learning(page, tried))
    page.section("trust", "Whether to believe it", _trust(page, tried))
    if tried.policies:
        page.section("policies", "Other policies by the logs", _policies(page, tried))
    if tried.options or tried.outlooks:
        page.section("ahead", "What now", _ahead(page, tried))
    page.section("plan", "The plan", _plan(found))
    return page.html(_header(scenario, tried))


def _header(scenario: Scenario, tried: Tried) -> Html:
    found = tried.analysis
    about = (scenario.experiment.about if scenario.experiment else "") or scenario.about
    told = {"days": f"{found.days} of {found.design.horizon}"}
    told |= {f"units of {name}": f"{number:,}" for name, number in found.units.items()}
    told["plan"] = found.design.digest[:12]
    decided = verdicts([(each.arm, each.verdict, each.because) for each in found.decisions])
    gates = [
        [f"<code>{text(gate.text)}</code>", f'<span class="tag {_GATE_TAGS[gate.verdict]}">{gate.verdict}</span>',
         _number(gate.value, ".4g")]
        for gate in tried.gates
    ]  # fmt: skip
    done = f'<div class="card">{table(["done when", "", "is"], gates, numbers=(2,))}</div>' if gates else ""
    name = text(scenario.name.replace("_", " "))
    return f'<h1>{name}</h1><p class="about">{text(about)}</p>{facts(told)}{decided}{done}'


def _effects(page: Page, found: Analysis) -> Html:
    several = len(found.decisions) > 1
    comparisons = sorted(found.comparisons, key=lambda each: each.metric != found.design.primary)
    rows: list[Row] = [
        (f"{each.arm}: {each.metric}" if several else each.metric, each.lift, _colour(each, found))
        for each in comparisons
    ]
    figure = intervals(rows, f"lift over {found.design.control}", "+.0%")
    drawn = page.figure(figure, "lift of each metric with its interval")
    cells = [
        [
            f"{text(each.arm)}: <b>{text(each.metric)}</b>" if several else f"<b>{text(each.metric)}</b>",
            _number(each.control.value, ".4g"),
            _number(each.treatment.value, ".4g"),
            _estimate(each.lift, "+.1%"),
            _estimate(each.difference, "+.3g"),
            _ends(each.sequential, "+.3g"),
            "&lt;0.001" if each.p_adjusted < 0.001 else _number(each.p_adjusted, ".2g"),
            text(each.undefined) if each.saved is None else f"{each.saved:.0%}",
        ]
        for each in comparisons
    ]
    header = ["metric", found.design.control, "the arm", "lift", "difference", "every day at once", "p"]
    last = "CUPED" if any(each.saved is not None for each in found.comparisons) else ""
    shown = table([*header, last], cells, numbers=tuple(range(1, 8)))
    words = (
        f"{found.design.primary} decides. Intervals of {1 - found.design.alpha:.0%}. p-values are adjusted "
        f"({text(found.design.correction)}): arms share one alpha for the primary metric, and all other metrics one of "
        "their own. CUPED: the variance that it saves."
    )
    return f'<div class="card">{drawn}{shown}</div><p class="soft">{words}</p>'


def uplift(page: Page, found: Analysis, true: Sequence[Truth] = ()) -> Html:
    """The difference in the primary metric day by day, of all that had come by then, and what was true."""
    primary, parts = found.design.primary, []
    for each in found.looks:
        if each.metric == primary:
            path = next((one.path for one in true if (one.arm, one.metric) == (each.arm, primary)), ())
            drawn = page.figure(looks(each, path), f"effect of {each.arm} on {primary}, day by day")
            parts.append(
                f'<div class="card"><b>{text(each.arm)}: {text(primary)}, all that had come by then</b>{drawn}</div>'
            )
    return "".join(parts)


def _days(page: Page, found: Analysis) -> Html:
    parts = []
    for metric in dict.fromkeys(each.metric for each in found.daily):
        some = [each for each in found.daily if each.metric == metric]
        drawn = page.figure(daily(some, found.design.control), f"{metric} of each arm on each day")
        parts.append(f'<div class="card"><b>{text(metric)}, on each day by itself</b>{drawn}</div>')
    return "".join(parts)


def _trust(page: Page, tried: Tried) -> Html:
    found, again = tried.analysis, tried.redealt
    ratio = found.ratio
    verdict = "as they should" if ratio.matches else "not as they should: find out why before anything is believed"
    expected = ", ".join(
        f"{name} {number:,} (expected {ratio.expected.get(name, 0):,.0f})" for name, number in ratio.counts.items()
    )
    told = [f"Arms have their units {verdict} (p = {ratio.p_value:.2g}): {expected}."]
    if again is not None:
        honest = "as it should" if again.is_honest else "so its intervals are too short on this data"
        told.append(
            f"A/A: of {again.deals} times that the control's own units were dealt to two arms, {again.share:.1%} were "
            f"told to differ in {again.metric} ({again.alpha:.0%} may be), {honest}."
        )
    told += [f"Left out: {number:,} {name}." for name, number in found.left_out.items()]
    told += [f"Deviates from the plan: {each}" for each in found.deviations] or ["Nothing deviates from the plan."]
    for rail in found.guardrails:
        since = "" if rail.broken_on is None else f", seen on day {rail.broken_on + 1}"
        told.append(f"Guardrail {rail.metric} of {rail.arm}: {rail.standing}{since} (may lose {rail.loss:.0%}).")
    for each in found.growth:
        if each.growth.value == each.growth.value:
            told.append(
                f"From a unit's first {each.days} days to as many after them, the effect of {each.arm} changed by "
                f"{_estimate(each.growth, '+.0%')}: "
                + ("it fades." if each.growth.high < 0 else "it grows." if each.growth.low > 0 else "it may be steady.")
            )
    parts = [paragraphs(told)]
    if found.segments:
        rows: list[Row] = [
            (
                f"{each.arm}: {each.by} = {each.value}",
                each.lift,
                "accent" if each.p_adjusted < found.design.alpha else "quiet",
            )
            for each in found.segments
        ]
        drawn = page.figure(intervals(rows, f"lift of {found.design.primary}", "+.0%"), "lift by segment")
        words = "Coloured where it is clear after all segments share one alpha."
        parts.append(f'<h3>For whom</h3><div class="card">{drawn}</div><p class="soft">{words}</p>')
    return "".join(parts)


def _policies(page: Page, tried: Tried) -> Html:
    words = (
        "What a policy would have earned a row, from rows that another one showed: each is weighed by how much "
        "likelier the policy shows it. A policy is known by what it showed in its own log."
    )
    return f'<p class="soft">{words}</p>' + "".join(_policy(page, each) for each in tried.policies)


def _policy(page: Page, found: PolicyValue) -> Html:
    by = found.by_log
    drawn = page.figure(policies(found), f"value of {found.policy} by the log of {found.log}")
    said = (
        f"{by.rows:,} rows are worth {by.effective:,.0f} of its own; the heaviest has {by.largest:.1%} of all weight."
    )
    warned = paragraphs(by.warnings) if by.warnings else ""
    tag = '<span class="tag undetermined">not to be believed</span>' if by.warnings else ""
    title = f"<b>{text(found.policy)}, by the log of {text(found.log)}</b> {tag}"
    return f'<div class="card">{title}{drawn}<p class="soft">{text(said)}</p>{warned}</div>'


def _ahead(page: Page, tried: Tried) -> Html:
    parts = []
    for arm, found in tried.options.items():
        drawn = page.figure(regrets(found), f"regret of each choice about {arm}")
        told = paragraphs(price_sentences(tried.prices[arm])) if arm in tried.prices else ""
        parts.append(f'<div class="card"><b>{text(arm)}: what is regretted</b>{drawn}{told}</div>')
    if tried.options:
        rows = [
            [text(arm), f"<b>{text(each.choice)}</b>{f' {each.days} days' if each.days else ''}", f"{each.worth:,.0f}",
             f"{each.regret:,.0f}"]
            for arm, some in tried.options.items()
            for each in some
        ]  # fmt: skip
        words = "Expected money, and what is lost on average beside somebody who knows the effect; the least first."
        shown = table(["arm", "choice", "worth", "regret"], rows, numbers=(2, 3))
        parts.append(f'<div class="card"><b>Release, wait or stop</b>{shown}</div><p class="soft">{words}</p>')
    if tried.outlooks:
        sought = tried.analysis.design.effect or 0.0
        rows = [
            [
                f"{each.share:.0%}",
                "over two years" if each.days is None else f"{each.days:,}",
                f"{each.smallest_lift:.1%}",
            ]
            for each in tried.outlooks
        ]
        header = ["share of the traffic", f"days until {sought:+.1%} is seen", "smallest lift by the horizon"]
        power = f"With a power of {tried.analysis.design.power:.0%}, by this control and as many new units a day."
        shown = table(header, rows, numbers=(0, 1, 2))
        parts.append(f'<div class="card"><b>The next one</b>{shown}</div><p class="soft">{power}</p>')
    return "".join(parts)


def _plan(found: Analysis) -> Html:
    design = found.design
    rows = [
        ["unit", text(design.unit)],
        ["trigger", text(design.trigger or "every row of the log")],
        ["shares", text(", ".join(f"{name} {share:.1%}" for name, share in design.shares.items()))],
        ["primary metric", text(f"{design.primary}: {design.definitions.get(design.primary, '')}")],
        *[[text(name), text(words)] for name, words in design.definitions.items() if name != design.primary],
        [
            "guardrails",
            text(", ".join(f"{name} may lose {loss:.0%}" for name, loss in design.guardrails.items()) or "none"),
        ],
        ["effect sought", "not stated" if design.effect is None else f"{design.effect:+.1%}"],
        ["horizon", f"{design.horizon} days"],
        ["stopping", text(design.stopping)],
        ["alpha, power", f"{design.alpha:g}, {design.power:g}"],
        ["sealed as", f"<code>{design.digest}</code>"],
    ]
    return f'<div class="card">{table(["", ""], rows)}</div>'


def _colour(each: Comparison, found: Analysis) -> str:
    if not each.p_adjusted < found.design.alpha:
        return "quiet"
    good = (each.lift.value > 0) == (found.design.metric(each.metric).better == "more")
    return "good" if good else "bad"


def _estimate(found: Estimate, form: str) -> Html:
    if found.value != found.value:
        return "–"
    if found.low != found.low:
        return f"{found.value:{form}}"
    return f"{found.value:{form}} ({found.low:{form}} to {found.high:{form}})"


def _ends(found: Estimate, form: str) -> Html:
    return "–" if found.low != found.low else f"{found.low:{form}} to {found.high:{form}}"


def _number(value: float, form: str) -> Html:
    return f"{value:{form}}" if value == value else "–"
