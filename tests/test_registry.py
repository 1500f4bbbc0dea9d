from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from sandbox import registry
from sandbox.errors import InputError
from sandbox.registry import Part
from sandbox.scenario.loader import load

HEAVY = ["sklearn", "scipy", "faker", "sqlglot", "plotly", "simpy", "skops"]

TOY = """
sandbox: 1
name: toy
clock: {start: 2026-01-01}
datasets:
  t: {rows: 3, static: true, columns: {a: {toy: {sides: 6}}, b: {toys: 1}}}
"""


@pytest.mark.parametrize("group", registry.GROUPS)
def test_every_part_loads_and_is_one(group):
    names = registry.names(group)
    assert names == sorted(names)
    for name in names:
        part = registry.load(group, name)
        assert issubclass(part, Part)
        assert part.model_config["extra"] == "forbid"
        assert part.__doc__, name


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(InputError, match=r"unknown sink 'parqet'. Did you mean 'parquet'\? Known: arrow, avro, csv"):
        registry.load("sandbox.sinks", "parqet")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, EntryPoint]:
    """Parts of a plugin, by name, beside the built-in column generators."""
    plugin: dict[str, EntryPoint] = {}
    built_in = registry._entries("sandbox.columns")
    entries = {group: registry._entries(group) for group in registry.GROUPS}
    monkeypatch.setattr(
        registry, "_entries", lambda group: {**built_in, **plugin} if group == "sandbox.columns" else entries[group]
    )
    return plugin


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, "sandbox.columns")


def test_a_plugin_is_judged_like_a_built_in_part(installed, tmp_path):
    installed["toy"] = entry("toy", "sandbox.world.columns.counts:Zipf")
    path = tmp_path / "toy.yaml"
    path.write_text(TOY)
    with pytest.raises(InputError) as caught:
        load(path)
    assert [(problem.path, problem.message) for problem in caught.value.problems] == [
        ("datasets.t.columns.a.toy.ranks", "is missing."),
        ("datasets.t.columns.a.toy.sides", "unknown key 'sides'. Known: ranks, s."),
        ("datasets.t.columns.b.toys", "unknown column generator or key 'toys'. Did you mean 'toy'?"),
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("no.such.module:Thing", r"'broken' \(no.such.module:Thing\) cannot be imported: No module named 'no'"),
        ("sandbox.errors:Nothing", r"'broken' \(sandbox.errors:Nothing\) cannot be imported: .*Nothing"),
        ("sandbox.errors:Place", "is not a subclass of sandbox.registry.Part"),
    ],
)
def test_a_broken_plugin_is_an_error_of_its_own(installed, value, message):
    installed["broken"] = entry("broken", value)
    with pytest.raises(InputError, match=message):
        registry.load("sandbox.columns", "broken")


def test_a_broken_plugin_breaks_only_who_uses_it(installed, tmp_path):
    installed["broken"] = entry("broken", "no.such.module:Thing")
    path = tmp_path / "t.yaml"
    path.write_text(TOY.replace("toy: {sides: 6}", "serial: 1").replace("toys: 1", "broken: 1"))
    with pytest.raises(InputError, match=r"columns.b: the column generator 'broken' .* cannot be imported"):
        load(path)
    path.write_text(TOY.replace("toy: {sides: 6}", "serial: 1").replace("toys: 1", "serial: 1"))
    load(path)


def test_listing_imports_nothing_and_loading_stays_light():
    code = (
        "import sys; from sandbox import registry\n"
        "for group in registry.GROUPS: registry.names(group)\n"
        "assert not any(name.startswith(('sandbox.world', 'sandbox.sinks', 'pyarrow')) for name in sys.modules)\n"
        "for group in registry.GROUPS:\n    for name in registry.names(group): registry.load(group, name)\n"
        f"assert not set({HEAVY}) & set(sys.modules), set({HEAVY}) & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
