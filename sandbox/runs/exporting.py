"""Send runs to MLflow by its own client: an experiment a scenario, a run an iteration, models with their aliases.

What was sent already stays as it is, unless the run has changed since; what broke off half-way is sent anew. Aliases
follow the ledger each time: `champion` is the model of the latest run that may be released, `candidate` the newest one
that is not it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.clients.mlflow import Store, client_of
from sandbox.errors import InputError
from sandbox.registry import from_extra
from sandbox.runs.decisions import digest_of
from sandbox.runs.flavours import MODEL_FILE, contract_of, model_file
from sandbox.runs.folder import RunFolder, runs_of
from sandbox.runs.ledger import read_record
from sandbox.runs.releasing import standing_of
from sandbox.runs.tracked import Tracked, tracked

_RUN, _DIGEST, _ROLE = "sandbox.run", "sandbox.digest", "sandbox.role"
_POINTS_AT_ONCE, _PARAMS_AT_ONCE, _LONGEST = 1000, 100, 5000
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of a run."""

    run: str
    is_new: bool
    """False where it had been sent before."""
    models: tuple[str, ...]
    """Registered, with their aliases: `telecom.churn 3 (champion)`."""


def export(runs: Sequence[RunFolder], store: Store) -> list[Exported]:
    """Send runs to a store.

    Raises:
        InputError: there are none, one did not end, or the extra is missing.
        OutsideError: the store cannot be reached, or does not take something.
    """
    if not runs:
        raise InputError("there are no runs to export yet; begin with: sandbox run SCENARIO")
    told = [(run, tracked(run, read_record(run))) for run in runs]
    with client_of(store) as client:
        sent = [(each, _send(client, store, run, each)) for run, each in told]
        names = list(dict.fromkeys(version.model for each, _ in sent for version in each.versions))
        ledger = _releasable(runs)
        aliases = {name: _crown(client, name, ledger) for name in names}
        return [Exported(each.name, is_new, _registered(client, each, aliases)) for each, is_new in sent]


def _send(client: Any, store: Store, run: RunFolder, told: Tracked) -> bool:
    """Send a run, if it is not there as it is; whether it was sent."""
    entities = from_extra("mlflow.entities", "mlflow")
    experiment = client.get_experiment_by_name(told.experiment)
    home = experiment.experiment_id if experiment is not None else _experiment(client, store, told.experiment)
    digest = digest_of(run)
    for known in client.search_runs([home], f"tags.`{_RUN}` = '{told.name}'"):
        if known.info.status == "FINISHED" and known.data.tags.get(_DIGEST) == digest:
            return False
        _take_back(client, known.info.run_id)
    tags = {**told.tags, _RUN: told.name, _DIGEST: digest}
    made = client.create_run(home, start_time=told.begun_ms, run_name=told.name, tags=_short(tags)).info
    params = [entities.Param(name, value) for name, value in _short(told.params).items()]
    for first in range(0, len(params), _PARAMS_AT_ONCE):
        client.log_batch(made.run_id, params=params[first : first + _PARAMS_AT_ONCE])
    points = [entities.Metric(each.name, each.value, each.at_ms, each.step) for each in told.points]
    for first in range(0, len(points), _POINTS_AT_ONCE):
        client.log_batch(made.run_id, metrics=points[first : first + _POINTS_AT_ONCE])
    files: list[tuple[Path, str | None]] = [(path, None) for path in told.reports]
    files += [(path, version.folder) for version in told.versions for path in version.files]
    for path, folder in dict.fromkeys(files):
        client.log_artifact(made.run_id, str(path), folder)
    for version in told.versions:
        contract = contract_of(version.files)
        if contract is not None:
            text = model_file(contract, version.folder, made.run_id, told.ended_ms)
            client.log_text(made.run_id, text, f"{version.folder}/{MODEL_FILE}")
        _make_model(client, version.model)
        role = {} if version.role is None else {_ROLE: version.role}
        client.create_model_version(
            version.model,
            f"{made.artifact_uri}/{version.folder}",
            made.run_id,
            tags=_short({**version.tags, **role, _RUN: told.name}),
        )
    client.set_terminated(made.run_id, "FINISHED", told.ended_ms)
    return True


def _experiment(client: Any, store: Store, name: str) -> str:
    place = None if store.artifacts is None else f"{store.artifacts}/{name}"
    return str(client.create_experiment(name, artifact_location=place))


def _take_back(client: Any, run_id: str) -> None:
    """Remove a run, and the versions of models that it brought."""
    for version in client.search_model_versions(f"run_id = '{run_id}'", max_results=_MOST):
        client.delete_model_version(version.name, version.version)
    client.delete_run(run_id)


def _make_model(client: Any, name: str) -> None:
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)


def _releasable(runs: Sequence[RunFolder]) -> dict[str, bool]:
    """Of every ended run of the same scenarios, whether it may be released."""
    homes = {(run.path.parent.parent, run.path.parent.name) for run in runs}
    every = [run for out, scenario in homes for run in runs_of(out, scenario) if run.ended]
    return {run.name: standing_of(run, read_record(run)).may_be_released for run in every}


def _crown(client: Any, name: str, ledger: Mapping[str, bool]) -> dict[str, str]:
    """Give a model's versions their aliases; which version has which."""
    versions = client.search_model_versions(f"name = '{name}'", max_results=_MOST)
    versions = sorted(versions, key=lambda each: (each.tags.get(_RUN, ""), int(each.version)))
    before = client.get_registered_model(name).aliases
    serving = [each for each in versions if _serves(each, ledger, before)]
    champion = serving[-1] if serving else None
    waiting = [each for each in versions if champion is None or _is_after(each, champion)]
    wanted = {"champion": champion, "candidate": waiting[-1] if waiting else None}
    for alias, version in wanted.items():
        if version is not None:
            client.set_registered_model_alias(name, alias, version.version)
        elif alias in before:
            client.delete_registered_model_alias(name, alias)
    return {str(version.version): alias for alias, version in wanted.items() if version is not None}


def _serves(version: Any, ledger: Mapping[str, bool], aliases: Mapping[str, str]) -> bool:
    """Whether a version may have the alias `champion`; of a run that was purged, whether it has it."""
    if version.tags.get(_ROLE) == "candidate":
        return False
    known = ledger.get(version.tags.get(_RUN, ""))
    return str(aliases.get("champion")) == str(version.version) if known is None else known


def _is_after(version: Any, champion: Any) -> bool:
    """Whether a version is a candidate beside the champion: of a later run, or the same rehearsal's."""
    run, crowned = version.tags.get(_RUN, ""), champion.tags.get(_RUN, "")
    return version.version != champion.version and (run > crowned or (run == crowned and _ROLE in version.tags))


def _registered(client: Any, told: Tracked, aliases: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    found = []
    for name in dict.fromkeys(version.model for version in told.versions):
        for each in client.search_model_versions(f"name = '{name}'", max_results=_MOST):
            if each.tags.get(_RUN) == told.name:
                alias = aliases[name].get(str(each.version))
                found.append(f"{name} {each.version}" + (f" ({alias})" if alias else ""))
    return tuple(sorted(found))


def _short(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: value[:_LONGEST] for name, value in texts.items()}
