"""What one landing is about: which datasets of a plan, to where, in which format, and what it all follows from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.contract.digests import digest_file
from sandbox.contract.envelope import landed_schema
from sandbox.errors import InputError, did_you_mean
from sandbox.landing.across import needs_judging
from sandbox.landing.claim import Identity
from sandbox.landing.layout import Layout, Shape
from sandbox.landing.manifest import versions
from sandbox.landing.parts import Target
from sandbox.scenario.parts import SinkPart, Source
from sandbox.scenario.plan import Plan
from sandbox.sinks.parquet import ParquetFile
from sandbox.sources.opening import is_real


@dataclass(frozen=True)
class Work:
    """A landing before it begins."""

    plan: Plan
    layout: Layout
    shape: Shape
    sink: SinkPart
    identity: Identity

    def partition_by(self, source: Source) -> tuple[str, ...]:
        """Columns whose values name the folders of a dataset."""
        contract = source.contract
        named = self.plan.datasets[contract.dataset].spec.partition_by
        return () if self.shape.envelope else tuple(column for column in named if column in contract.names)

    def target(self, dataset: str, source: Source) -> Target:
        """Where a dataset lies in the end."""
        schema = source.contract.schema
        return Target(
            self.layout,
            dataset,
            self.layout.data(dataset),
            self.sink,
            landed_schema(schema) if self.shape.envelope else schema,
            self.partition_by(source),
        )

    def staged(self, sources: Mapping[str, Source]) -> list[str]:
        """Datasets whose keys are judged, and whose format cannot be read back to do so: they wait as Parquet."""
        plain = isinstance(self.sink, ParquetFile)
        return [name for name in needs_judging(sources) if not plain or self.partition_by(sources[name])]


def work_of(
    plan: Plan, out: Path, sink: SinkPart, shape: Shape, datasets: Sequence[str] | None, edge_cases: bool
) -> Work:
    """Settle what is landed; `datasets` None: all but hidden ones.

    Raises:
        InputError: there is no such dataset.
    """
    chosen = _chosen(plan, datasets)
    scenario = {
        "name": plan.name,
        "digest": plan.digest,
        "seed": plan.seed,
        "engine": plan.engine,
        "target": plan.target,
        "history": str(plan.form),
        **({} if plan.span.is_all else {"span": str(plan.span)}),
        "files": _file_digests(plan, chosen),
        **({"edge_cases": True} if edge_cases else {}),
    }
    format_ = {"format": sink.suffix().lstrip("."), **sink.model_dump(mode="json")}
    identity = Identity(scenario, versions(), format_, shape.folder, shape.envelope, tuple(chosen))
    layout = Layout(out, shape.folder, private=any(is_real(plan, dataset) for dataset in chosen))
    return Work(plan, layout, shape, sink, identity)


def _chosen(plan: Plan, datasets: Sequence[str] | None) -> list[str]:
    """In the plan's order, so that parents come before their children."""
    seen = [name for name, dataset in plan.datasets.items() if not dataset.spec.hidden]
    unknown = [name for name in datasets or () if name not in seen]
    if unknown:
        raise InputError(f"unknown dataset '{unknown[0]}'.{did_you_mean(unknown[0], seen)}")
    return [name for name in seen if datasets is None or name in datasets]


def _file_digests(plan: Plan, datasets: Sequence[str]) -> dict[str, str]:
    """Digests of the files that generators read: they decide what is made as much as the scenario's text does."""
    made = [column.generator for name in datasets if not is_real(plan, name) for column in plan.datasets[name].columns]
    names = sorted({file for generator in made for file in generator.files()})
    return {name: digest_file(Path(plan.folder) / name) for name in names}
