"""The report of a run: the decision first, then the models, behaviour and data, then how to have it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from sandbox.models.words import METRIC_TITLES, reached
from sandbox.report.behaviour_section import behaviour_section
from sandbox.report.campaign_section import campaign_section
from sandbox.report.changes_section import changes_section
from sandbox.report.data_section import data_section
from sandbox.report.delivery_section import delivery_section
from sandbox.report.dictionary import data_dictionary
from sandbox.report.experiment_section import experiment_section
from sandbox.report.model_card import model_card
from sandbox.report.model_section import model_section
from sandbox.report.page import Html, Page, facts, paragraphs, table, text
from sandbox.report.questions import assumptions_section
from sandbox.report.release_section import release
from sandbox.runs.folder import RunFolder, write_private
from sandbox.runs.record import DatasetRecord, RunRecord

_VERDICTS = {
    "holds": ("Done", "Every gate holds."),
    "fails": ("Not done", "A gate fails."),
    "undetermined": ("Not settled", "No gate fails, but one cannot be told."),
    "none": ("Made", "The scenario has no `done:` lines to hold it against."),
}


def write_report(run: RunFolder, record: RunRecord, show_pii: bool = False) -> None:
    """Write the page, the data dictionary and a card for each model into the run's folder."""
    write_private(run.report, report_html(record, run, show_pii))
    write_private(run.path / "dictionary.md", data_dictionary(record))
    for model in record.models:
        write_private(run.path / f"model-card-{model.name}.md", model_card(model, record))


def report_html(record: RunRecord, run: RunFolder, show_pii: bool = False) -> Html:
    """The whole page as HTML."""
    page = Page(f"{record.scenario} · run {record.number}")
    if record.gates:
        page.section("gates", "Definition of done", _gates(record))
    if record.experiment:
        page.section("experiment", "The experiment", experiment_section(page, record.experiment))
    for model in record.models:
        page.section(
            f"model-{model.name}", model.name.replace("_", " ").capitalize(), model_section(page, model, record, run)
        )
    for found in record.campaigns:
        title = f"Campaign: {found['name'].replace('_', ' ')}"
        page.section(f"campaign-{found['name']}", title, campaign_section(page, found, record))
    if record.assumptions:
        page.section("assumed", "Assumed so far", assumptions_section(record))
    if behaviour := behaviour_section(page, record, run):
        page.section("behaviour", "Behaviour", behaviour)
    if record.changes:
        page.section("changes", "What changed", changes_section(record))
    if record.delivery:
        page.section("delivery", "Delivery", delivery_section(page, record))
    page.section("data", "Data", data_section(record, run, show_pii))
    page.section("again", "To have it again", _again(record))
    return page.html(_header(record, run))


def _header(record: RunRecord, run: RunFolder) -> Html:
    told = {
        "run": f"{record.number}",
        "data": _whence(record),
        "rows": f"{sum(item.accepted for item in record.datasets):,}",
        "set aside": f"{sum(item.rejected for item in record.datasets):,}",
        "seed": f"{record.seed}",
        "took": f"{record.seconds:.0f} s",
    }
    told |= {kind: f"{number}" for kind, number in record.known.items() if record.assumptions}
    verdict = _verdict(record)
    title, about = _VERDICTS[verdict]
    return (
        f'<h1>{text(record.scenario.replace("_", " "))}</h1><p class="about">{text(record.about)}</p>{facts(told)}'
        f'<div class="verdict {verdict}"><strong>{title}</strong>'
        f"<span>{text(about)} {text(_headline(record))}</span></div>{release(record, run)}"
    )


def _whence(record: RunRecord) -> str:
    """Which part of the data is real, and which simulated part refers to it."""
    real = [item.name for item in record.datasets if item.source != "simulated"]
    rest = [item for item in record.datasets if item.source == "simulated"]
    if not real or not rest:
        return f"all real: {', '.join(real)}" if real else "simulated"
    told = [
        f"{item.name} (refers to real {', '.join(into)})" if (into := _into(item, real)) else item.name for item in rest
    ]
    return f"real: {', '.join(real)}; simulated: {', '.join(told)}"


def _into(item: DatasetRecord, real: Sequence[str]) -> list[str]:
    """The real datasets that a simulated one refers to."""
    keys = item.contract.get("foreign_keys", ())
    return list(dict.fromkeys(key["dataset"] for key in keys if key["dataset"] in real))


def _verdict(record: RunRecord) -> str:
    verdicts = {gate.verdict for gate in record.gates}
    for verdict in ("fails", "undetermined", "holds"):
        if verdict in verdicts:
            return verdict
    return "none"


def _headline(record: RunRecord) -> str:
    """What each model reaches, in one sentence."""
    told = []
    for model in record.models:
        judge = model.card.get("judge")
        value = model.card["metrics"][judge]["value"] if judge else None
        if judge and value is not None:
            told.append(f"{model.name} reaches {METRIC_TITLES[judge]} {value:.2f}")
    return "; ".join(told) + ("." if told else "")


def _gates(record: RunRecord) -> Html:
    rows = []
    for gate in record.gates:
        interval = "–" if gate.low is None else f"{reached(gate.low)} to {reached(gate.high)}"
        tag = f'<span class="tag {gate.verdict}">{gate.verdict}</span>'
        rows.append(
            [
                f'<code class="whole">{text(gate.text)}</code>',
                tag,
                reached(gate.value),
                interval,
                reached(gate.trivial_value),
            ]
        )
    body = table(["gate", "verdict", "reached", "95 % interval", "a constant answer"], rows, numbers=(2, 3, 4))
    words = "A gate holds when its whole interval passes, fails when none of it does, and is undetermined in between."
    silent = [gate.remark for gate in record.gates if gate.value is None and gate.remark]
    return f'<div class="card">{body}</div><p class="soft">{words}</p>{_mind([*record.warnings, *silent])}'


def _mind(sentences: Sequence[str]) -> Html:
    """Warnings as a card; empty for none."""
    return f'<div class="card warning"><p><b>Mind</b></p>{paragraphs(sentences)}</div>' if sentences else ""


def _again(record: RunRecord) -> Html:
    versions = table(["library", "version"], [[text(name), text(number)] for name, number in record.versions.items()])
    timed = "" if record.repeatable else "<p>A box of time decided how much tuning tried; the command repeats that.</p>"
    return (
        "<p>The same scenario, seed and versions give the same values, whatever the number of workers.</p>"
        f"<pre>{text(_command(record))}</pre>{timed}"
        f'<details><summary>Versions</summary><div class="card">{versions}</div></details>'
        f"<footer>Scenario {text(record.digest[:16])} · engine {record.engine} · "
        f"begun {text(record.started[:19])}</footer>"
    )


def _command(record: RunRecord) -> str:
    """The command line that makes the same again."""
    options = [f"--target {record.target}"] if record.target else []
    options.append(f"--seed {record.seed}")
    if record.scale != 1:
        options.append(f"--scale {record.scale:g}")
    options += [f"--set {shlex.quote(setting)}" for setting in record.settings if not setting.startswith("seed=")]
    options += [f"--trials {trials}"] if (trials := _trials(record)) else []
    return " ".join(["sandbox run", shlex.quote(record.file), *options])


def _trials(record: RunRecord) -> int | None:
    """What `--trials` must say: what it said, or what a box of time held."""
    if record.trials or record.repeatable:
        return record.trials
    held: list[int] = [
        model.card["box"]["trials"] for model in record.models if model.card and not model.card["box"]["repeatable"]
    ]
    return max(held)
