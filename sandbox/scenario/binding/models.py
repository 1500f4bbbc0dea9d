"""Judge models against the datasets: entities, moments, labels, feature files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path as FilePath

from sandbox.contract.model import Contract
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.columns import spelt
from sandbox.scenario.binding.fairness import check_groupings
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language import Dataset, Label, Model
from sandbox.scenario.plan import ClockPlan
from sandbox.scenario.quantities import describe_duration
from sandbox.strict import Path


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a model is judged against."""

    contracts: Mapping[str, Contract]
    """Of the datasets that are right."""
    datasets: Mapping[str, Dataset]
    """All that the scenario declares."""
    clock: ClockPlan | None
    folder: str

    def contract(self, dataset: str, path: Path, notes: Notes) -> Contract | None:
        """The contract of a dataset that lands; None where it does not, which is noted unless told already."""
        spec = self.datasets.get(dataset)
        if spec is None:
            landing = [name for name, other in self.datasets.items() if not other.hidden]
            notes.add(path, f"unknown dataset '{dataset}'.{did_you_mean(dataset, landing)}")
        elif spec.hidden:
            notes.add(path, f"'{dataset}' is hidden and never lands; models see only what has landed.")
        else:
            return self.contracts.get(dataset)
        return None


def check_model(name: str, model: Model, around: Surroundings, notes: Notes) -> None:
    """Note what in a model does not fit the datasets or the clock."""
    path = ("models", name)
    contract = around.contract(model.of, (*path, "of"), notes)
    entity = None
    if contract is not None:
        entity = entity_of(model, contract)
        if entity is None:
            notes.add(path, f"does not say whom it predicts: '{model.of}' has no single key; add `entity: <column>`.")
        elif entity not in contract.names:
            notes.add((*path, "entity"), f"unknown column '{entity}'.{did_you_mean(entity, contract.names)}")
    _check_label((*path, "label"), model, contract, entity, around, notes)
    if around.clock is not None:
        _check_moments((*path, "at"), model, around.clock, notes)
    if model.fairness is not None and contract is not None:
        check_groupings((*path, "fairness", "by"), model.fairness, contract, notes)
    if is_file(model.features):
        _check_file((*path, "features"), model.features, around.folder, notes)


def _check_file(path: Path, name: str, folder: str, notes: Notes) -> None:
    inside = FilePath(folder).resolve()
    file = (inside / name).resolve()
    if not file.is_relative_to(inside):
        notes.add(path, f"'{name}' lies outside the scenario's folder; move it inside.")
    elif not file.is_file():
        there = (str(found.relative_to(inside)) for found in inside.glob("**/*.sql"))
        notes.add(path, f"there is no file '{name}' in the scenario's folder.{did_you_mean(name, there)}")


def entity_of(model: Model, contract: Contract) -> str | None:
    """The column that names the entity: as written, else the only key column of the model's dataset."""
    if model.entity:
        return model.entity
    return contract.primary_key[0] if len(contract.primary_key) == 1 else None


def is_file(features: str) -> bool:
    """Whether `features:` names a file rather than being the SQL itself."""
    return features.rstrip().endswith(".sql") and "\n" not in features.strip()


def _check_label(
    path: Path, model: Model, contract: Contract | None, entity: str | None, around: Surroundings, notes: Notes
) -> None:
    label = model.label
    if label.occurs is not None:
        events = around.contract(label.occurs, (*path, "occurs"), notes)
        if events is None:
            return
        if events.time is None:
            notes.add((*path, "occurs"), f"'{label.occurs}' has no `time:`; a label comes from timed data only.")
        elif entity is not None and entity not in events.names:
            notes.add((*path, "occurs"), f"'{label.occurs}' has no column '{entity}' to find the entity by.")
        _check_where(path, label, events, notes)
    elif contract is not None and contract.valid_from is None:
        key = "leaves within" if label.leaves_within is not None else "changes"
        said = f"'{model.of}' is no history; a label comes from timed data: write `history: true` there, or `occurs:`."
        notes.add((*path, key), said)
    elif contract is not None:
        if label.changes is not None and label.changes not in contract.names:
            known = did_you_mean(label.changes, contract.names)
            notes.add((*path, "changes"), f"unknown column '{label.changes}'.{known}")
        _check_where(path, label, contract, notes)


def _check_where(path: Path, label: Label, contract: Contract, notes: Notes) -> None:
    """The condition of a label binds over the columns of the dataset that it looks at."""
    if label.where is None:
        return
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    try:
        made = compile_expression(label.where, {column.name: column.arrow for column in contract.columns}).type
    except ExpressionError as error:
        notes.add_faults((*path, "where"), error.faults)
        return
    if spelt(made) != "bool":
        notes.add((*path, "where"), f"the expression gives {spelt(made)}, must give a condition.")


def _check_moments(path: Path, model: Model, clock: ClockPlan, notes: Notes) -> None:
    window_us = model.label.window // timedelta(microseconds=1)
    for number, moment in enumerate(model.at):
        cut_us = clock.calendar.at_us(moment)
        past_us = cut_us + window_us - clock.end_us
        if not clock.start_us < cut_us < clock.end_us:
            notes.add((*path, number), "lies outside the clock; choose a moment inside it.")
        elif past_us > 0:
            past = describe_duration(timedelta(microseconds=past_us))
            notes.add(
                (*path, number),
                f"the label looks {past} past the end of the clock; lengthen `clock.days` or cut earlier.",
            )
