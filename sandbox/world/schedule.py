"""In which steps columns are made, so that all SQL that is ready at a time runs in one query."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sandbox.scenario.plan import ColumnPlan
from sandbox.world.formulas import Formula


@dataclass(frozen=True, slots=True)
class Step:
    """First the formulas, in one query; then the columns, in order."""

    formulas: Mapping[str, Formula]
    """By the column that asks for each, numbered where it asks for several."""
    columns: tuple[ColumnPlan, ...]


def needed(columns: Sequence[ColumnPlan], wanted: Collection[str]) -> tuple[ColumnPlan, ...]:
    """The wanted columns and all that they are made from, in the order of making."""
    names = set(wanted)
    for column in reversed(columns):
        if column.name in names:
            names.update(column.reads)
    return tuple(column for column in columns if column.name in names)


def steps_of(columns: Sequence[ColumnPlan], expressions: Mapping[str, Sequence[Formula]]) -> tuple[Step, ...]:
    """Lay out the making of these columns.

    Args:
        columns: in an order in which each comes after those it reads.
        expressions: those that each column needs. What they use beside these columns is there from the start.
    """
    to_make = {column.name for column in columns}
    waiting, evaluated, steps = list(columns), set[str](), list[Step]()
    while waiting:
        ready: dict[str, Formula] = {}
        for column in waiting:
            for number, expression in enumerate(expressions[column.name]):
                if expression.text not in evaluated and to_make.isdisjoint(expression.columns_used):
                    ready[f"{column.name}#{number}"] = expression
                    evaluated.add(expression.text)
        now, later = [], []
        for column in waiting:
            has_sql = all(expression.text in evaluated for expression in expressions[column.name])
            if has_sql and to_make.isdisjoint(column.reads):
                now.append(column)
                to_make.discard(column.name)
            else:
                later.append(column)
        steps.append(Step(ready, tuple(now)))
        waiting = later
    return tuple(steps)
