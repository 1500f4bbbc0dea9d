"""The array forms of comparisons, of SQL's logic and of what chooses between values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from sandbox.scenario.parsing import Tree
from sandbox.world.arrays import logic
from sandbox.world.arrays.compiling import Compiler, Rule, Run
from sandbox.world.arrays.kinds import BOOLEAN, Kind
from sandbox.world.arrays.logic import COMPARISONS
from sandbox.world.arrays.operand import Operand


def _comparison(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    runs = compiler.alike([node.this, node.expression])
    if runs is None:
        return None
    (left, right), name = runs, type(node).__name__
    if name == "NullSafeNEQ":
        return lambda chunk: logic.inverted(logic.same(left(chunk), right(chunk)))
    compare = COMPARISONS[name]
    return lambda chunk: compare(left(chunk), right(chunk))


def _between(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    runs = compiler.alike([node.this, node.args["low"], node.args["high"]])
    if runs is None or node.args.get("symmetric"):
        return None
    value, low, high = runs

    def run(chunk: Any) -> Operand:
        here = value(chunk)
        return logic.conjunction(logic.at_least(here, low(chunk)), logic.at_most(here, high(chunk)))

    return run


def _among(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    runs = compiler.alike([node.this, *node.expressions])
    if runs is None or len(runs) < 2:
        return None
    value, *others = runs

    def run(chunk: Any) -> Operand:
        here = value(chunk)
        return reduce(logic.disjunction, (logic.equal(here, other(chunk)) for other in others))

    return run


def _joined_by(function: Callable[[Operand, Operand], Operand]) -> Rule:
    def rule(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
        left, right = (compiler.as_kind(child, BOOLEAN) for child in (node.this, node.expression))
        return None if left is None or right is None else lambda chunk: function(left(chunk), right(chunk))

    return rule


def _not(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    run = compiler.as_kind(node.this, BOOLEAN)
    return None if run is None else lambda chunk: logic.inverted(run(chunk))


def _is(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    from sqlglot import exp

    part = compiler.part(node.this)
    if part is None:
        return None
    if isinstance(node.expression, exp.Null):
        return lambda chunk: logic.is_null(part.run(chunk))
    if not isinstance(node.expression, exp.Boolean) or part.kind.family != "boolean":
        return None
    if node.expression.this:
        return lambda chunk: logic.is_true(part.run(chunk))
    return lambda chunk: logic.is_true(logic.inverted(part.run(chunk)))


def _case(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    from sqlglot import exp

    branches = node.args.get("ifs") or [node]
    otherwise = node.args.get("default") or node.args.get("false") or exp.Null()
    values = compiler.all_as([branch.args["true"] for branch in branches] + [otherwise], kind)
    if "ifs" in node.args and node.this is not None:
        compared = compiler.alike([node.this, *(branch.this for branch in branches)])
        conditions = _equal_to_first(compared) if compared is not None else None
    else:
        conditions = compiler.all_as([branch.this for branch in branches], BOOLEAN)
    if values is None or conditions is None:
        return None
    *thens, last = values

    def run(chunk: Any) -> Operand:
        return logic.first_true([c(chunk) for c in conditions], [then(chunk) for then in thens], last(chunk))

    return run


def _equal_to_first(runs: Sequence[Run]) -> list[Run]:
    value, *others = runs

    def equal_to(other: Run) -> Run:
        return lambda chunk: logic.equal(value(chunk), other(chunk))

    return [equal_to(other) for other in others]


def _coalesce(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    runs = compiler.all_as([node.this, *node.expressions], kind)
    return None if runs is None else lambda chunk: logic.first_value([run(chunk) for run in runs])


def _nullif(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    runs, value = compiler.alike([node.this, node.expression]), compiler.as_kind(node.this, kind)
    if runs is None or value is None:
        return None
    left, right = runs
    return lambda chunk: logic.null_where_equal(value(chunk), logic.equal(left(chunk), right(chunk)))


OF_LOGIC: dict[str, Rule] = {
    **dict.fromkeys((*COMPARISONS, "NullSafeNEQ"), _comparison),
    "Between": _between,
    "In": _among,
    "And": _joined_by(logic.conjunction),
    "Or": _joined_by(logic.disjunction),
    "Not": _not,
    "Is": _is,
    "Case": _case,
    "If": _case,
    "Coalesce": _coalesce,
    "Nullif": _nullif,
}
