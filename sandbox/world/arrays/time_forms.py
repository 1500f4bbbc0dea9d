"""The array forms of what is asked of dates and moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.scenario.parsing import Tree
from sandbox.world.arrays import moments
from sandbox.world.arrays.compiling import Compiler, Part, Rule, Run
from sandbox.world.arrays.conversions import cast
from sandbox.world.arrays.kinds import Kind


def _part_of_time(part: str, child: Callable[[Tree], Tree]) -> Rule:
    def rule(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
        return _time_part(compiler, child(node), part)

    return rule


def _named_part(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    """EXTRACT(part FROM x) and DATE_PART('part', x)."""
    from sqlglot import exp

    if isinstance(node, exp.Extract):
        return _time_part(compiler, node.expression, node.this.name)
    part, child = node.expressions
    return _time_part(compiler, child, part.this) if isinstance(part, exp.Literal) else None


def _time_part(compiler: Compiler, child: Tree, name: str) -> Run | None:
    part, name = compiler.part(child), _SPELT.get(name.lower(), name.lower())
    if part is None or not part.kind.is_time or not moments.is_part(name):
        return None
    of_dates = part.kind.family == "date"
    return lambda chunk: moments.part_of(part.run(chunk), name, of_dates)


def _date_diff(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    unit = node.text("unit").lower()
    runs = _moments(compiler, [node.expression, node.this])
    if runs is None or not moments.is_unit(unit):
        return None
    start, stop = runs
    return lambda chunk: moments.difference(start(chunk), stop(chunk), unit)


def _moments(compiler: Compiler, nodes: Sequence[Tree]) -> list[Run] | None:
    """Dates and moments, all as moments: this database's zone is UTC."""
    parts: list[Part] | None = compiler.parts(nodes)
    if parts is None or not all(part.kind.is_time for part in parts):
        return None

    def as_moment(part: Part) -> Run:
        return lambda chunk: cast(part.run(chunk), part.kind, Kind("moment"))

    return [as_moment(part) for part in parts]


_SPELT = {
    "dayofweek": "dow", "weekday": "dow", "dayofmonth": "day", "dayofyear": "doy", "weekofyear": "week",
}  # fmt: skip
_PARTS = {
    "Year": "year", "Quarter": "quarter", "Month": "month", "Week": "week", "WeekOfYear": "week", "Day": "day",
    "DayOfMonth": "day", "DayOfWeek": "dow", "DayOfWeekIso": "isodow", "DayOfYear": "doy", "Hour": "hour",
    "Minute": "minute", "Second": "second", "TimeToUnix": "epoch",
}  # fmt: skip

OF_TIME: dict[str, Rule] = {
    **{form: _part_of_time(part, lambda node: node.this) for form, part in _PARTS.items()},
    "weekday": _part_of_time("dow", lambda node: node.expressions[0]),
    "epoch_us": _part_of_time("epoch_us", lambda node: node.expressions[0]),
    "Extract": _named_part,
    "date_part": _named_part,
    "datepart": _named_part,
    "DateDiff": _date_diff,
}
