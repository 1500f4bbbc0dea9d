"""Hold the figures of a run against its definition of done, and warn of gates that prove nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.models.gates import judge, trivial_passes, trivial_score
from sandbox.runs.auditing import is_parity, parity_of
from sandbox.runs.record import GateRecord, ModelRecord
from sandbox.scenario.gates import Gate


def judge_gates(
    gates: Sequence[Gate],
    models: Sequence[ModelRecord],
    experiment: Mapping[str, float] | None = None,
    campaigns: Mapping[str, Mapping[str, float]] | None = None,
) -> tuple[list[GateRecord], list[str]]:
    """How each gate ended, and a warning for each that a model passes which knows nothing.

    Args:
        gates: all of a plan.
        models: those that they name.
        experiment: the figures of the experiment, by name.
        campaigns: those of each campaign.
    """
    by_name = {model.name: model for model in models}
    tried = campaigns or {}
    judged = [
        _judge(gate, by_name[gate.subject])
        if gate.subject in by_name
        else _of_campaign(gate, tried[gate.subject])
        if gate.subject in tried
        else _of_experiment(gate, experiment or {})
        for gate in gates
    ]
    return judged, [gate.remark for gate in judged if gate.trivial_passes]


def _of_experiment(gate: Gate, figures: Mapping[str, float]) -> GateRecord:
    value = figures.get(gate.figure, float("nan"))
    verdict = judge(value, value, value, gate.operator, gate.bar)
    remark = "" if figures else "no row of the experiment's log counts."
    return GateRecord(gate.text, str(verdict), value, None, None, remark=remark)


def _of_campaign(gate: Gate, figures: Mapping[str, float]) -> GateRecord:
    value = figures[gate.figure]
    remark = "" if value == value else "too few were contacted or held out."
    return GateRecord(
        gate.text, str(judge(value, value, value, gate.operator, gate.bar)), value, None, None, remark=remark
    )


def _judge(gate: Gate, model: ModelRecord) -> GateRecord:
    if not model.card:
        return GateRecord(gate.text, "undetermined", None, None, None, remark=f"there is no model: {model.failure}")
    if is_parity(gate.figure):
        found, remark = parity_of(model, gate.figure)
        verdict = judge(found.value, found.low, found.high, gate.operator, gate.bar)
        low, high = (None, None) if found.low == found.high else (found.low, found.high)
        return GateRecord(gate.text, str(verdict), found.value, low, high, remark=remark)
    estimate = model.card["metrics"][gate.figure]
    value, low, high = (float("nan") if estimate[key] is None else estimate[key] for key in ("value", "low", "high"))
    share = model.card["sides"]["test_positive_share"]
    trivial = trivial_score(gate.figure, share)
    passes = trivial_passes(gate.figure, gate.operator, gate.bar, share)
    remark = ""
    if passes:
        remark = f"`{gate.text}` proves nothing: a model that gives everybody the same answer reaches {trivial:.3f}."
    return GateRecord(
        text=gate.text,
        verdict=str(judge(value, low, high, gate.operator, gate.bar)),
        value=value,
        low=low,
        high=high,
        trivial_value=trivial,
        trivial_passes=passes,
        remark=remark,
    )
