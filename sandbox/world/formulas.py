"""SQL of a scenario as the world runs it: a join of texts is taken apart, since joining has a faster way than SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sandbox.scenario.expressions import compile_expression
from sandbox.scenario.locked import quoted
from sandbox.scenario.parsing import parsed, written_back


@dataclass(frozen=True, slots=True)
class Formula:
    """A compiled expression; where it is `a || 'b' || c`, `parts` are the texts and formulas that are joined."""

    text: str
    sql: str
    columns_used: tuple[str, ...]
    parts: tuple[str | Formula, ...] = ()

    @property
    def is_column(self) -> bool:
        """Whether it is a column as it stands."""
        return len(self.columns_used) == 1 and self.sql == quoted(self.columns_used[0])


def formula_of(text: str, types: Mapping[str, pa.DataType]) -> Formula:
    """Compile an expression over columns of these types.

    Raises:
        ExpressionError: it does not bind.
    """
    whole = compile_expression(text, types)
    parts: list[str | Formula] = []
    for leaf in _leaves(parsed(text)) if pa.types.is_string(whole.type) else ():
        if leaf.is_string:
            parts.append(str(leaf.this))
            continue
        part = compile_expression(written_back(leaf), types)
        if len(part.columns_used) != 1 or not _can_be_joined(part.type):
            parts = []
            break
        parts.append(Formula(part.text, part.sql, part.columns_used))
    return Formula(text, whole.sql, whole.columns_used, tuple(parts) if len(parts) > 1 else ())


def _leaves(tree: Any) -> Iterator[Any]:
    """What `||` joins, from left to right."""
    from sqlglot import exp

    if isinstance(tree, exp.DPipe):
        yield from _leaves(tree.this)
        yield from _leaves(tree.expression)
    elif isinstance(tree, exp.Paren):
        yield from _leaves(tree.this)
    else:
        yield tree


def _can_be_joined(type_: pa.DataType) -> bool:
    text = type_.value_type if pa.types.is_dictionary(type_) else type_
    return bool(pa.types.is_string(text) or pa.types.is_signed_integer(type_))
