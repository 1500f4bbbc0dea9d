"""The shape of an SQL expression: its words and its tree, each against a list of what may stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.scenario.functions import ALLOWED, NOT_CALLS, TYPES_WITH_PARAMETERS, refusal
from sandbox.scenario.growth import MAX_LENGTH, longest

Tree = Any  # of sqlglot, whose base class changes its name between versions
Token = Any

PREFIXES = ("parent", "visit", "item", "at", "change")
"""`parent.<column>` is a column of the row that a child belongs to; likewise of an event's visit, item and time, and
`change.<name>` is how strong a change is."""
MAX_TOKENS = 2_000
MAX_NESTING = 24  # sqlglot's parser takes about twenty frames for each bracket
MAX_DEPTH = 200

_SIGNS = ("+", "-", "*", "/", "//", "%", "^", "**", "(", ")", ",", ".", "||", "::", "&", "|", "<<", ">>")
_COMPARISONS = ("=", "==", "<>", "!=", "<", "<=", ">", ">=")
_CLOSING = ("]", "}")
_INSTEAD = {
    ";": "one expression only; take out ';'.",
    "?": "parameters are not part of a scenario; write the value.",
    "$": "parameters are not part of a scenario; write the value.",
    "->": "lambdas and -> are not part of a scenario's SQL.",
    "~": "write regexp_matches(text, 'pattern').",
    "[": "lists are not part of a scenario's SQL.",
    "{": "text in braces is not SQL, and no template is filled in here.",
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ARITHMETIC = "Add DPipe Div IntDiv Mod Mul Neg Paren Pow Sub"
_BITS = "BitwiseAnd BitwiseLeftShift BitwiseOr BitwiseRightShift BitwiseXor"
_LOGIC = "And Between Case EQ Escape GT GTE ILike If In Is LT LTE Like NEQ Not NullSafeEQ NullSafeNEQ Or Xor"
_VALUES = "AtTimeZone Boolean Cast Column DataTypeParam Extract Identifier Interval Literal Null TryCast Var"
_FORMS = frozenset(f"{_ARITHMETIC} {_BITS} {_LOGIC} {_VALUES}".split())
_CALLS_OF_TWO = ("ArrayContains", "RegexpFullMatch", "RegexpLike")
_CALLS_WITHOUT_NAME = ("Array", "Map", "Struct", "ToMap", "VarMap")
_NUMBER_TYPES = "BIGINT BOOLEAN DECIMAL DOUBLE FLOAT INT SMALLINT TINYINT UBIGINT UINT USMALLINT UTINYINT"
_TIME_TYPES = "DATE TIME TIMESTAMP TIMESTAMPNTZ TIMESTAMPTZ TIMESTAMP_MS TIMESTAMP_NS TIMESTAMP_S"
_TYPES = frozenset(f"{_NUMBER_TYPES} {_TIME_TYPES} CHAR TEXT UUID VARBINARY VARCHAR".split())
_REFUSED = {
    "Collate": "collations are not part of a scenario's SQL.",
    "Distinct": "DISTINCT is over many rows, and an expression sees one.",
    "Dot": "write f(x), not x.f() or schema.f(x).",
    "Lambda": "lambdas are not part of a scenario's SQL.",
    "Select": "subqueries are not part of a scenario's SQL; an expression sees one row.",
    "Star": "* means all columns; name the one that is meant.",
    "Subquery": "subqueries are not part of a scenario's SQL; an expression sees one row.",
    "Tuple": "several values in brackets; write one expression.",
    "Window": "windows look at other rows, and an expression sees one.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an expression, and at which character of it, from 0; 0 also where no one word is to blame."""

    message: str
    offset: int = 0


def word_faults(text: str) -> list[Fault]:
    """What may not stand in an expression, word by word; empty where all may."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    if found := _CONTROL.search(text):
        return [Fault("holds a control character; take it out.", found.start())]
    try:
        tokens: list[Token] = sqlglot.tokenize(text, dialect="duckdb")
    except SqlglotError:
        return [Fault("a quote or a comment is opened and never closed.", max(text.rfind("'"), 0))]
    if not tokens:
        return [Fault("is empty; write an SQL expression over the columns.")]
    if len(tokens) > MAX_TOKENS:
        return [Fault(f"has {len(tokens):_} words and signs, must have at most {MAX_TOKENS:_}.")]
    if (deep := _too_nested(tokens)) is not None:
        return [Fault(f"is nested more than {MAX_NESTING} deep; split it into columns.", deep)]
    pairs = zip(tokens, [*tokens[1:], None], strict=True)
    faults = [Fault(said, token.start) for token, after in pairs if (said := _word_refusal(token, after))]
    if any(token.comments for token in tokens):
        faults.append(Fault("comments belong outside of the expression: # in YAML."))
    return faults


def parsed(text: str) -> Tree:
    """The tree of an expression whose words are in order.

    Raises:
        ParsingError: it is not one expression, holds a form that may not stand, or could make too long a text.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import ParseError, SqlglotError

    try:
        tree = sqlglot.parse_one(text, dialect="duckdb", into=exp.Condition)
    except ParseError as error:
        raise ParsingError([_parse_fault(text, error)]) from None
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError):
        # sqlglot fails in ways of its own on text that is no SQL; none of them is a fault of this house.
        raise ParsingError([Fault("is not an SQL expression.")]) from None
    tree = tree.transform(_with_whole_name)
    faults = list(_form_faults(tree)) or _bound_faults(tree)
    if faults:
        raise ParsingError(faults)
    return tree


def _with_whole_name(node: Tree) -> Tree:
    """`parent.plan` is one column of that name, whatever SQL thinks of tables and fields."""
    from sqlglot import exp

    if not isinstance(node, exp.Column) or len(node.parts) != 2 or node.parts[0].name not in PREFIXES:
        return node
    whole = exp.Identifier(this=f"{node.parts[0].name}.{node.parts[1].name}", quoted=True)
    whole.meta.update(node.parts[0].meta)
    return exp.Column(this=whole)


class ParsingError(ValueError):
    """What is wrong with an expression, all of it."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(faults[0].message)


def columns_of(tree: Tree) -> dict[str, int]:
    """The columns of a tree, in order, with the offset of their first use; of `address.city`, a field, the column."""
    from sqlglot import exp

    found: dict[str, int] = {}
    for node in tree.find_all(exp.Column, bfs=False):
        root = node.parts[0]
        found.setdefault(str(root.this), _offset(root))
    return dict(sorted(found.items(), key=lambda item: item[1]))


def constant_casts(tree: Tree) -> list[Tree]:
    """Casts of what holds no column (`date '2026-02-30'`): they fail for every row or for none."""
    from sqlglot import exp

    tried = {id(below) for node in tree.find_all(exp.TryCast) for below in node.walk()}
    return [node for node in tree.find_all(exp.Cast) if id(node) not in tried and node.find(exp.Column) is None]


def written_back(tree: Tree) -> str:
    """The SQL of a tree: one line, all names in quotes."""
    return str(tree.sql(dialect="duckdb", identify=True, comments=False))


def _too_nested(tokens: list[Token]) -> int | None:
    """Where brackets, CASEs and signs before a value go deeper than a recursive parser should."""
    depth = run = 0
    for token in tokens:
        word = token.text.lower()
        depth += (word in ("(", "case")) - (word in (")", "end"))
        run = run + 1 if word in ("not", "-", "+") else 0
        if depth + run > MAX_NESTING:
            return int(token.start)
    return None


def _word_refusal(token: Token, after: Token | None) -> str:
    kind, name = token.token_type.name, token.text.lower()
    calls = after is not None and after.text == "("
    if kind in ("NUMBER", "STRING"):
        return ""
    if kind == "IDENTIFIER":
        return "the name of a function stands without quotes." if calls else ""
    if token.text.isidentifier():
        fine = not calls or name in ALLOWED or name in NOT_CALLS or name in TYPES_WITH_PARAMETERS
        return "" if fine else refusal(name)
    if name in _SIGNS or name in _COMPARISONS or name in _CLOSING:
        return ""
    return _INSTEAD.get(name, f"'{token.text[:20]}' is not part of a scenario's SQL.")


def _form_faults(tree: Tree) -> Iterator[Fault]:
    """What may not stand in a tree; below what is refused nothing more is looked at."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            yield Fault(f"chains more than {MAX_DEPTH} terms; split it into columns.")
            return
        said = _form_refusal(node)
        if said:
            yield Fault(said, _offset(node))
        elif type(node).__name__ not in ("Column", "DataType"):
            waiting += [(child, depth + 1) for child in node.iter_expressions(reverse=True)]


def _form_refusal(node: Tree) -> str:
    from sqlglot import exp

    form = type(node).__name__
    if form == "DataType":
        known = getattr(node.this, "name", "") in _TYPES
        return "" if known else f"a value cannot become {node.sql(dialect='duckdb').lower()[:40]} here."
    if form == "In" and any(node.args.get(key) for key in ("query", "unnest", "field")):
        return "IN takes a list of values: x in ('a', 'b')."
    if form in _FORMS or isinstance(node, exp.Anonymous | exp.Pi):
        return ""
    by_sign = form in _CALLS_WITHOUT_NAME or (isinstance(node, exp.Binary) and form not in _CALLS_OF_TWO)
    if isinstance(node, exp.Func) and not by_sign:
        # Without arguments it was no call, but a word such as current_date; each call's name was judged as a word.
        return "" if any(True for _ in node.iter_expressions()) else refusal(node.sql_name().lower())
    return _REFUSED.get(form, f"'{node.sql(dialect='duckdb')[:40]}' is not part of a scenario's SQL.")


def _bound_faults(tree: Tree) -> list[Fault]:
    try:
        length = longest(tree)
    except ValueError as error:
        return [Fault(str(error))]
    if length > MAX_LENGTH:
        return [Fault(f"could make a text of {length:.0e} characters, must stay below {MAX_LENGTH:.0e}.")]
    # What runs is judged like what was written: sqlglot may write another function than it read.
    return [Fault(fault.message) for fault in word_faults(written_back(tree))]


def _offset(node: Tree) -> int:
    """Where a node begins, as far as it or something in it knows."""
    return min((part.meta["start"] for part in node.walk() if "start" in part.meta), default=0)


def _parse_fault(text: str, error: Any) -> Fault:
    """sqlglot's first error in the house's words, at the word that it marks."""
    first = error.errors[0] if error.errors else {}
    line, column, marked = first.get("line") or 1, first.get("col") or 0, str(first.get("highlight") or "")
    before = sum(len(passed) + 1 for passed in text.split("\n")[: line - 1])
    offset = max(0, min(before + column - len(marked), len(text) - 1))
    said = str(first.get("description", ""))
    if said.startswith("Expecting )"):
        return Fault("a bracket is not closed.", offset)
    if said.startswith("Required keyword"):
        return Fault(f"something is missing after '{marked[:20]}'.", offset)
    hint = " A name that is a word of SQL stands in double quotes." if marked.isidentifier() else ""
    return Fault(f"is not one SQL expression: '{marked[:20]}' does not fit here.{hint}", offset)
