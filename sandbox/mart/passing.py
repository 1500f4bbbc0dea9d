"""Which features are people's data handed through: a `pii` column as it stands, however many steps lie between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.errors import InputError
from sandbox.mart.statement import Statement

if TYPE_CHECKING:
    from sandbox.contract.model import Contract

# Expressions of sqlglot that give one of the values below their `this` as it is, or all but as it is.
_CHOOSERS = frozenset(
    {"Alias", "Paren", "Cast", "TryCast", "Collate", "Window", "Filter", "IgnoreNulls", "RespectNulls", "Order"}
    | {"Distinct", "Min", "Max", "AnyValue", "First", "Last", "ArgMax", "ArgMin", "Mode", "FirstValue", "LastValue"}
    | {"NthValue", "Lag", "Lead", "Lower", "Upper", "Trim", "Nullif", "ArrayAgg", "GroupConcat", "Explode", "Unnest"}
)


def passed_through(statement: Statement, contracts: Mapping[str, Contract], outputs: Sequence[str]) -> dict[str, str]:
    """Names of `outputs` that are a `pii` column, each with that as `dataset.column`.

    A column counts as handed through by renaming, casting, choosing (min, max, any_value, coalesce, case) and by
    changing its case or trimming it; what is computed from it (a length, an age, a domain) does not.

    Raises:
        InputError: the SQL uses `pii` columns in a way that cannot be followed.
    """
    personal = [(contract, column) for contract in contracts.values() for column in sorted(contract.pii)]
    mentioned = {column for contract, column in personal if column in statement.columns(contract)}
    if not mentioned:
        return {}
    tree = _resolved(statement, contracts)
    if tree is None or len(tree.selects) != len(outputs):
        columns = ", ".join(sorted(mentioned))
        told = f"uses people's data ({columns}) in a way that cannot be followed; write it more plainly, without stars."
        raise InputError(statement.sql.problem(told))
    secret = {f"{contract.dataset}.{column}".lower(): f"{contract.dataset}.{column}" for contract, column in personal}
    lineage = Lineage(_sources(tree))
    found = {output: secret.keys() & set(lineage.origins(tree, number)) for number, output in enumerate(outputs)}
    return {output: secret[min(origins)] for output, origins in found.items() if origins}


@dataclass
class Lineage:
    """The way of a column back to the datasets; `sources` are what each name after FROM may stand for, anywhere."""

    sources: Mapping[str, list[Any]]
    visited: set[tuple[int, int]] = field(default_factory=set)

    def origins(self, query: Any, position: int) -> Iterator[str]:
        """The columns of datasets, as `dataset.column` in lower case, that an output of a query may be a copy of."""
        from sqlglot import exp

        query = query.unnest()
        if (id(query), position) in self.visited:  # a recursive query reads itself
            return
        self.visited.add((id(query), position))
        if isinstance(query, exp.SetOperation):
            yield from self.origins(query.left, position)
            yield from self.origins(query.right, position)
            return
        for column in _handed_on(query.selects[position]):
            for source in self.sources.get(column.table, ()):
                if isinstance(source, str):
                    yield f"{source}.{column.name}".lower()
                elif column.name in source.named_selects:
                    yield from self.origins(source, source.named_selects.index(column.name))


def _resolved(statement: Statement, contracts: Mapping[str, Contract]) -> Any:
    """The statement with every star unfolded and every column named by its table; None where that cannot be done."""
    from sqlglot import errors, exp, parse_one
    from sqlglot.optimizer.qualify import qualify

    schema: dict[str, object] = {
        dataset: {column.name: column.parsed.duckdb for column in contract.columns}
        for dataset, contract in contracts.items()
    }
    try:
        tree = parse_one(statement.sql.text, read="duckdb")
        tree = qualify(tree, dialect="duckdb", schema=schema, quote_identifiers=False)
    except (errors.SqlglotError, RecursionError):
        return None
    values = [value.unalias() for select in tree.find_all(exp.Select) for value in select.selects]
    stars = any(type(value).__name__ in ("Star", "Columns") for value in values)
    rows = any(type(node).__name__ == "TableColumn" for node in tree.walk())  # a whole row as one value
    return None if stars or rows else tree


def _sources(tree: Any) -> dict[str, list[Any]]:
    """What each name after FROM stands for: queries, or datasets by name. One name used twice stands for both."""
    from sqlglot import exp

    steps = {step.alias: step.this for step in tree.find_all(exp.CTE)}
    found: dict[str, list[Any]] = {}
    for table in tree.find_all(exp.Table):
        found.setdefault(table.alias_or_name, []).append(steps.get(table.name, table.name))
    for query in tree.find_all(exp.Subquery):
        if query.alias:
            found.setdefault(query.alias, []).append(query.this)
    return found


def _handed_on(value: Any) -> Iterator[Any]:
    """The columns that an expression may be a copy of."""
    from sqlglot import exp

    kind = type(value).__name__
    if kind == "Column":
        yield value
        return
    parts: list[Any] = []
    if kind in _CHOOSERS or (kind == "Bracket" and not isinstance(value.this, exp.Column)):  # `email[1:3]` is computed
        parts = [value.this, *(value.expressions if kind in ("Distinct", "Explode", "Unnest") else ())]
    elif kind in ("Coalesce", "Array", "Struct", "PropertyEQ"):
        parts = [value.this, value.args.get("expression"), *value.expressions]
    elif kind in ("Case", "If"):
        branches = [branch.args.get("true") for branch in value.args.get("ifs") or [value]]
        parts = [*branches, value.args.get("default"), value.args.get("false")]
    elif kind == "Subquery":
        parts = value.selects[:1]
    for part in parts:
        if isinstance(part, exp.Expression):
            yield from _handed_on(part)
