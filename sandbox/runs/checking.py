"""What `check` judges beyond loading: feature queries, ends of assumptions, idle gates; and what a target touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sandbox.errors import InputError, Problem
from sandbox.models.gates import trivial_passes, trivial_score
from sandbox.runs.auditing import is_parity
from sandbox.runs.questions import features_of, kind_of, question_of
from sandbox.scenario.ends import end_problems
from sandbox.scenario.gates import Gate
from sandbox.scenario.language import Binding, Policy
from sandbox.scenario.loader import Loaded

SMALL_WORLD = 2_000
_HANGS_ON_SHARE = ("accuracy", "average_precision", "log_loss", "brier")


def check_scenario(loaded: Loaded) -> list[str]:
    """Judge the models' feature queries and the ends of assumptions; warn of gates that prove nothing.

    Raises:
        InputError: every feature query that does not fit the datasets, every end that its key cannot have.
    """
    plan = loaded.plan
    problems: list[Problem] = end_problems(loaded)
    for name in plan.models:
        try:
            features_of(loaded, question_of(loaded, name))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    on_models = [gate for gate in plan.gates if gate.subject in plan.models]
    return [warning for gate in on_models if (warning := _warning(loaded, gate))]


def _warning(loaded: Loaded, gate: Gate) -> str:
    """Why a gate proves nothing; empty where it does, or where only data can tell."""
    if is_parity(gate.figure):
        others = [each for each in loaded.plan.gates if each.subject == gate.subject and not is_parity(each.figure)]
        told = f"`{gate.text}` proves nothing alone: who gives everybody the same answer treats all groups alike."
        return "" if others else f"{told} Ask for a figure of {gate.subject} beside it."
    if gate.figure not in _HANGS_ON_SHARE:
        share: float | None = 0.5  # the trivial model's figure does not hang on it
    else:
        share = _expected_share(loaded, gate.subject)
    if share is None:
        return f"`{gate.text}`: only a run tells whether a constant answer passes; balanced_accuracy would tell now."
    if not trivial_passes(gate.figure, gate.operator, gate.bar, share):
        return ""
    reached = trivial_score(gate.figure, share)
    about = "" if gate.figure not in _HANGS_ON_SHARE else f" (about {share:.0%} are positive)"
    return f"`{gate.text}` proves nothing: giving everybody the same answer reaches {reached:.2f}{about}."


def _expected_share(loaded: Loaded, model_name: str) -> float | None:
    """How common the label will be in the simulated world, from the truth of a small one; None where it has none."""
    plan = loaded.plan
    model = plan.models[model_name]
    if model.label.occurs is not None or model.of in plan.bindings:
        return None
    from dataclasses import replace

    import pyarrow.compute as pc

    from sandbox.world.truth import true_probability
    from sandbox.world.world import World

    dataset = plan.datasets[model.of]
    small = replace(dataset, rows=min(dataset.rows, SMALL_WORLD))
    few = replace(plan, datasets={**plan.datasets, model.of: small})
    cut_us = plan.clock.calendar.at_us(model.at[-1])
    window_us = model.label.window // timedelta(microseconds=1)
    truth = true_probability(World(few), model.of, cut_us, window_us, kind_of(model.label))
    mean = pc.mean(truth["probability"]).as_py()
    return None if mean is None else float(mean)


def touches(loaded: Loaded) -> dict[str, dict[str, Any]]:
    """Files, hosts and variables behind each target, by dataset."""
    found: dict[str, dict[str, Any]] = {}
    for target, bindings in loaded.plan.scenario.targets.items():
        variables = loaded.variables.get(target, {})
        found[target] = {
            name: {**_opened(entry), **({"variable": variables[name]} if name in variables else {})}
            for name, entry in bindings.items()
        }
    return found


def _opened(entry: Binding | Policy) -> Mapping[str, Sequence[str]]:
    """What a target's source, or a policy that asks elsewhere, opens."""
    asks: Callable[[], Mapping[str, Sequence[str]]] = getattr(
        entry.part if isinstance(entry, Policy) else entry.source, "touches", dict
    )
    return asks()
