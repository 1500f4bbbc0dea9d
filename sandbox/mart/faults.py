"""What DuckDB says of a feature SQL, in one line with its place and a mend, and with nobody's data in it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sandbox.contract.masking import MASK
from sandbox.errors import InputError, did_you_mean
from sandbox.mart.sql_text import Sql

if TYPE_CHECKING:
    import duckdb

_FAULTS_OF_TEXT = ("Parser", "Binder", "Catalog", "Syntax")
_CANDIDATES = re.compile(r"\n\s*(?:Candidate bindings: ?:?|Did you mean|Candidate functions:)(?P<names>.*)", re.DOTALL)
_MISSING_COLUMN = re.compile(r'(?:Referenced column|does not have a column named) "(?P<name>[^"]+)"')


def fault(error: duckdb.Error, sql: Sql, prefix_bytes: int = 0, columns: Collection[str] = ()) -> InputError:
    """The error that DuckDB gave for `sql`, which it saw behind a prefix of so many bytes.

    `columns` are offered for unknown ones. Values of rows are masked, since any may be personal data.
    """
    record = _record(error)
    of_text = record.get("exception_type") in _FAULTS_OF_TEXT
    message = _with_guess(record, columns) if of_text else masked(record["exception_message"])
    at = record.get("position")
    offset = None if at is None else sql.characters(int(at) - prefix_bytes)
    return InputError(sql.problem(f"{message[:1].lower()}{message[1:]}", offset))


def message_of(error: duckdb.Error) -> str:
    """DuckDB's own words."""
    return _record(error)["exception_message"]


def one_line(message: str) -> str:
    """The message without line breaks."""
    return " ".join(message.split())


def masked(message: str) -> str:
    """Whatever a message quotes, shows below its first line, or has as a number may be a value of somebody's row."""
    quoted = re.sub(r"'.*'|\".*\"", MASK, message.partition("\n")[0])
    return re.sub(r"(?<![A-Za-z_\d])-?\d[\d.,]*", MASK, quoted)


def _record(error: duckdb.Error) -> dict[str, str]:
    """The error as DuckDB writes it in JSON; only some errors come so."""
    text = str(error)
    try:
        record: dict[str, str] = json.loads(text[text.find("{") :])
    except ValueError:
        record = {"exception_type": text.partition(" Error")[0], "exception_message": text.partition(": ")[2]}
    return {"exception_message": "", **record}


def _with_guess(record: Mapping[str, str], columns: Collection[str]) -> str:
    whole = record["exception_message"]
    message = one_line(_CANDIDATES.sub("", whole)).rstrip(".!")
    offered, missing = _CANDIDATES.search(whole), _MISSING_COLUMN.search(whole)
    names = re.findall(r'"([^"]+)"', offered["names"]) if offered else []
    if missing:
        return f"{message}.{did_you_mean(missing['name'], {*names, *columns})}"
    asked = record.get("name", "")
    guess = did_you_mean(asked, [name for name in names if name != asked]).partition(" Known:")[0] if asked else ""
    return f"{message}.{guess}"
