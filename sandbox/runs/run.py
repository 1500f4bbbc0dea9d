"""A run, as a story: data, truth, features and labels, models, gates, record."""

from __future__ import annotations

import datetime
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import OutsideError
from sandbox.landing import Landed, Shape, land
from sandbox.runs.folder import RunFolder, begin_run, write_private
from sandbox.runs.gates import judge_gates
from sandbox.runs.modelling import Wishes, build_model
from sandbox.runs.record import DatasetRecord, ModelRecord, RunRecord
from sandbox.scenario.loader import Loaded, Options
from sandbox.world.world import World

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted

_LIBRARIES = ("sandbox", "duckdb", "Faker", "numpy", "pyarrow", "scikit-learn", "skops", "tzdata")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run made: its folder, its record, its models."""

    folder: RunFolder
    record: RunRecord
    models: Mapping[str, Fitted]


def carry_out(loaded: Loaded, options: Options, wishes: Wishes) -> Outcome:
    """Run a scenario from its plan to its record.

    Raises:
        InputError: a real source, a feature query or a label does not fit.
        OutsideError: a disk or a source failed; what is finished stays, and the same call goes on from there.
    """
    plan, started, clock = loaded.plan, datetime.datetime.now(datetime.UTC), time.perf_counter()
    folder = begin_run(wishes.out, plan.name, plan.digest)

    # 1. The data lands, simulated or real: what conforms, and what does not with its reasons.
    landed = land(plan, folder.path, shape=Shape("landing", envelope=True), workers=wishes.workers, progress=wishes.listen)

    # 2. Each model: its features from what had arrived, its label from what came after, the candidates, the oracle.
    world = World(plan)
    fitted: dict[str, Fitted] = {}
    records: list[ModelRecord] = []
    for name in plan.models:
        built = build_model(loaded, name, landed, folder, world, wishes)
        records.append(built.record)
        if built.fitted is not None:
            fitted[name] = built.fitted

    # 3. The definition of done.
    gates, warnings = judge_gates(plan.gates, records)

    # 4. The record, last: a run without it did not end.
    record = RunRecord(
        scenario=plan.name,
        number=folder.number,
        about=plan.scenario.about,
        file=Path(plan.file).name,
        digest=plan.digest,
        seed=plan.seed,
        engine=plan.engine,
        target=plan.target,
        scale=options.scale,
        settings=list(options.settings),
        versions={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.perf_counter() - clock, 2),
        clock={"start": str(plan.scenario.clock.start), "days": plan.scenario.clock.days, "zone": plan.clock.zone},
        datasets=[_dataset_record(name, landed) for name in landed.manifest.datasets],
        models=records,
        gates=gates,
        values=loaded.written,
        repeatable=all(model.card["box"]["repeatable"] for model in records if model.card),
        warnings=warnings,
    )
    write_private(folder.record, record.to_json())
    return Outcome(folder, record, fitted)


def _dataset_record(name: str, landed: Landed) -> DatasetRecord:
    entry = landed.manifest.datasets[name]
    if entry.rows_in != entry.accepted + entry.rejected:
        raise OutsideError(f"{name}: {entry.rows_in} rows came, {entry.accepted} were accepted and {entry.rejected} rejected.")
    return DatasetRecord(
        name=name,
        source=entry.origin,
        rows_in=entry.rows_in,
        accepted=entry.accepted,
        rejected=entry.rejected,
        broken_rules=dict(entry.broken),
        contract=entry.contract,
        values_digest=dict(entry.columns),
        arrival=entry.arrival,
    )
