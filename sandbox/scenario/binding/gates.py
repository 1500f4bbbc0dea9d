"""Judge the `done:` lines: each names a model or the experiment, and a figure that it has."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.errors import did_you_mean
from sandbox.scenario.binding.campaigns import check_campaign_figure
from sandbox.scenario.binding.experiment import SUBJECT, check_figure
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.gates import Gate, read_gate
from sandbox.scenario.language import Model, Scenario
from sandbox.scenario.language.fairness import PARITIES
from sandbox.scenario.language.review import REVIEW, REVIEW_FIGURES


def bind_gates(scenario: Scenario, notes: Notes) -> tuple[Gate, ...]:
    """The gates of the `done:` lines."""
    lines, models, experiment = scenario.done, scenario.models, scenario.experiment
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
        elif gate.subject in scenario.campaigns:
            check_campaign_figure(gate, number, notes)
        elif gate.subject in models:
            figures = figures_of(models[gate.subject])
            if gate.figure not in figures:
                notes.add(("done", number), _unknown(gate.figure, models[gate.subject], figures))
        elif not notes.below(("models", gate.subject)) and not (gate.subject == SUBJECT and notes.below((SUBJECT,))):
            known = [*models, *scenario.campaigns, *([SUBJECT] if experiment is not None else [])]
            notes.add(("done", number), f"unknown model '{gate.subject}'.{did_you_mean(gate.subject, known)}")
    return tuple(gates)


def _unknown(figure: str, model: Model, figures: Sequence[str]) -> str:
    """What is told of a figure that a model has not; one with a dot is taken for a parity."""
    if "." not in figure:
        return f"unknown figure '{figure}'.{did_you_mean(figure, [name for name in figures if '.' not in name])}"
    if figure.startswith(f"{REVIEW}."):
        if model.review is None:
            return f"unknown figure '{figure}'; it needs `review:` of the model, which says who reviews what."
        known = [f"{REVIEW}.{name}" for name in REVIEW_FIGURES]
        return f"unknown figure '{figure}'.{did_you_mean(figure, known)} Or a parity, of the answers after review."
    if model.fairness is None:
        return f"unknown figure '{figure}'; a parity needs `fairness:` of the model, which names its groups."
    guess = did_you_mean(figure, figures).partition(" Known:")[0]
    groupings = ", ".join(model.fairness.groupings)
    return (
        f"unknown figure '{figure}'.{guess} Write a grouping ({groupings}), a parity ({', '.join(PARITIES)}) and, for "
        "an end of its interval, `.low` or `.high`."
    )


def figures_of(model: Model) -> tuple[str, ...]:
    """The figures that a model's blueprint reports, and how far its groups lie apart, by name."""
    parities = model.fairness.figures if model.fairness is not None else ()
    reviewed = (*REVIEW_FIGURES, *parities) if model.review is not None else ()
    return (*getattr(model.blueprint, "figures", ()), *parities, *(f"{REVIEW}.{figure}" for figure in reviewed))
