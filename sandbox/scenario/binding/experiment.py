"""Judge an experiment: its arms and shares, the log and the columns that it names, its metrics, its days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sandbox.contract.model import Contract
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.columns import spelt
from sandbox.scenario.binding.expected import check_expected
from sandbox.scenario.binding.models import Surroundings
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.gates import Gate
from sandbox.scenario.language.experiment import Experiment, Metric
from sandbox.scenario.shares import share_problems
from sandbox.strict import Path

if TYPE_CHECKING:
    import pyarrow as pa

SUBJECT = "experiment"
"""What gates on an experiment begin with."""
_HERE = (SUBJECT,)


def check_experiment(experiment: Experiment, around: Surroundings, notes: Notes) -> None:
    """Note what does not fit."""
    for path, problem in share_problems(experiment.control, list(experiment.arms.items()), experiment.holdout):
        notes.add((*_HERE, *path), problem.message)
    logs = _logs(experiment, around, notes)
    for contract in logs:
        _check_columns(experiment, contract, notes)
    _check_names(experiment, notes)
    if experiment.expect is not None:
        check_expected(experiment, experiment.expect, notes)
    for name, metric in experiment.metrics.items():
        _check_metric(name, metric, experiment, logs, around, notes)
    _check_ramp(experiment, notes)
    _check_days(experiment, around, notes)


def _check_ramp(experiment: Experiment, notes: Notes) -> None:
    """A stage gives arms that are there no more than they shall have in the end, which is what was planned."""
    for number, stage in enumerate(experiment.ramp):
        path, by_arm = (*_HERE, "ramp", number, "share"), stage.share
        most = max(experiment.arms.values(), default=0.0)
        if not isinstance(by_arm, dict):
            if by_arm > most > 0:
                notes.add(path, f"got {by_arm:g}, and `arms` plans {most:g} at most; raise that first.")
            continue
        for arm, share in by_arm.items():
            if arm not in experiment.arms:
                notes.add((*path, arm), f"unknown arm '{arm}'.{did_you_mean(arm, experiment.arms)}")
            elif share > experiment.arms[arm]:
                whole = experiment.arms[arm]
                notes.add((*path, arm), f"got {share:g}, is above the {whole:g} that `arms` plans; raise that first.")


def check_figure(gate: Gate, number: int, experiment: Experiment, notes: Notes) -> None:
    """Note a gate on a figure that the experiment has not, or on the point where an end of an interval is wanted."""
    if gate.figure in experiment.figures:
        return
    if f"{gate.figure}.low" in experiment.figures:
        said = f"'{gate.figure}' is a point, of which nobody knows how sure it is; ask for an end of its interval: "
        notes.add(("done", number), f"{said}{SUBJECT}.{gate.figure}.low.")
        return
    notes.add(("done", number), f"unknown figure '{gate.figure}'.{did_you_mean(gate.figure, experiment.figures)}")


def _logs(experiment: Experiment, around: Surroundings, notes: Notes) -> list[Contract]:
    """The contracts of the logs, as far as they are there."""
    found = []
    if isinstance(experiment.log, dict):
        arms = [experiment.control, *experiment.arms]
        for name in experiment.log:
            if name not in arms:
                notes.add((*_HERE, "log", name), f"unknown arm '{name}'.{did_you_mean(name, arms)}")
        for name in arms:
            if name not in experiment.log:
                notes.add((*_HERE, "log"), f"has no log of the arm '{name}'.")
    for arm, dataset in experiment.logs.items():
        path = (*_HERE, "log") if arm is None else (*_HERE, "log", arm)
        contract = around.contract(dataset, path, notes)
        if contract is not None and contract.time is None:
            notes.add(path, f"'{dataset}' has no `time:`; a log says when a unit met its arm.")
        elif contract is not None:
            found.append(contract)
    return found


def _check_columns(experiment: Experiment, contract: Contract, notes: Notes) -> None:
    check_segments(experiment, contract, notes)
    named: list[tuple[Path, str]] = []
    if experiment.unit is not None:
        named.append((("unit",), experiment.unit))
    if isinstance(experiment.log, str):
        named.append((("arm",) if experiment.arm else (), experiment.arm or "arm"))
    terms = experiment.off_policy
    if terms is not None:
        named += [(("off_policy", "action"), terms.action), (("off_policy", "propensity"), terms.propensity)]
        named += [(("off_policy", "context", at), column) for at, column in enumerate(terms.context)]
        _check_sql((*_HERE, "off_policy", "reward"), terms.reward, contract, "number", notes)
    for path, column in named:
        if column not in contract.names:
            mend = "" if path else " Say which column of the log names the arm: `arm: <column>`."
            known = did_you_mean(column, contract.names)
            notes.add((*_HERE, *path), f"'{contract.dataset}' has no column '{column}'.{mend}{known}")
    if experiment.trigger is not None:
        _check_sql((*_HERE, "trigger"), experiment.trigger, contract, "condition", notes)


def check_segments(experiment: Experiment, contract: Contract, notes: Notes) -> None:
    """Note segments by columns that are not there, or that nobody may see."""
    for at, column in enumerate(experiment.segments):
        path = (*_HERE, "segments", at)
        if column not in contract.names:
            notes.add(path, f"'{contract.dataset}' has no column '{column}'.{did_you_mean(column, contract.names)}")
        elif column in contract.pii:
            said = f"'{column}' is personal data, which no page shows; tell units apart by something else."
            notes.add(path, said)


def _check_names(experiment: Experiment, notes: Notes) -> None:
    """Metrics that are named elsewhere are there, and are of the kind that is wanted."""
    metrics = experiment.metrics
    named: list[tuple[Path, str]] = [(("primary",), experiment.primary)]
    named += [(("guardrails", name), name) for name in experiment.guardrails]
    named += [(("money", "values", name), name) for name in (experiment.money.values if experiment.money else ())]
    for path, name in named:
        if name not in metrics:
            notes.add((*_HERE, *path), f"unknown metric '{name}'.{did_you_mean(name, metrics)}")
        elif path[0] == "money" and metrics[name].per is not None:
            notes.add((*_HERE, *path), f"'{name}' is a ratio; money goes by what units do, so name a sum or an `any`.")
    for name, loss in experiment.guardrails.items():
        if not 0 <= loss < 1:
            notes.add((*_HERE, "guardrails", name), f"got {loss:g}, must be a share from 0 to below 1.")


def _check_metric(
    name: str, metric: Metric, experiment: Experiment, logs: list[Contract], around: Surroundings, notes: Notes
) -> None:
    path = (*_HERE, "metrics", name)
    tell = logs
    if metric.of is not None:
        events = around.contract(metric.of, (*path, "of"), notes)
        tell = [] if events is None else [events]
        if events is not None and events.time is None:
            notes.add((*path, "of"), f"'{metric.of}' has no `time:`; what counts comes after an exposure.")
        if experiment.unit is None:
            notes.add((*path, "of"), "needs `unit:` of the experiment, the column by which its rows are a unit's.")
        elif events is not None and experiment.unit not in events.names:
            notes.add((*path, "of"), f"'{metric.of}' has no column '{experiment.unit}' to find the unit by.")
    for contract in tell:
        for key, kind in (("any", "condition"), ("sum", "number"), ("per", "number")):
            text = getattr(metric, key)
            if text is not None:
                _check_sql((*path, key), text, contract, kind, notes)


def _check_sql(path: Path, text: str, contract: Contract, kind: str, notes: Notes) -> None:
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    try:
        made = compile_expression(text, _columns(contract)).type
    except ExpressionError as error:
        notes.add_faults(path, error.faults)
        return
    is_bool = spelt(made) == "bool"
    is_number = spelt(made).startswith(("int", "uint", "float", "decimal"))
    if not (is_bool if kind == "condition" else is_number or is_bool):
        notes.add(path, f"the expression gives {spelt(made)}, must give a {kind}.")


def _columns(contract: Contract) -> Mapping[str, pa.DataType]:
    return {column.name: column.arrow for column in contract.columns}


def _check_days(experiment: Experiment, around: Surroundings, notes: Notes) -> None:
    clock = around.clock
    if clock is None:
        return
    starts = [(("from",), experiment.from_)] if experiment.from_ is not None else []
    starts += [(("ramp", at, "from"), stage.from_) for at, stage in enumerate(experiment.ramp)]  # type: ignore[misc]
    begun = [clock.calendar.at_us(moment) for _, moment in starts]
    for (path, _), at_us in zip(starts, begun, strict=True):
        if not clock.start_us <= at_us < clock.end_us:
            notes.add((*_HERE, *path), "lies outside the clock; choose a moment inside it.")
    stages = begun[1:] if experiment.from_ is not None else begun
    for number in _not_rising(stages):
        notes.add((*_HERE, "ramp", number, "from"), "does not come after the stage before; put stages in order.")


def _not_rising(moments: list[int]) -> Iterable[int]:
    return (number for number in range(1, len(moments)) if moments[number] <= moments[number - 1])
