"""How long a text an expression can make, judged before it runs.

DuckDB's memory limit does not stop a function that makes one huge text, and `replace` within `replace` grows
exponentially; so lengths are multiplied out here, over the tree.
"""

from __future__ import annotations

from typing import Any

Tree = Any  # of sqlglot, whose base class changes its name between versions

MAX_LENGTH = 1_000_000
_COLUMN_LENGTH = 200  # of a long value in a column; the bound is about growth, not about the column
_VALUE_LENGTH = 64  # of a number, a moment or a digest as text


def longest(tree: Tree) -> int:
    """Characters of the longest text that an expression could make from columns of usual lengths.

    Raises:
        ValueError: how often a text is repeated, or how far filled up, does not stand as a number in the expression.
    """
    from sqlglot import exp

    if isinstance(tree, exp.Column):
        return _COLUMN_LENGTH
    if isinstance(tree, exp.Literal):
        return len(tree.this)
    lengths = [longest(child) for child in tree.iter_expressions()]
    if isinstance(tree, exp.Repeat):
        return lengths[0] * _count(tree.args.get("times"), "repeat takes")
    if isinstance(tree, exp.Pad):
        return max(lengths[0], _count(tree.expression, "lpad and rpad take"))
    if isinstance(tree, (exp.Replace, exp.RegexpReplace)):
        new = tree.args.get("replacement")
        return (lengths[0] + 1) * max(1, longest(new) if new is not None else 0)
    if isinstance(tree, exp.ConcatWs):
        return sum(lengths) + lengths[0] * len(lengths)
    if isinstance(tree, exp.TimeToStr):
        return 16 * sum(lengths)  # %c, two characters, gives a whole date
    if isinstance(tree, (exp.Case, exp.Coalesce, exp.If, exp.Substring, exp.Left, exp.Right, exp.Trim)):
        return max(lengths, default=0)
    return sum(lengths) + _VALUE_LENGTH


def _count(node: Tree, name: str) -> int:
    from sqlglot import exp

    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit() and len(str(node.this)) < 20:
        return int(node.this)
    raise ValueError(f"{name} a whole number such as 8, not an expression.")
