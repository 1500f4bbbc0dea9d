"""Judge a target: the datasets it makes real exist, and what it maps is in the contract."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.contract.model import Contract
from sandbox.contract.parse import parse_problems
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language import Binding, Dataset, Policy


def check_target(
    name: str,
    entries: Mapping[str, Binding | Policy],
    policies: Mapping[str, Policy],
    datasets: Mapping[str, Dataset],
    contracts: Mapping[str, Contract],
    notes: Notes,
) -> None:
    """Note what does not fit; columns of the source itself are known only when it is opened."""
    for replaced in policies_of(entries):
        if replaced not in policies:
            others = did_you_mean(replaced, policies) or " The scenario has no `policies`."
            notes.add(("targets", name, replaced), f"unknown policy '{replaced}'.{others}")
    bindings = bindings_of(entries)
    visible = [dataset for dataset, spec in datasets.items() if not spec.hidden]
    for dataset, binding in bindings.items():
        path = ("targets", name, dataset)
        if dataset not in visible:
            if dataset in datasets:
                notes.add(path, "the dataset is hidden: it never lands, so nothing real can take its place.")
            else:
                notes.add(path, f"unknown dataset '{dataset}'.{did_you_mean(dataset, visible)}")
            continue
        contract = contracts.get(dataset)
        if contract is None:
            continue
        columns = contract.names
        for source, column in binding.rename.items():
            if column not in columns:
                notes.add((*path, "rename", source), f"unknown column '{column}'.{did_you_mean(column, columns)}")
        for column in binding.parse:
            if column not in columns:
                notes.add((*path, "parse", column), f"unknown column '{column}'.{did_you_mean(column, columns)}")
        known = {column: parse.read_as() for column, parse in binding.parse.items() if column in columns}
        for problem in parse_problems(contract, known):
            notes.add((*path, "parse", *problem.path.split(".")), problem.message)
        _check_sql(path, binding, notes)


def bindings_of(entries: Mapping[str, Binding | Policy]) -> dict[str, Binding]:
    """The datasets that a target makes real."""
    return {name: each for name, each in entries.items() if isinstance(each, Binding)}


def policies_of(entries: Mapping[str, Binding | Policy]) -> dict[str, Policy]:
    """The policies that it puts in the place of those of the scenario."""
    return {name: each for name, each in entries.items() if isinstance(each, Policy)}


def _check_sql(path: tuple[str, ...], binding: Binding, notes: Notes) -> None:
    from sandbox.scenario.expressions import ExpressionError, columns_in

    for key in ("where", "arrived_at"):
        text = getattr(binding, key)
        if text is not None:
            try:
                columns_in(text)
            except ExpressionError as error:
                notes.add_faults((*path, key), error.faults)
