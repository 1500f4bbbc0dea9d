"""The reference is up to date, shows every key of the language, and its examples run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox import registry
from sandbox.scenario import examples
from sandbox.scenario.binding.targets import policies_of
from sandbox.scenario.reference import reference
from sandbox.strict import Strict

PAGE = Path(__file__).parents[2] / "sandbox" / "docs" / "reference.md"
EXAMPLES = [*(("columns", name) for name in examples.COLUMNS), *(("file", name) for name in examples.FILE)]


def sections() -> dict[str, str]:
    """The page by its titles; that it is up to date has a test of its own."""
    parts = re.split(r"^#+ (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


SECTIONS = {title: text for title, text in sections().items() if "| key |" in text}


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "python -m sandbox.scenario.reference > sandbox/docs/reference.md"
    )


def keys_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield str(key)
            yield from keys_in(below)
    elif isinstance(value, list):
        for below in value:
            yield from keys_in(below)


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_stands_in_an_example_beside_it(title):
    text = SECTIONS[title]
    shown = {
        key for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) for key in keys_in(examples.read(block))
    }
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \| (.*) \| (.*) \|$", text, re.MULTILINE)
    bare = re.search(r"A bare value is `(\w+)`", text)
    keys = {key for key, *_ in rows} - ({bare[1]} if bare and title in shown else set())
    assert rows
    assert keys <= shown, f"without an example: {sorted(keys - shown)}"
    assert all(meaning for *_, meaning in rows), "without a meaning"


def parts() -> Iterator[tuple[str, type[Strict]]]:
    for group in ("sandbox.columns", "sandbox.sources", "sandbox.blueprints"):
        yield from ((name, registry.load(group, name)) for name in registry.names(group) if name != "given")


@pytest.mark.parametrize(("name", "part"), list(parts()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_installed_part_has_its_section(name, part):
    keys = {field.alias or key for key, field in part.model_fields.items()}
    assert keys <= set(re.findall(r"^\| `([^`]+)` \|", SECTIONS[name], re.MULTILINE))


def test_links_lead_to_headings():
    text = reference()
    headings = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in sections()}
    assert set(re.findall(r"\(#([^)]+)\)", text)) <= headings


@pytest.mark.parametrize(("kind", "name"), EXAMPLES, ids=lambda value: value)
def test_every_example_runs(kind, name, tmp_path):
    (tmp_path / "schemas").mkdir()
    for file, text in examples.FILES.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    path = tmp_path / "example.yaml"
    example = examples.COLUMNS[name] if kind == "columns" else examples.FILE[name]
    path.write_text(examples.completed(example, columns=kind == "columns"), encoding="utf-8")
    scenario = sandbox.load(path)
    written = examples.read(example)
    shown = (
        ["example"]
        if kind == "columns"
        else [each for each in scenario.datasets if each in written.get("datasets", {})]
    )
    for dataset in shown:
        assert scenario.preview(dataset, rows=3).num_rows > 0
    assert scenario.check() is not None
    for target in written.get("targets", {}) if kind == "file" else ():
        bound = sandbox.load(path, target=target).plan
        assert bound.bindings or policies_of(bound.scenario.targets[target])
