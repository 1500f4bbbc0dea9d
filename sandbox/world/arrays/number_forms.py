"""The array forms of arithmetic, of functions of numbers and of casts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from sandbox.scenario.parsing import Tree
from sandbox.world.arrays import arithmetic
from sandbox.world.arrays.compiling import Compiler, Rule, Run, brought
from sandbox.world.arrays.conversions import CASTS, cast
from sandbox.world.arrays.functions import OF_ONE, OF_TWO, TESTS, applied
from sandbox.world.arrays.kinds import DOUBLE, Kind, becomes
from sandbox.world.arrays.operand import Operand


def _of_numbers(function: Callable[[Operand, Operand, Kind], Operand], families: Sequence[str]) -> Rule:
    """An operator that makes a kind of number of two of that kind."""

    def rule(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
        left, right = compiler.as_kind(node.this, kind), compiler.as_kind(node.expression, kind)
        if kind.family not in families or left is None or right is None:
            return None
        return lambda chunk: function(left(chunk), right(chunk), kind)

    return rule


def _multiply(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    """Decimals are multiplied as they are: the digits behind the point add up."""
    if kind.family != "decimal":
        return _of_numbers(arithmetic.multiply, ("integer", "real", "double"))(compiler, node, kind)
    parts = compiler.parts([node.this, node.expression])
    if parts is None or any(part.kind.family not in ("integer", "decimal") for part in parts):
        return None
    left, right = parts
    if left.kind.scale + right.kind.scale != kind.scale:
        return None
    return lambda chunk: arithmetic.multiply(left.run(chunk), right.run(chunk), kind)


def _of_one(function: Callable[[Operand, Kind], Operand]) -> Rule:
    def rule(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
        run = compiler.as_kind(node.this, kind) if kind.is_number else None
        return None if run is None else lambda chunk: function(run(chunk), kind)

    return rule


def _sign(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    part = compiler.part(node.this)
    return None if part is None or not part.kind.is_number else lambda chunk: arithmetic.sign(part.run(chunk))


def _to_whole(function: Callable[[Operand], Operand]) -> Rule:
    """FLOOR and its like: of decimals decimals, else floats."""

    def rule(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
        part = compiler.part(node.this)
        if part is None or node.args.get("decimals") is not None:
            return None
        if part.kind.family == kind.family == "decimal":
            return lambda chunk: function(part.run(chunk))
        run = brought(part, kind) if kind.is_float and becomes(part.kind, kind) else None
        return None if run is None else lambda chunk: function(run(chunk))

    return rule


def _round(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    part, given = compiler.part(node.this), node.args.get("decimals")
    behind = compiler.part(given) if given is not None else None
    if part is None or part.kind.family != kind.family or (given is not None and behind is None):
        return None
    digits = 0
    if behind is not None:
        if behind.constant is None or behind.kind.family != "integer" or behind.constant.nulls is not None:
            return None
        digits = int(behind.constant.values)
    if kind.family == "double" and abs(digits) <= 15:
        return lambda chunk: arithmetic.round_float(part.run(chunk), digits)
    if kind.family == "decimal" and digits >= 0:
        return lambda chunk: arithmetic.round_decimal(part.run(chunk), digits)
    return part.run if kind.family == "integer" and digits >= 0 else None


def _of_floats(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    """EXP, LN, POW and their like, over doubles."""
    name = type(node).__name__
    given = [node.this, node.expression] if node.args.get("expression") is not None else [node.this]
    function: Callable[..., Any] | None = OF_ONE.get(name) if len(given) == 1 else OF_TWO.get(name)
    runs = [compiler.as_kind(child, DOUBLE) for child in given]
    if function is None or kind.family != "double" or None in runs:
        return None
    found = [run for run in runs if run is not None]
    return lambda chunk: applied(function, *(run(chunk) for run in found))


def _test(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    name = type(node).__name__
    child = node.this if name in TESTS else node.expressions[0]
    part, function = compiler.part(child), TESTS[name if name in TESTS else str(node.this)]
    return None if part is None or not part.kind.is_float else lambda chunk: applied(function, part.run(chunk))


def _extreme(function: Callable[[Operand, Operand, Kind], Operand]) -> Rule:
    def rule(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
        runs = compiler.all_as([node.this, *node.expressions], kind)
        if runs is None or not (kind.is_number or kind.is_time):
            return None
        return lambda chunk: reduce(lambda one, other: function(one, other, kind), (run(chunk) for run in runs))

    return rule


def _cast(compiler: Compiler, node: Tree, kind: Kind) -> Run | None:
    part = compiler.part(node.this)
    if part is None or node.args.get("format") is not None:
        return None
    old = part.kind
    if (old.family, kind.family) not in CASTS and old.family not in (kind.family, "null"):
        return None
    return lambda chunk: cast(part.run(chunk), old, kind)


_NUMBERS = ("integer", "real", "double")

OF_NUMBERS: dict[str, Rule] = {
    "Add": _of_numbers(arithmetic.add, (*_NUMBERS, "decimal")),
    "Sub": _of_numbers(arithmetic.subtract, (*_NUMBERS, "decimal")),
    "Mul": _multiply,
    "Div": _of_numbers(arithmetic.divide, ("real", "double")),
    "IntDiv": _of_numbers(arithmetic.divide_whole, _NUMBERS),
    "Mod": _of_numbers(arithmetic.remainder, _NUMBERS),
    "Neg": _of_one(arithmetic.negate),
    "Abs": _of_one(arithmetic.absolute),
    "Sign": _sign,
    "Round": _round,
    "Floor": _to_whole(arithmetic.floor),
    "Ceil": _to_whole(arithmetic.ceiling),
    "Trunc": _to_whole(arithmetic.truncate),
    "Greatest": _extreme(arithmetic.greatest),
    "Least": _extreme(arithmetic.least),
    **dict.fromkeys((*OF_ONE, *OF_TWO), _of_floats),
    **dict.fromkeys(TESTS, _test),
    "Cast": _cast,
}
