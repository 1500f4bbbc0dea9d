"""What a feature SQL may be: one SELECT over the datasets that gives the same rows whenever it is asked.

It is parsed by DuckDB itself, so that what is judged is what will run. This is the polite refusal, with a place and
a mend; that nothing outside can be reached is the locked database's doing (`database.lock`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.mart.sql_text import Sql

if TYPE_CHECKING:
    from sandbox.contract.model import Contract

CUT = "cut"
TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series", "json_each", "json_tree"})
# What DuckDB calls consistent though it is not: clocks, a sample of unstated seed, and what hangs on the installation.
_ALSO_VOLATILE = frozenset(
    {"ago", "current_localtime", "current_localtimestamp", "reservoir_quantile", "version", "pg_sleep"}
    | {"pg_conf_load_time", "pg_postmaster_start_time", "pg_get_constraintdef", "pg_get_viewdef", "get_block_size"}
    | {"format_type", "current_role", "current_user", "session_user", "current_catalog"}
    | {"current_schema", "current_schemas", "current_database"}
)
_CLOCKS = frozenset(
    {"now", "today", "ago", "age", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}
    | {"get_current_time", "get_current_timestamp", "transaction_timestamp"}
    | {"current_localtime", "current_localtimestamp"}
)
# They make one value of any size from a few characters, in a single step that neither the memory limit nor the time
# limit can stop (`repeat('x', 2000000000)` takes 4 GB and runs on for as long as it likes).
_UNBOUNDED = frozenset(
    {"repeat", "lpad", "rpad", "format", "printf", "bar", "bitstring", "list_resize", "array_resize"}
    | {"range", "generate_series"}  # as a list in one row; FROM range(…) gives rows and is bounded
)
_SESSION_WORDS = frozenset({"current_user", "session_user", "current_role", "current_catalog", "current_schema"})
_BARE_WORDS = _SESSION_WORDS | {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A SELECT that may run: the datasets that it reads, and the words in it that may be names of columns.

    `whole` says that every column of its datasets may be used, since a star, a position or a whole row stands in it.
    """

    sql: Sql
    datasets: tuple[str, ...]
    words: frozenset[str]
    whole: bool
    uses_cut: bool

    def columns(self, contract: Contract) -> tuple[str, ...]:
        """The columns of a dataset that the statement may read: none too few."""
        return tuple(name for name in contract.names if self.whole or name.lower() in self.words)


def parse_statement(sql: Sql, contracts: Mapping[str, Contract]) -> Statement:
    """Read a feature SQL.

    Raises:
        InputError: with every problem: it is not one SELECT, names what is no dataset, or does not repeat itself.
    """
    tree = _syntax_tree(sql)
    nodes = list(_nodes(tree))
    known = {dataset.lower(): dataset for dataset in contracts}
    steps = {str(entry["key"]).lower() for node in nodes for entry in node.get("cte_map", {}).get("map", ())}
    names = {str(node["table_name"]).lower() for node in nodes if node.get("type") == "BASE_TABLE"}
    datasets = tuple(sorted(known[name] for name in names if name in known))
    columns = {column.lower() for dataset in datasets for column in contracts[dataset].names}
    problems = [problem for node in nodes for problem in _problems(sql, node, known, steps, columns)]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    tables = [node for node in nodes if node.get("type") == "BASE_TABLE"]
    aliases = names | {str(table["alias"]).lower() for table in tables if table.get("alias")}
    return Statement(
        sql,
        datasets,
        frozenset(_words(tree)),
        any(_takes_all(node, aliases) for node in nodes),
        any(node.get("type") == "VALUE_PARAMETER" for node in nodes),
    )


def _syntax_tree(sql: Sql) -> Any:
    import duckdb

    with duckdb.connect() as connection:
        row = connection.execute("SELECT json_serialize_sql(?::VARCHAR, skip_null := true)", [sql.text]).fetchone()
    answer = json.loads(row[0]) if row else {}
    if answer.get("error"):
        if answer.get("error_type") != "parser":
            raise InputError(sql.problem("must be one SELECT (or WITH … SELECT); nothing else may run over the mart."))
        at = answer.get("position")
        offset = None if at is None else sql.characters(int(at))
        raise InputError(sql.problem(f"{answer['error_message'].partition('. ')[0]}.", offset))
    statements = answer.get("statements", [])
    if len(statements) != 1:
        told = "there is no SELECT in it" if not statements else f"there are {len(statements)} statements in it"
        raise InputError(sql.problem(f"{told}; features are one SELECT (or WITH … SELECT)."))
    return statements[0]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a syntax tree, outer ones first; what is read from is no function that gives a value."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            if node.get("type") == "TABLE_FUNCTION":
                waiting += reversed(_arguments(node["function"]))
                continue
            waiting += reversed(node.values())
        elif isinstance(node, list):
            waiting += reversed(node)


def _words(tree: Any) -> Iterator[str]:
    """Every text in a syntax tree, in lower case; names of columns are among them wherever they stand."""
    for node in _nodes(tree):
        for value in node.values():
            for text in value if isinstance(value, list) else (value,):
                if isinstance(text, str):
                    yield text.lower()


def _takes_all(node: Mapping[str, Any], aliases: set[str]) -> bool:
    kind = node.get("type")
    if kind in ("STAR", "POSITIONAL_REFERENCE", "PIVOT") or node.get("ref_type") == "NATURAL":
        return True
    if kind == "COLUMN_REF" and str(node["column_names"][-1]).lower() in aliases:
        return True  # a whole row as one struct: `SELECT c FROM customers c`
    return bool(node.get("column_name_alias"))


def _problems(
    sql: Sql, node: Mapping[str, Any], known: Mapping[str, str], steps: set[str], columns: set[str]
) -> Iterator[Problem]:
    kind, offset = node.get("type"), _offset(sql, node)
    if kind == "BASE_TABLE":
        table = str(node["table_name"])
        path = node.get("qualified_name", {}).get("path", [table])
        if len(path) > 1 or node.get("schema_name") or node.get("catalog_name"):
            yield sql.problem(f"'{'.'.join(path)}': name a dataset alone, without a schema.", offset)
        elif table.lower() not in known and table.lower() not in steps:
            yield sql.problem(f"there is no dataset '{table}'.{did_you_mean(table, [*known.values(), *steps])}", offset)
        if node.get("at_clause"):
            yield sql.problem("AT has no meaning here; the mart shows one moment, $cut.", offset)
    elif kind == "TABLE_FUNCTION":
        function = str(node["function"].get("function_name", "")).lower()
        if function not in TABLE_FUNCTIONS:
            yield sql.problem(f"{function}() may not be read from; features see the datasets at the cut only.", offset)
    elif kind == "SHOW_REF":
        yield sql.problem("must be one SELECT; DESCRIBE, SHOW and SUMMARIZE give no features.", offset)
    elif kind == "VALUE_PARAMETER" and str(node.get("identifier")).lower() != CUT:
        yield sql.problem(f"unknown parameter '${node.get('identifier')}'; there is one, $cut, the moment.", offset)
    elif kind == "COLUMN_REF" and len(node["column_names"]) == 1:
        word = str(node["column_names"][0]).lower()
        if word in _BARE_WORDS and word not in columns:
            yield _not_repeatable(sql, word, offset)
    if node.get("sample"):
        yield sql.problem("takes a random sample; features must be the same each time: take the sample out.", offset)
    if isinstance(node.get("function_name"), str) and node.get("class"):
        yield from _function_problems(sql, node, offset)


def _function_problems(sql: Sql, node: Mapping[str, Any], offset: int | None) -> Iterator[Problem]:
    function = str(node["function_name"]).lower()
    if function in _volatile() or (function == "age" and len(_arguments(node)) == 1):
        yield _not_repeatable(sql, f"{function}()", offset)
    elif function in _UNBOUNDED:
        mend = f" Write `FROM {function}(…)`." if function in TABLE_FUNCTIONS else " Take it out."
        yield sql.problem(f"{function}() can make a value that no limit holds.{mend}", offset)


def _not_repeatable(sql: Sql, word: str, offset: int | None) -> Problem:
    if word.rstrip("()") in _CLOCKS:
        return sql.problem(f"{word} reads the wall clock; use $cut, the moment that features are asked for.", offset)
    return sql.problem(f"{word} does not give the same each time, and features must; take it out.", offset)


def _arguments(node: Mapping[str, Any]) -> list[Any]:
    return list(node.get("arguments") or node.get("children") or ())


def _offset(sql: Sql, node: Mapping[str, Any]) -> int | None:
    """Where a node stands, in characters; DuckDB gives a number beyond the text where it lost the place."""
    place = node.get("query_location")
    return sql.characters(place) if isinstance(place, int) and 0 <= place < len(sql.text.encode()) else None


@lru_cache(maxsize=1)
def _volatile() -> frozenset[str]:
    """Functions that may give another value each time, or in each query.

    DuckDB holds `ts - interval` to be consistent within a query only, for it hangs on the session's zone; the mart
    fixes that. So a function counts only where each of its overloads would be such a one.
    """
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT lower(function_name) FROM duckdb_functions() GROUP BY ALL "
            "HAVING bool_or(stability = 'VOLATILE') OR bool_and(stability = 'CONSISTENT_WITHIN_QUERY')"
        ).fetchall()
    return frozenset(str(row[0]) for row in rows) | _ALSO_VOLATILE
