"""All checks together, a plugin's too: hold one part to those of its kind, or make test cases of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import registry
from sandbox.checks.blueprints import BlueprintSubject
from sandbox.checks.check import GROUPS, OUTLETS, Check, Suite
from sandbox.checks.column_subject import ColumnSample, ColumnSubject
from sandbox.checks.folders import folder_of
from sandbox.checks.outlet_subject import OutletSample, OutletSubject
from sandbox.checks.policies import PolicySubject
from sandbox.checks.samples import BLUEPRINT_SAMPLES, POLICY_SAMPLES, SINK_SAMPLES, SOURCE_SAMPLES
from sandbox.checks.samples_of_columns import COLUMN_SAMPLES
from sandbox.checks.samples_of_outlets import OUTLET_SAMPLES
from sandbox.checks.sinks import Reader, SinkSample, SinkSubject
from sandbox.checks.source_subject import SourceSample, SourceSubject
from sandbox.contract.model import Contract
from sandbox.errors import InputError, did_you_mean
from sandbox.models.base import Blueprint
from sandbox.scenario.parts import ColumnPart, SinkPart, SourcePart

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

COLUMNS, SOURCES, SINKS, BLUEPRINTS, POLICIES = (
    f"sandbox.{kind}" for kind in ("columns", "sources", "sinks", "blueprints", "policies")
)

_SAMPLES: Mapping[str, Mapping[str, Any]] = {
    COLUMNS: COLUMN_SAMPLES,
    SOURCES: SOURCE_SAMPLES,
    SINKS: SINK_SAMPLES,
    OUTLETS: OUTLET_SAMPLES,
    BLUEPRINTS: BLUEPRINT_SAMPLES,
    POLICIES: POLICY_SAMPLES,
}


def all_checks(group: str | None = None) -> tuple[Check, ...]:
    """Every check that is installed, or those of one entry point group; suites by name, their checks in order.

    Raises:
        InputError: there is no such group, or a plugin's suite cannot be imported, or is for no such group.
    """
    if group is not None and group not in GROUPS:
        raise InputError(f"unknown group '{group}'.{did_you_mean(group, GROUPS)}")
    return tuple(check for suite in _suites() if group in (None, suite.group) for check in suite.checks)


def check_column(column: Mapping[str, Any] | ColumnPart | ColumnSample, name: str = "column") -> None:
    """Hold a column generator to all checks.

    Args:
        column: as a scenario writes it (`{"gamma": {"mean": 9}}`), a generator, or a sample with what stands around.
        name: what the error calls it.
    Raises:
        CheckError: of the first check that does not hold.
    """
    sample = column if isinstance(column, ColumnSample) else ColumnSample(column)
    _hold(COLUMNS, ColumnSubject(name, sample))


def check_source(part: SourcePart, contract: Contract, folder: Path, rows: int, name: str = "source") -> None:
    """Hold a source to all checks.

    Args:
        part: configured, to be opened in `folder`.
        contract: what its rows are mapped on to.
        folder: where its relative paths begin.
        rows: how many rows lie there, those that break a rule included.
        name: what the error calls it.
    Raises:
        CheckError: of the first check that does not hold.
    """
    _hold(SOURCES, SourceSubject.of_part(name, SourceSample(part, contract, folder, rows)))


def check_sink(sink: SinkPart, reader: Reader, lost: frozenset[str] = frozenset(), name: str = "sink") -> None:
    """Hold a sink to all checks.

    Args:
        sink: configured.
        reader: the source that reads the file at a path.
        lost: types whose values the format is known not to bring back, such as `bytes`.
        name: what the error calls it.
    Raises:
        CheckError: of the first check that does not hold.
    """
    _hold(SINKS, SinkSubject(name, SinkSample(sink, reader, lost)))


def check_outlet(sample: OutletSample, name: str = "outlet") -> None:
    """Hold a live sink to all checks.

    Args:
        sample: how it is opened in a fresh folder, and how the other side is read.
        name: what the error calls it.
    Raises:
        CheckError: of the first check that does not hold.
    """
    _hold(OUTLETS, OutletSubject(name, sample))


def check_blueprint(blueprint: Blueprint, name: str = "blueprint") -> None:
    """Hold a blueprint, configured to be quick, to all checks.

    Raises:
        CheckError: of the first check that does not hold.
    """
    _hold(BLUEPRINTS, BlueprintSubject(name, blueprint))


def pytest_cases(group: str, samples: Mapping[str, Any] | None = None) -> list[ParameterSet]:
    """Each check of a group with each sample, as parameters of a test that calls them.

    Args:
        group: the entry point group, such as `sandbox.columns`.
        samples: by the part's name: for columns a `ColumnSample` or several, for sources a function from an empty
            folder to a `SourceSample`, for sinks a `SinkSample`, for live sinks (the group `sandbox.outlets`) an
            `OutletSample`, for blueprints and policies the configured part. Those of the built-in parts by default.

    A plugin's whole test:

        @pytest.mark.parametrize("check", pytest_cases("sandbox.columns", {"even": ColumnSample({"even": 10})}))
        def test_my_generators(check):
            check()
    """
    import pytest

    checks = all_checks(group)
    cases = []
    for name, written in (_SAMPLES[group] if samples is None else samples).items():
        several = written if isinstance(written, (list, tuple)) else (written,)
        for number, sample in enumerate(several, 1):
            subject = cache(partial(_subject, group, name, sample))
            label = name if len(several) == 1 else f"{name}{number}"
            cases += [pytest.param(partial(_run, check, subject), id=f"{label}-{check.name}") for check in checks]
    return cases


def _suites() -> Iterator[Suite]:
    for name in registry.names(registry.CHECKS):
        suite = registry.imported(registry.CHECKS, name)
        if not isinstance(suite, Suite) or suite.group not in GROUPS:
            raise InputError(
                f"the suite of checks '{name}' is not a sandbox.checks.Suite of one of: {', '.join(GROUPS)}."
            )
        yield suite


def _run(check: Check, subject: Callable[[], Any]) -> None:
    check(subject())


def _subject(group: str, name: str, sample: Any) -> Any:
    if group == COLUMNS:
        return ColumnSubject(name, sample)
    if group == SINKS:
        return SinkSubject(name, sample)
    if group == OUTLETS:
        return OutletSubject(name, sample)
    if group == BLUEPRINTS:
        return BlueprintSubject(name, sample)
    if group == POLICIES:
        return PolicySubject(name, sample)
    return SourceSubject.of_part(name, sample(folder_of(sample)))


def _hold(group: str, subject: Any) -> None:
    for check in all_checks(group):
        check(subject)
