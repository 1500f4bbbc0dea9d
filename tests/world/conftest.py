from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from sandbox.contract.envelope import split_envelope
from sandbox.scenario.loader import load
from sandbox.world.world import World

HEAD = "sandbox: 1\nname: try\nseed: {seed}\nclock: {{start: 2026-01-01, days: {days}, zone: {zone}}}\ndatasets:\n"


@pytest.fixture
def world_of(tmp_path: Path) -> Callable[..., World]:
    """A world from the datasets of a scenario, as YAML."""

    def make(datasets: str, seed: int = 1, days: int = 60, zone: str = "UTC") -> World:
        file = tmp_path / "scenario.yaml"
        file.write_text(HEAD.format(seed=seed, days=days, zone=zone) + datasets, "utf-8")
        return World(load(file).plan)

    return make


def table(
    world: World, dataset: str, start: int = 0, stop: int | None = None, columns: list[str] | None = None
) -> pa.Table:
    """Rows without the envelope, texts without dictionaries."""
    stop = world.units(dataset) if stop is None else stop
    batches = [split_envelope(batch)[0] for batch in world.batches(dataset, start, stop, columns)]
    if not batches:
        return pa.table({})
    whole = pa.Table.from_batches(batches)
    plain = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in whole.schema
    ]
    return whole.cast(pa.schema(plain)).combine_chunks()


@pytest.fixture(name="table")
def table_fixture() -> Callable[..., pa.Table]:
    return table
