"""`told_by`: by which SQL over what lands a column that stays in the world is told, once the data is real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language import Dataset
from sandbox.scenario.plan import DatasetPlan


def check_told(name: str, datasets: Mapping[str, Dataset], plans: Mapping[str, DatasetPlan], notes: Notes) -> None:
    """Note what is wrong with the `told_by` of a dataset's columns."""
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    for column, written in datasets[name].columns.items():
        text = written.options.told_by
        if text is None:
            continue
        path = ("datasets", name, "columns", column, "told_by")
        faults = []
        found = list(tellers_of(name, datasets))
        if any(teller not in plans for teller in found):  # what is wrong with it is told there
            continue
        for teller in found:
            try:
                compile_expression(text, _seen(plans[teller], teller == name))
            except ExpressionError as error:
                faults.append(error.faults)
        if not found:
            notes.add(path, f"no dataset that lands tells of '{name}': none is made from it.")
        elif len(faults) == len(found):
            notes.add_faults(path, faults[0])


def _seen(plan: DatasetPlan, is_own: bool) -> dict[str, pa.DataType]:
    """What is seen of each row that lands: its columns, what hidden ones look up by these; its own that are told."""
    seen = {
        name
        for name, column in plan.spec.columns.items()
        if column.kind == "look_up" or (is_own and column.options.told_by is not None)
    }
    hidden = {column.name: column.type for column in plan.columns if column.name in seen}
    return {**hidden, **{column.name: column.arrow for column in plan.contract.columns}}


def tellers_of(name: str, datasets: Mapping[str, Dataset]) -> Iterator[str]:
    """The datasets that land and whose rows tell of the rows of one: itself, what belongs to it, what refers to it."""
    for other, spec in datasets.items():
        above, refers = other, {needed for column in spec.columns.values() for needed in column.generator.datasets()}
        seen: set[str] = set()
        while above in datasets and above != name and above not in seen:
            seen.add(above)
            above = datasets[above].of or ""
        if not spec.hidden and (above == name or name in refers):
            yield other
