"""Judge models and gates against the datasets: entities, moments, labels, feature files, figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path as FilePath

from sandbox.contract.model import Contract
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.gates import Gate, read_gate
from sandbox.scenario.language import Model
from sandbox.scenario.plan import ClockPlan
from sandbox.scenario.quantities import describe_duration
from sandbox.strict import Path


def check_model(
    name: str, model: Model, contracts: Mapping[str, Contract], clock: ClockPlan | None, folder: str, notes: Notes
) -> None:
    """Note what in a model does not fit the datasets or the clock."""
    path = ("models", name)
    contract = contracts.get(model.of)
    if contract is None:
        if not notes.below(("datasets", model.of)):
            notes.add((*path, "of"), f"unknown dataset '{model.of}'.{did_you_mean(model.of, contracts)}")
        return
    entity = entity_of(model, contract)
    if entity is None:
        notes.add(path, f"does not say whom it predicts: '{model.of}' has no single key; add `entity: <column>`.")
    elif entity not in contract.names:
        notes.add((*path, "entity"), f"unknown column '{entity}'.{did_you_mean(entity, contract.names)}")
    _check_label((*path, "label"), model, contract, contracts, entity, notes)
    if clock is not None:
        _check_moments((*path, "at"), model, clock, notes)
    if is_file(model.features):
        inside = FilePath(folder).resolve()
        file = (inside / model.features).resolve()
        if inside not in file.parents:
            notes.add((*path, "features"), f"'{model.features}' lies outside the scenario's folder; move it inside.")
        elif not file.is_file():
            notes.add((*path, "features"), f"no file '{model.features}' in the scenario's folder.")


def entity_of(model: Model, contract: Contract) -> str | None:
    """The column that names the entity: as written, else the only key column of the model's dataset."""
    if model.entity:
        return model.entity
    return contract.primary_key[0] if len(contract.primary_key) == 1 else None


def is_file(features: str) -> bool:
    """Whether `features:` names a file rather than being the SQL itself."""
    return features.rstrip().endswith(".sql") and "\n" not in features.strip()


def _check_label(
    path: Path, model: Model, contract: Contract, contracts: Mapping[str, Contract], entity: str | None, notes: Notes
) -> None:
    label = model.label
    if label.occurs is not None:
        events = contracts.get(label.occurs)
        if events is None:
            notes.add((*path, "occurs"), f"unknown dataset '{label.occurs}'.{did_you_mean(label.occurs, contracts)}")
        elif events.time is None:
            notes.add((*path, "occurs"), f"'{label.occurs}' has no `time:`; a label comes from timed data only.")
        elif entity is not None and entity not in events.names:
            notes.add((*path, "occurs"), f"'{label.occurs}' has no column '{entity}' to find the entity by.")
        return
    key = "leaves within" if label.leaves_within is not None else "changes"
    if contract.valid_from is None:
        notes.add(
            (*path, key), f"'{model.of}' is no history; a label comes from timed data: `history: true` or `occurs:`."
        )
    elif label.changes is not None and label.changes not in contract.names:
        notes.add((*path, "changes"), f"unknown column '{label.changes}'.{did_you_mean(label.changes, contract.names)}")


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


def bind_gates(lines: Sequence[str], models: Mapping[str, Model], notes: Notes) -> tuple[Gate, ...]:
    """The gates of the `done:` lines; each must name a model and a figure that it has."""
    gates = []
    for number, line in enumerate(lines):
        try:
            gate = read_gate(line)
        except ValueError as error:
            notes.add(("done", number), str(error))
            continue
        gates.append(gate)
        if gate.subject not in models:
            if not notes.below(("models", gate.subject)):
                notes.add(("done", number), f"unknown model '{gate.subject}'.{did_you_mean(gate.subject, models)}")
            continue
        figures = figures_of(models[gate.subject])
        if gate.figure not in figures:
            notes.add(("done", number), f"unknown figure '{gate.figure}'.{did_you_mean(gate.figure, figures)}")
    return tuple(gates)


def figures_of(model: Model) -> tuple[str, ...]:
    """The figures that a model's blueprint reports, by name."""
    return tuple(getattr(model.blueprint, "figures", ()))
