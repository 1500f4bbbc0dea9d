"""Columns that a real source lacks: everything else can be judged all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox.contract.model import Contract
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import lacking_columns


def without_lacking(plan: Plan, datasets: Sequence[str]) -> tuple[Plan, dict[str, tuple[str, ...]]]:
    """The plan without the columns that its real sources lack, and these, by dataset.

    A source that lacks all of its columns is left as it is: that is another source, and opening it says so.

    Raises:
        OutsideError: a source cannot be opened.
    """
    lacks = {name: lacking_columns(plan, name) for name in datasets}
    lacks = {name: some for name, some in lacks.items() if some and len(some) < len(plan.datasets[name].contract.names)}
    kept = {
        name: replace(plan.datasets[name], contract=_without(plan.datasets[name].contract, some))
        for name, some in lacks.items()
    }
    bindings = {
        name: binding.model_copy(
            update={"parse": {key: value for key, value in binding.parse.items() if key not in lacks[name]}}
        )
        if name in lacks
        else binding
        for name, binding in plan.bindings.items()
    }
    return replace(plan, datasets={**plan.datasets, **kept}, bindings=bindings), lacks


def _without(contract: Contract, missing: Sequence[str]) -> Contract:
    """The contract without some columns, and without what it says of them."""
    columns = tuple(column for column in contract.columns if column.name not in missing)
    known = {column.name for column in columns}
    times = (contract.time, contract.valid_from)
    return replace(
        contract,
        columns=columns,
        primary_key=contract.primary_key if known.issuperset(contract.primary_key) else (),
        foreign_keys=tuple(key for key in contract.foreign_keys if known.issuperset(key.columns)),
        unique=tuple(group for group in contract.unique if known.issuperset(group)),
        expectations=tuple(each for each in contract.expectations if known.issuperset(each.columns)),
        time=contract.time if contract.time in known else None,
        valid_from=contract.valid_from if contract.valid_from in known else None,
        valid_to=contract.valid_to if known.issuperset({contract.valid_from, contract.valid_to}) else None,
        static=contract.static or not known.intersection(times),
    )
