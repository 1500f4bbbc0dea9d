"""SQL over arrays: an expression compiled once, then evaluated over any rows at a few nanoseconds a row and operation.

The language is that of `compile_expression`, to the letter, and so are its results: what arrays have no form for, or
cannot be sure of (an overflow, a text that is no number), DuckDB makes or refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from sandbox.errors import InputError
from sandbox.scenario.expressions import ExpressionError, compile_expression
from sandbox.scenario.parsing import Fault, parsed
from sandbox.world.arrays.compiling import Compiler, Part, kinds_of
from sandbox.world.arrays.forms import RULES
from sandbox.world.arrays.frame import Chunk, Frame, array_by_duckdb
from sandbox.world.arrays.operand import Operand, joined, operand_of

_CHUNK_ROWS = 1 << 15
"""A column of doubles of so many rows takes 256 KiB."""


@dataclass(frozen=True, slots=True, eq=False)
class ArrayExpression:
    """A compiled expression; `type` is the Arrow type of its result, as `compile_expression` gives it."""

    text: str
    columns_used: tuple[str, ...]
    type: pa.DataType
    sql: str
    _types: Mapping[str, pa.DataType] = field(repr=False)
    _part: Part = field(repr=False)

    def evaluate(self, column: Callable[[str], Operand], rows: int, path: str = "") -> Operand:
        """The value of each row; `values` of shape (rows,), and no doubts.

        Decimals come as float64 where one of them has more than 18 digits.

        Args:
            column: gives a column by its name, of shape (rows,) or ().
            rows: how many there are.
            path: where the expression stands, for errors.
        Raises:
            InputError: a row does not go through, such as one that overflows.
        """
        columns = {name: _of_all(column(name), rows) for name in self.columns_used}
        frame, kept = Frame(columns, self._types, rows), dict[str, Operand]()
        starts = range(0, max(rows, 1), _CHUNK_ROWS)
        chunks = [Chunk(frame, start, min(start + _CHUNK_ROWS, rows), kept) for start in starts] if rows else []
        with np.errstate(all="ignore"):
            pieces = [_of_all(self._part.run(chunk), chunk.stop - chunk.start) for chunk in chunks]
        if pieces and all(piece.doubts is None or not piece.doubts.any() for piece in pieces):
            made = joined(pieces)
            return replace(made, doubts=None, nulls=made.nulls if made.nulls is not None and made.nulls.any() else None)
        try:
            found = array_by_duckdb(self.sql, columns, self._types, rows)
        except InputError as error:
            problems = [replace(problem, path=path or self.text) for problem in error.problems]
            raise InputError(problems) from None
        try:
            return operand_of(found)
        except InputError:  # decimals of more than 18 digits
            return operand_of(found.cast(pa.float64()))


def array_expression(text: str, types: Mapping[str, pa.DataType]) -> ArrayExpression:
    """Compile an expression over columns of these types.

    Raises:
        ExpressionError: `compile_expression` refuses it, or a column or the result is no number, text, date or time.
    """
    expression = compile_expression(text, types)
    used = {name: types[name] for name in expression.columns_used}
    for name, made in used.items():
        if not _is_held(made):
            raise ExpressionError([Fault(f"'{name}' is of type {made}; here are numbers, texts and times only.")])
    tree = parsed(text)
    part = Compiler(used, kinds_of(tree, used), RULES).part(tree)
    if part is None:
        mend = "write cast(... as double), or as bigint, varchar or timestamp."
        raise ExpressionError([Fault(f"gives a value of type {expression.type}; {mend}")])
    return ArrayExpression(text, expression.columns_used, expression.type, expression.sql, used, part)


def _is_held(made: pa.DataType) -> bool:
    if pa.types.is_dictionary(made):
        return _is_held(made.value_type)
    is_text = pa.types.is_string(made) or pa.types.is_large_string(made)
    is_number = pa.types.is_integer(made) or pa.types.is_floating(made) or pa.types.is_decimal(made)
    is_time = pa.types.is_timestamp(made) or pa.types.is_date(made) or pa.types.is_time(made)
    return bool(is_text or is_number or is_time or pa.types.is_boolean(made))


def _of_all(operand: Operand, rows: int) -> Operand:
    """One value for each row."""
    return operand.mapped(lambda array: array if array.shape == (rows,) else np.broadcast_to(array, (rows,)))
