"""What a plugin author meets: checks that say what they guard, and an error that says what was seen."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pyarrow as pa
import pytest

from sandbox import checks, registry
from sandbox.checks import CheckError, ColumnSample, all_checks, check_blueprint, check_column, check_sink, check_source
from sandbox.contract import Column, Contract
from sandbox.errors import EXIT_FAILED_CHECK, InputError
from sandbox.models.classify import ClassifyConfig
from sandbox.scenario.parts import ColumnPart
from sandbox.sinks.jsonl import JsonLinesFile
from sandbox.sources.files import CsvFiles, JsonLinesFiles


class SometimesNull(ColumnPart):
    def yields(self, scope):
        return pa.int64()

    def generate(self, rows):
        return pa.nulls(len(rows), pa.int64())


def test_every_check_has_a_name_of_its_own_and_says_what_it_guards():
    names = [check.name for check in all_checks()]
    assert len(set(names)) == len(names)
    assert all(check.about.endswith(".") and len(check.about) > 30 for check in all_checks())


def test_the_error_names_check_and_part_and_what_was_seen():
    with pytest.raises(CheckError) as told:
        check_column(SometimesNull(), name="sometimes_null")
    assert str(told.value) == ("sometimes_null: not_null_as_proven: saw 70,000 nulls; expected none, as `proves` says.")
    assert told.value.exit_code == EXIT_FAILED_CHECK


def test_an_exception_of_the_part_is_told_as_what_was_seen():
    with pytest.raises(CheckError, match=r"column: same_key_same_bytes: saw .*unknown column 'nowhere'.*no such exc"):
        check_column({"sql": "nowhere + 1"})


def test_one_call_for_each_kind_of_part(tmp_path):
    check_column(
        ColumnSample({"given": "plan", "integer": {"a": [1, 2], "else": [3, 4]}}, {"plan": {"choice": ["a", "b"]}})
    )
    (tmp_path / "rows.csv").write_text("id,name\n1,a\nx,b\n", encoding="utf-8")
    contract = Contract("rows", (Column("id", "int64"), Column("name")), static=True)
    check_source(CsvFiles(path="rows.csv"), contract, tmp_path, rows=2)
    check_sink(JsonLinesFile(), lambda path: JsonLinesFiles(path=path), lost=frozenset({"bytes"}))
    check_blueprint(ClassifyConfig.model_validate({"candidates": ["majority"], "bootstrap": 100}))


def test_an_unknown_group_is_told_with_the_nearest():
    with pytest.raises(InputError, match=r"unknown group 'sandbox.sink'. Did you mean 'sandbox.sinks'\?"):
        checks.pytest_cases("sandbox.sink")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, EntryPoint]:
    """Suites of plugins, by name, beside the built-in ones."""
    plugins: dict[str, EntryPoint] = {}
    entries = registry._entries
    monkeypatch.setattr(registry, "_entries", lambda group: {**entries(group), **plugins})
    return plugins


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("no.such:SUITE", r"the suite of checks 'theirs' \(no.such:SUITE\) cannot be imported: No module named 'no'"),
        ("sandbox.checks.columns_limits:CHECKS", "'theirs' is not a sandbox.checks.Suite of one of: sandbox.columns"),
    ],
)
def test_a_broken_suite_of_a_plugin_is_told_by_its_name(installed, value, message):
    installed["theirs"] = EntryPoint("theirs", value, registry.CHECKS)
    with pytest.raises(InputError, match=message):
        all_checks()
