"""The report of a run: the decision first, then the models, then the data, then how to have it again."""

from __future__ import annotations

from sandbox.report.data_section import data_section, warnings_list
from sandbox.report.dictionary import data_dictionary
from sandbox.report.model_card import model_card
from sandbox.report.model_section import model_section
from sandbox.report.page import Html, Page, table, text
from sandbox.runs.folder import RunFolder, write_private
from sandbox.runs.record import RunRecord

_VERDICTS = {
    "holds": ("Done", "every gate holds"),
    "fails": ("Not done", "a gate fails"),
    "undetermined": ("Not settled", "no gate fails, but an interval straddles its bar"),
    "none": ("Nothing was asked", "the scenario has no `done:` lines"),
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
    for model in record.models:
        page.section(
            f"model-{model.name}", model.name.replace("_", " ").capitalize(), model_section(page, model, record, run)
        )
    page.section("data", "Data", data_section(page, record, run, show_pii))
    page.section("again", "To have it again", _again(record))
    return page.html(_header(record))


def _header(record: RunRecord) -> Html:
    real = [item.name for item in record.datasets if item.source != "simulated"]
    data = f"real: {', '.join(real)}" if real else "simulated"
    facts = {
        "run": f"{record.number}",
        "data": data,
        "rows": f"{sum(item.accepted for item in record.datasets):,}",
        "set aside": f"{sum(item.rejected for item in record.datasets):,}",
        "seed": f"{record.seed}",
        "took": f"{record.seconds:.0f} s",
    }
    listed = "".join(f"<li>{text(name)} <b>{text(value)}</b></li>" for name, value in facts.items())
    verdict = _verdict(record)
    title, about = _VERDICTS[verdict]
    return (
        f"<h1>{text(record.scenario.replace('_', ' '))}</h1><p class='about'>{text(record.about)}</p><ul class='facts'>{listed}</ul>"
        f'<div class="verdict {verdict}"><strong>{title}</strong><span>{text(about)}. {text(_headline(record))}</span></div>'
    )


def _verdict(record: RunRecord) -> str:
    verdicts = {gate.verdict for gate in record.gates}
    for verdict in ("fails", "undetermined", "holds"):
        if verdict in verdicts:
            return verdict
    return "none"


def _headline(record: RunRecord) -> str:
    told = []
    for model in record.models:
        if model.card:
            judge = model.card["judge"]
            value = model.card["metrics"][judge]["value"]
            if value is not None:
                told.append(f"{model.name} reaches {value:.2f} {judge.replace('_', ' ')}")
    return "; ".join(told) + ("." if told else "")


def _gates(record: RunRecord) -> Html:
    rows = []
    for gate in record.gates:
        seen = "–" if gate.value is None else f"{gate.value:.3f}"
        interval = "–" if gate.low is None else f"{gate.low:.3f} – {gate.high:.3f}"
        trivial = "–" if gate.trivial_value is None else f"{gate.trivial_value:.3f}"
        rows.append(
            [
                f"<code>{text(gate.text)}</code>",
                f'<span class="tag {gate.verdict}">{gate.verdict}</span>',
                seen,
                interval,
                trivial,
            ]
        )
    body = table(["gate", "verdict", "reached", "95 % interval", "a constant answer"], rows, numbers=(2, 3, 4))
    words = "A gate holds when its whole interval passes, fails when none of it does, and is undetermined in between."
    return f'<div class="card">{body}</div><p class="about">{words}</p>{warnings_list(record.warnings)}'


def _again(record: RunRecord) -> Html:
    target = f" --target {record.target}" if record.target else ""
    scale = f" --scale {record.scale:g}" if record.scale != 1 else ""
    settings = "".join(f" --set {setting}" for setting in record.settings)
    command = f"sandbox run {record.file}{target} --seed {record.seed}{scale}{settings}"
    versions = table(["library", "version"], [[text(name), text(version)] for name, version in record.versions.items()])
    remark = (
        ""
        if record.repeatable
        else "<p>Tuning ran in a box of time; repeat it with <code>--trials</code> and the number above.</p>"
    )
    return (
        f"<p>The same scenario, seed and versions give the same values, whatever the number of workers.</p>"
        f"<pre>{text(command)}</pre>{remark}<details><summary>Versions</summary><div class='card'>{versions}</div></details>"
        f"<footer>Scenario {text(record.digest[:16])} · engine {record.engine} · begun {text(record.started)}</footer>"
    )
