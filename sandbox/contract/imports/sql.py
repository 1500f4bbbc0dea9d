"""SQL with `CREATE TABLE`, of PostgreSQL or, by its marks, of another dialect: tables, their keys and checks."""

from __future__ import annotations

import re
from typing import Any

from sandbox.contract.imports.imported import Imported
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.sql_tables import TableDraft, finished
from sandbox.contract.imports.sql_words import in_lower_case, name_of, place_of
from sandbox.errors import InputError, Place, Problem, did_you_mean

_MARKS = (
    ("mysql", r"`|\bAUTO_INCREMENT\b|\bENGINE\s*="),
    ("tsql", r"\[\w+\]\s|\bNVARCHAR\b|\bIDENTITY\s*\(|\bDATETIME2\b|^\s*GO\s*$"),
    ("oracle", r"\bVARCHAR2\b|\bNUMBER\s*\(\d"),
    ("bigquery", r"\bSTRUCT\s*<|\bINT64\b|\bSTRING\b.*\bOPTIONS\s*\("),
    ("snowflake", r"\bVARIANT\b|\bNUMBER\b|\bTIMESTAMP_(?:NTZ|LTZ|TZ)\b"),
    ("duckdb", r"\bU(?:TINY|SMALL|BIG)INT\b|\bUINTEGER\b|\bHUGEINT\b|\bSTRUCT\s*\(|\bTIMESTAMP_(?:MS|NS|S)\b"),
    ("sqlite", r"\bAUTOINCREMENT\b|\bWITHOUT\s+ROWID\b"),
)
_SAID = re.compile(r"--\s*dialect:\s*(\w+)\s*$", re.MULTILINE)


def read_sql(text: str, notes: Notes) -> Imported:
    """Read the tables of a file.

    Raises:
        InputError: everything that is wrong, each with its place.
    """
    dialect = _dialect(text)
    said = _SAID.match(text)
    text = text if said is None else text[: said.start()] + " " * len(said[0]) + text[said.end() :]
    statements = _parsed(text, dialect, notes.file)
    if dialect == "sqlite":
        _widen(statements)
    tables = _tables(statements, text, notes)
    if not tables and not notes.problems:
        raise InputError(Problem("holds no CREATE TABLE with columns.", "", Place(notes.file)))
    described = tuple(finished(table, tables, notes) for table in tables.values())
    notes.check()
    return Imported(notes.file, f"SQL ({dialect})", described, notes.all_lost())


def _dialect(text: str) -> str:
    """What a comment at the beginning says, or the first dialect of which there is a mark."""
    from sqlglot.dialects import Dialects

    said = _SAID.match(text)
    if said is not None and said[1].lower() in {each.value for each in Dialects}:
        return said[1].lower()
    return next((name for name, mark in _MARKS if re.search(mark, text, re.IGNORECASE | re.MULTILINE)), "postgres")


def _parsed(text: str, dialect: str, file: str) -> list[Any]:
    import logging

    import sqlglot
    from sqlglot.errors import ParseError, TokenError

    # What sqlglot cannot parse it keeps as a command, and says so on standard error; here it is told as lost.
    log = logging.getLogger("sqlglot")
    before, log.disabled = log.disabled, True
    try:
        return [statement for statement in sqlglot.parse(text, read=dialect) if statement is not None]
    except ParseError as error:
        found = error.errors[0] if error.errors else {}
        near = str(found.get("highlight", ""))
        place = Place(file, found.get("line") or 1, max(1, (found.get("col") or 1) - max(len(near) - 1, 0)))
        said = str(found.get("description", "not understood")).rstrip(".")
        said = f"{said[:1].lower()}{said[1:]}" if "<class" not in said else "something is missing"  # of sqlglot's own
        raise InputError(Problem(f"SQL ({dialect}) cannot be read near {near!r}: {said}.", "", place)) from None
    except TokenError as error:
        match = re.search(r"(Missing .+) from (\d+):(\d+)", str(error.__cause__ or error))
        place = Place(file, int(match[2]), int(match[3]) + 1) if match else Place(file)
        said = f"{match[1].lower()} for what opens here" if match else "cannot be taken apart"
        raise InputError(Problem(f"SQL ({dialect}): {said}.", "", place)) from None
    except RecursionError:
        raise InputError(Problem("is nested too deep.", "", Place(file))) from None
    finally:
        log.disabled = before


def _widen(statements: list[Any]) -> None:
    """SQLite's integers have 64 bits, whatever they are called."""
    from sqlglot import exp

    for statement in statements:
        for kind in statement.find_all(exp.DataType):
            if kind.this == exp.DType.INT:
                kind.set("this", exp.DType.BIGINT)


def _tables(statements: list[Any], text: str, notes: Notes) -> dict[str, TableDraft]:
    """The tables by name in lower case, and what further statements add to them."""
    from sqlglot import exp

    enums = _enums(statements)
    tables: dict[str, TableDraft] = {}
    later, unread = [], []
    for statement in statements:
        kind = str(statement.args.get("kind") or "").upper()
        if isinstance(statement, exp.Create) and kind == "TYPE" and in_lower_case(statement.this.name) in enums:
            continue
        if isinstance(statement, exp.Create) and kind == "TABLE" and isinstance(statement.this, exp.Schema):
            table = TableDraft(statement, text, notes, enums)
            if in_lower_case(table.name) in tables:
                notes.wrong(f"the table '{table.name}' is created twice.", table.place, table.name)
            tables[in_lower_case(table.name)] = table
        elif isinstance(statement, exp.Alter | exp.Comment) or (isinstance(statement, exp.Create) and kind == "INDEX"):
            later.append(statement)
        elif not isinstance(statement, exp.Semicolon):
            unread.append(statement)
    for statement in later:
        _add(statement, tables, text, notes)
    if unread:
        words = sorted({str(statement.key).upper() for statement in unread})
        notes.lose(f"{len(unread)} statements describe no table ({', '.join(words)}).", Place(notes.file))
    return tables


def _enums(statements: list[Any]) -> dict[str, tuple[str, ...]]:
    """The enums that the file defines, by name in lower case."""
    from sqlglot import exp

    return {
        in_lower_case(statement.this.name): tuple(str(each.name) for each in statement.expression.expressions)
        for statement in statements
        if isinstance(statement, exp.Create)
        and str(statement.args.get("kind")).upper() == "TYPE"
        and statement.expression
    }


def _add(statement: Any, tables: dict[str, TableDraft], text: str, notes: Notes) -> None:
    """What ALTER TABLE, COMMENT ON and CREATE INDEX say of a table that was created before."""
    from sqlglot import exp

    target = statement.find(exp.Table)
    if isinstance(statement, exp.Comment) and isinstance(statement.this, exp.Column):
        named = statement.this.table
    else:
        named = target.name if target is not None else ""
    table = tables.get(in_lower_case(named))
    if table is None:
        if isinstance(statement, exp.Alter):
            known = did_you_mean(named, [each.name for each in tables.values()])
            notes.wrong(f"no table '{named}' is created here.{known}", place_of(statement, text, notes.file), named)
        return
    if isinstance(statement, exp.Comment):
        about = str(statement.expression.name)
        table.say(statement.this.name if isinstance(statement.this, exp.Column) else None, about)
    elif isinstance(statement, exp.Alter):
        for action in statement.args.get("actions") or ():
            table.constrain(action)
    elif statement.args.get("unique"):
        params = statement.this.args.get("params")
        columns = [name_of(each) for each in params.args.get("columns") or ()] if params is not None else []
        if columns and all(columns) and not params.args.get("where"):
            table.unique.append(tuple(columns))
