"""Judge the `done:` lines: each names a model or the experiment, and a figure that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.errors import did_you_mean
from sandbox.scenario.binding.experiment import SUBJECT, check_figure
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.gates import Gate, read_gate
from sandbox.scenario.language import Experiment, Model


def bind_gates(
    lines: Sequence[str], models: Mapping[str, Model], experiment: Experiment | None, notes: Notes
) -> tuple[Gate, ...]:
    """The gates of the `done:` lines."""
    gates = []
    for number, line in enumerate(lines):
        try:
            gate = read_gate(line)
        except ValueError as error:
            notes.add(("done", number), str(error))
            continue
        gates.append(gate)
        if gate.subject == SUBJECT and experiment is not None:
            check_figure(gate, number, experiment, notes)
        elif gate.subject in models:
            figures = figures_of(models[gate.subject])
            if gate.figure not in figures:
                notes.add(("done", number), f"unknown figure '{gate.figure}'.{did_you_mean(gate.figure, figures)}")
        elif not notes.below(("models", gate.subject)) and not (gate.subject == SUBJECT and notes.below((SUBJECT,))):
            known = [*models, *([SUBJECT] if experiment is not None else [])]
            notes.add(("done", number), f"unknown model '{gate.subject}'.{did_you_mean(gate.subject, known)}")
    return tuple(gates)


def figures_of(model: Model) -> tuple[str, ...]:
    """The figures that a model's blueprint reports, by name."""
    return tuple(getattr(model.blueprint, "figures", ()))
