"""A run, as a story: data, features and labels, models, gates, truth, record."""

from __future__ import annotations

import datetime
import json
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sandbox.behaviour.roles import roles_of
from sandbox.contract.masking import masked_contract
from sandbox.errors import InputError, OutsideError
from sandbox.experiment.experiment import SUBJECT, figures_by_log
from sandbox.experiment.figures import figures_of
from sandbox.experiment.loop import is_rehearsed
from sandbox.landing import Landed, Shape, land
from sandbox.runs.assumed import assumption_records, how_known
from sandbox.runs.campaigning import carry_out_campaigns
from sandbox.runs.campaigning import figures as campaign_figures
from sandbox.runs.deliveries import keep_deliveries
from sandbox.runs.folder import RunFolder, begin_run, close_to_others, remove, write_private
from sandbox.runs.gates import judge_gates
from sandbox.runs.listening import landing
from sandbox.runs.modelling import Wishes, build_model
from sandbox.runs.record import DatasetRecord, RunRecord
from sandbox.runs.rehearsing import rehearsed_into, shown_again
from sandbox.runs.secrets import masked_settings, masked_values
from sandbox.runs.truths import keep_changes, keep_truth
from sandbox.scenario.loader import Loaded, Options
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import ignored_columns, world_of

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted

_LIBRARIES = ("sandbox", "duckdb", "Faker", "numpy", "pyarrow", "scikit-learn", "skops", "tzdata")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run made: its folder, its record, its models."""

    folder: RunFolder
    record: RunRecord
    models: Mapping[str, Fitted]


class Pages(Protocol):
    """Writes what people look at into a run's folder, before the run counts as ended."""

    def __call__(self, folder: RunFolder, record: RunRecord) -> None: ...


def carry_out(loaded: Loaded, options: Options, wishes: Wishes, pages: Pages) -> Outcome:
    """Run a scenario from its plan to its record and its pages.

    Raises:
        InputError: a real source, a feature query or a label does not fit; nothing of the run is left.
        OutsideError: a disk or a source failed; what is finished stays, and the same call goes on from there.
    """
    with begin_run(wishes.out, loaded.plan.name, intent(loaded.plan, wishes)) as folder:
        try:
            return _carried_out(loaded, options, wishes, pages, folder)
        except InputError:
            remove(folder)
            raise


def _carried_out(loaded: Loaded, options: Options, wishes: Wishes, pages: Pages, folder: RunFolder) -> Outcome:
    plan, started, clock = loaded.plan, datetime.datetime.now(datetime.UTC), time.perf_counter()

    # 1. The data lands, simulated or real: what conforms, and what does not with its reasons. Where arms fill shelves,
    #    what is shown, and so what happens, follows from who had learnt what by when.
    world = world_of(plan)
    tried = rehearsed_into(folder.experiment, plan, wishes, world) if is_rehearsed(plan) else None
    #    Whom campaigns contact follows from what a model would have said of them, had nobody been contacted.
    contacted, campaigns = carry_out_campaigns(loaded, folder.path / "campaigns", wishes)
    world = world if contacted is plan else world_of(contacted)
    world = world if tried is None else world.showing(shown_again(folder.experiment, plan))
    shape, told = Shape("landing", envelope=True), landing(wishes.listen)
    landed = land(plan, folder.path, shape=shape, workers=wishes.workers, world=world, progress=told)

    # 2. Each model: its features from what had arrived, its label from what came after, the candidates, the oracle.
    built = {name: build_model(loaded, name, landed, folder, world, wishes) for name in plan.models}
    models = [model.record for model in built.values()]

    # 3. The definition of done.
    asked = any(gate.subject == SUBJECT for gate in plan.gates) and plan.experiment is not None
    figures = figures_by_log(plan, world) if asked and tried is None else None
    gates, warnings = judge_gates(
        plan.gates, models, figures_of(tried.analysis) if tried is not None else figures, campaign_figures(campaigns)
    )

    # 4. The truth of the simulated rows, apart.
    truth = keep_truth(world, plan, folder, wishes.workers, wishes.listen) if wishes.truth else {}
    changes = keep_changes(world, plan, folder) if wishes.truth else []
    deliveries = keep_deliveries(world, plan, landed, folder, wishes.workers, wishes.listen) if wishes.truth else []

    # 5. The pages, and the record last: a run without it did not end.
    wishes.listen("the report", 0, None)
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
        settings=masked_settings(options.settings, plan),
        trials=wishes.trials,
        versions=_versions(),
        started=started.isoformat(timespec="milliseconds"),
        seconds=round(time.perf_counter() - clock, 2),
        clock={"start": str(plan.scenario.clock.start), "days": plan.scenario.clock.days, "zone": plan.clock.zone},
        datasets=[_dataset_record(plan, name, landed) for name in landed.manifest.datasets],
        models=models,
        gates=gates,
        values=masked_values(loaded.written, plan),
        repeatable=all(model.card["box"]["repeatable"] for model in models if model.card),
        warnings=warnings,
        assumptions=assumption_records(loaded),
        known=how_known(loaded),
        truth=truth,
        changes=changes,
        delivery=deliveries,
        sprint=wishes.sprint,
        stage=plan.scenario.stage or "",
        approval=None if plan.scenario.approval is None else plan.scenario.approval.model_dump(),
        goal=wishes.goal,
        campaigns=[each.to_dict() for each in campaigns],
        experiment=tried.to_dict() if tried is not None else {},
    )
    text = record.to_json()
    record = RunRecord.from_json(text)  # just what the ledger will read: no figure that JSON does not have
    pages(folder, record)
    close_to_others(folder.path)
    write_private(folder.record, text)
    return Outcome(folder, record, {name: model.fitted for name, model in built.items() if model.fitted is not None})


def intent(plan: Plan, wishes: Wishes) -> str:
    """Everything that decides what a run makes; an interrupted run is taken up again only for the same."""
    return json.dumps({"digest": plan.digest, "trials": wishes.trials, "versions": _versions()}, sort_keys=True)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}


def _dataset_record(plan: Plan, name: str, landed: Landed) -> DatasetRecord:
    entry = landed.manifest.datasets[name]
    if entry.rows_in != entry.accepted + entry.rejected:
        raise OutsideError(
            f"{name}: {entry.rows_in} rows came, {entry.accepted} were accepted and {entry.rejected} rejected."
        )
    return DatasetRecord(
        name=name,
        source=entry.origin,
        rows_in=entry.rows_in,
        accepted=entry.accepted,
        rejected=entry.rejected,
        broken_rules=dict(entry.broken),
        contract=masked_contract(plan.datasets[name].contract),
        values_digest=dict(entry.columns),
        arrival=entry.arrival,
        ignored=list(ignored_columns(plan, name)),
        roles=roles.to_dict() if (roles := roles_of(plan, name)) is not None else {},
    )
