"""Draft a scenario from schema files: text with comments, and the files that it needs beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.contract.imports import Described, Imported
from sandbox.init.model import features_of, model_of
from sandbox.init.targets import target_lines
from sandbox.init.yaml_text import comment, flow, scalar, wrapped
from sandbox.scenario.proposing.columns import RHYTHM, Around, Drafted, drafted, long_options, with_later
from sandbox.scenario.proposing.layout import Layout, laid_out
from sandbox.scenario.proposing.made import Guess, asking_of
from sandbox.scenario.proposing.moments import Knowing, knowing
from sandbox.scenario.proposing.words import bearable, snake

ENTITIES, EVENTS, MOST_ROWS = 1_000, 10_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """What a first scenario consists of: its text, and further files by their path beside it."""

    scenario: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """One dataset of the scenario; `kept` are the conditions of the schema that its rows keep."""

    name: str
    described: Described
    knowing: Knowing
    columns: tuple[Drafted, ...]
    kept: Mapping[str, str]
    rows: int
    least: int = 1
    """Rows that others need to be there, since each of theirs leads to another one."""
    most: int | None = None
    """Rows that there can be, where values must differ."""


def draft_scenario(imports: Sequence[Imported], name: str = "") -> Written:
    """A scenario of all datasets of some schema files.

    Args:
        imports: the files, as `read_schemas` gives them.
        name: what the scenario is called; else after the first dataset.
    Returns:
        A scenario that `check` and `run` take as it is; what the schemas do not say is assumed, with a question.
    """
    layout = laid_out([described for imported in imports for described in imported.datasets])
    files: dict[str, str] = {}
    drafts = [_draft(dataset, layout, files) for dataset in layout.datasets]
    _fit_rows(drafts, layout)
    title = name or bearable(snake(next(iter(layout.datasets))))
    lines = [*_head(title, imports), "datasets:"]
    for draft in drafts:
        lines += ["", *_dataset(draft, layout)]
    lines += target_lines(imports, layout)
    lines += _models(drafts, layout, files)
    return Written("\n".join(lines) + "\n", files)


def _draft(name: str, layout: Layout, files: dict[str, str]) -> Draft:
    described = layout.datasets[name]
    samples = long_options(described, layout, name)
    rows_file = f"samples/{name}.csv" if _are_flat(described) else ""
    samples_file = f"samples/{name}_options.csv" if samples else ""
    if rows_file:
        files[rows_file] = _csv(
            list(described.contract.names),
            [[row.get(each) for each in described.contract.names] for row in described.rows],
        )
    elif samples:
        most = max(map(len, samples.values()))
        # Shorter lists begin again, so that every line has a value.
        files[samples_file] = _csv(
            list(samples), [[each[line % len(each)] for each in samples.values()] for line in range(most)]
        )
    knows = knowing(name, described, layout)
    around = Around(name, described, layout, knows, rows_file, samples_file, samples)
    columns = [drafted(field, around) for field in described.fields]
    if knows.is_added and knows.column:
        times = asking_of({"times": RHYTHM}, f"{knows.column} of {name}")
        columns.insert(0, Drafted(knows.column, times, knows.why))
    columns, kept = with_later(columns, described.conditions)
    return Draft(name, described, knows, tuple(columns), kept, _rows(described, knows))


def _rows(described: Described, knows: Knowing) -> int:
    if described.rows:
        return len(described.rows)
    if described.least_rows is not None:
        return min(max(described.least_rows + 1, 1), MOST_ROWS)
    return ENTITIES if knows.is_entity else EVENTS


def _fit_rows(drafts: list[Draft], layout: Layout) -> None:
    """No more rows than values that must differ, or, where a key refers to another dataset, than that has rows."""
    rows = {draft.name: draft.rows for draft in drafts}
    least, most = dict.fromkeys(rows, 1), dict[str, int | None].fromkeys(rows)
    for _ in drafts:  # each round carries a limit one reference further
        for draft in drafts:
            limits = [column.capacity for column in draft.columns if column.capacity is not None]
            key = layout.keys[draft.name]
            for column, link in layout.links[draft.name].items():
                if key == (column,) or draft.described.contract.column(column).unique:
                    limits.append(rows[link.dataset])
            rows[draft.name] = max(1, min([rows[draft.name], *limits]))
            most[draft.name] = min(limits, default=None)
            for column, link in layout.links[draft.name].items():
                if key == (column,) or draft.described.contract.column(column).unique:
                    least[link.dataset] = max(least[link.dataset], rows[draft.name])
    for position, draft in enumerate(drafts):
        drafts[position] = replace(draft, rows=rows[draft.name], least=least[draft.name], most=most[draft.name])


def _head(title: str, imports: Sequence[Imported]) -> Iterator[str]:
    yield f"# Drafted from {comment(', '.join(_file_name(imported.file) for imported in imports))}."
    yield "# What is `assumed` stands in no schema; `sandbox assumptions` asks for it. Put the answers in its place."
    lost = [problem for imported in imports for problem in imported.lost]
    if lost:
        yield "# What the schemas say and a contract cannot hold:"
        for problem in lost[:40]:
            place = problem.place
            short = replace(problem, place=replace(place, file=_file_name(place.file)) if place else None)
            yield f"#   {comment(str(short))}"
        if len(lost) > 40:
            yield f"#   … and {len(lost) - 40} more; `sandbox init --from` lists all."
    yield "sandbox: 1"
    yield "engine: 1"
    yield f"name: {scalar(title)}"
    yield "seed: 42"
    yield "clock:"
    yield "  start: 2026-01-01"
    yield "  days: 60"
    yield from wrapped("zone", Guess("UTC", "In which time zone do days begin and end?"), 2)
    yield ""


def _file_name(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2]


def _dataset(draft: Draft, layout: Layout) -> list[str]:
    described, name = draft.described, draft.name
    contract = described.contract
    key = [layout.columns[name][column] for column in layout.keys[name]]
    lines = [f"  {scalar(name)}:"]
    for word, text in (("about", contract.about), ("owner", contract.owner), ("contact", contract.contact)):
        if text:
            lines.append(f"    {word}: {scalar(' '.join(text.split()))}")
    lines += _rows_written(draft)
    if described.rows:
        lines.append("    fixed: true")
    if draft.knowing.column is not None:
        lines += wrapped("time", Guess(draft.knowing.column, _moment_of(draft)), 4)
    else:
        lines += wrapped("static", Guess(True, f"Do rows of {name} never change?"), 4)
    if key:
        written = key[0] if len(key) == 1 else key
        if name in layout.declared_keys:
            lines.append(f"    key: {flow(written)}")
        else:
            lines += wrapped("key", Guess(written, f"Do no two rows of {name} share {' and '.join(key)}?"), 4)
    lines += _rules(draft, layout)
    lines.append("    columns:")
    for column in draft.columns:
        if column.comment:
            lines.append(f"      # {comment(column.comment)}")
        lines += wrapped(column.name, column.written, 6)
    return lines


def _moment_of(draft: Draft) -> str:
    return f"Is {draft.knowing.column} the moment that a row of {draft.name} is about?"


def _rows_written(draft: Draft) -> list[str]:
    """How many rows; where only a guess says so, a tenth and ten times as many are thinkable, so far as they can be."""
    if draft.described.rows:
        return [f"    rows: {draft.rows:_} # as many as the schema lists"]
    if draft.described.least_rows is not None:
        return [f"    rows: {draft.rows:_} # the schema expects more than {draft.described.least_rows:_}"]
    low = max(draft.rows // 10, draft.least, 1)
    high = draft.rows * 10 if draft.most is None else min(draft.rows * 10, draft.most)
    during = "" if draft.knowing.is_entity else " in 60 days"
    ends = (low if low < draft.rows else None, high if high > draft.rows else None)
    return wrapped("rows", Guess(draft.rows, f"How many rows of {draft.name} are there{during}?", *ends), 4)


def _rules(draft: Draft, layout: Layout) -> list[str]:
    """Groups that are unique, and conditions over several columns: those that the draft cannot keep, as comments."""
    lines = []
    names = layout.columns[draft.name]
    for group in draft.described.contract.unique:
        written = flow([names[column] for column in group])
        lines.append(f"    # unique: [{written}] # the schema says so; rows that repeat it would be rejected")
    if draft.kept:
        lines += wrapped("expect", dict(draft.kept), 4)
    for rule, sql in draft.described.conditions.items():
        if rule not in draft.kept:
            lines.append(
                f"    # expect: {flow({bearable(rule): sql})} # the schema says so; rows must be made to keep it"
            )
    return lines


def _models(drafts: Sequence[Draft], layout: Layout, files: dict[str, str]) -> list[str]:
    """A first model, where some dataset of events tells whose they are."""
    found = model_of({draft.name: draft.knowing.column for draft in drafts}, layout)
    if found is None:
        return []
    files[found.features_file] = features_of(found)
    return ["", "models:", *found.lines(), ""]


def _are_flat(described: Described) -> bool:
    return bool(described.rows) and not any(field.type.is_nested for field in described.fields)


def _csv(header: list[str], rows: list[list[Any]]) -> str:
    """CSV in which null is an empty field and empty text is quoted; Python's own writer knows no such difference."""
    return "".join(",".join(map(_field, line)) + "\n" for line in [header, *rows])


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else '"' + str(value).replace('"', '""') + '"'
