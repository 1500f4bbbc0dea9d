"""Every part that comes with the house keeps every check of its kind."""

from __future__ import annotations

import pytest

from sandbox import registry
from sandbox.checks import Check, all_checks, pytest_cases
from sandbox.checks.check import GROUPS
from sandbox.checks.column_subject import ColumnSample
from sandbox.checks.samples import BLUEPRINT_SAMPLES, POLICY_SAMPLES, SINK_SAMPLES, SOURCE_SAMPLES
from sandbox.checks.samples_of_columns import COLUMN_SAMPLES
from sandbox.checks.source_subject import SourceSubject
from sandbox.models.recommend.endpoints import Endpoint
from sandbox.scenario.loader import load
from sandbox.scenario.outlets import OutletPart
from sandbox.scenario.parts import Source, SourcePart
from sandbox.sources import open_source

SAMPLES = {
    "sandbox.columns": COLUMN_SAMPLES,
    "sandbox.sources": SOURCE_SAMPLES,
    "sandbox.sinks": SINK_SAMPLES,
    "sandbox.blueprints": BLUEPRINT_SAMPLES,
    "sandbox.policies": POLICY_SAMPLES,
}

SIMULATED = """
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 40}
datasets:
  orders:
    rows: 300_000
    time: ordered_at
    key: order_id
    columns:
      order_id: {serial: 1}
      ordered_at: {times: {order: true}}
      paid: {gamma: {mean: 20}, check: {le: 90}}
"""


@pytest.mark.parametrize("group", registry.GROUPS)
def test_every_part_has_a_sample(group):
    # Those that are sent to have samples of their own; sources and policies that need a server are held to the checks
    # beside it.
    parts = {name: registry.load(group, name) for name in registry.names(group)}
    here = {
        name
        for name, part in parts.items()
        if not issubclass(part, OutletPart) and not (issubclass(part, (SourcePart, Endpoint)) and part.needs)
    }
    assert here <= set(SAMPLES[group]) <= set(parts), "a new part needs a sample in sandbox/checks"


@pytest.mark.parametrize("check", [case for group in GROUPS for case in pytest_cases(group)])
def test_parts_keep_their_checks(check):
    check()


def test_samples_are_of_the_part_that_they_stand_for():
    for name, samples in COLUMN_SAMPLES.items():
        assert all(isinstance(sample, ColumnSample) and name in sample.column for sample in samples), name
    for group in ("sandbox.sinks", "sandbox.blueprints"):
        for name, sample in SAMPLES[group].items():
            assert isinstance(getattr(sample, "sink", sample), registry.load(group, name)), name


def test_all_goldens_are_kept_but_fakers():
    bare = {name for name, samples in COLUMN_SAMPLES.items() for sample in samples if sample.golden is None}
    assert bare == {"fake"}, "what Faker invents is its version's; all else needs a golden digest"


@pytest.mark.parametrize("check", all_checks("sandbox.sources"), ids=lambda check: check.name)
def test_a_simulated_source_is_a_source_like_any(simulated: SourceSubject, check: Check):
    check(simulated)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> SourceSubject:
    path = tmp_path_factory.mktemp("simulated") / "shop.yaml"
    path.write_text(SIMULATED, encoding="utf-8")
    plan = load(path).plan

    def opened() -> Source:
        return open_source(plan, "orders")

    return SourceSubject("simulated", opened, opened, plan.datasets["orders"].rows)
