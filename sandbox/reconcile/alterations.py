"""What was done to altered rows: which columns, how many values, and what all of these changes have in common."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sandbox.contract.masking import MASK
from sandbox.contract.model import Column
from sandbox.reconcile.findings import Alteration
from sandbox.reconcile.sides import LANDED, SENT, Sides, quoted

_MOST_DECIMALS = 5
_ALL = {
    "became null": "bool_and(l IS NULL)",
    "was null": "bool_and(s IS NULL)",
    "cut": "bool_and(starts_with(s, l) AND length(l) < length(s))",
    "upper and lower case": "bool_and(lower(s) = lower(l))",
    "spaces": "bool_and(trim(s) = trim(l))",
}


def alterations(sides: Sides, by: str, show_pii: bool) -> list[Alteration]:
    """The altered columns, most rows first."""
    if not sides.number("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'changed'"):
        return []
    sides.database.execute(
        f"CREATE TABLE pairs AS SELECT landed._position AS _landed, sent._position AS _sent FROM changed "
        f"JOIN {LANDED} AS landed ON landed._position = changed._landed "
        f"JOIN once USING (_id) JOIN {SENT} AS sent ON sent._position = once._position"
    )
    found = [_alteration(sides, column, show_pii) for column in sides.contract.columns]
    return sorted((each for each in found if each is not None), key=lambda each: -each.rows)


def _alteration(sides: Sides, column: Column, show_pii: bool) -> Alteration | None:
    name = quoted(column.name)
    pairs = (
        f"FROM (SELECT sent.{name} AS s, landed.{name} AS l, _sent FROM pairs "
        f"JOIN {SENT} AS sent ON sent._position = _sent JOIN {LANDED} AS landed ON landed._position = _landed "
        f"WHERE sent.{name} IS DISTINCT FROM landed.{name})"
    )
    run = sides.database.execute
    rows, sent, landed = run(f"SELECT count(*), arg_min(s, _sent), arg_min(l, _sent) {pairs}").fetchone() or (0, 0, 0)
    if not rows:
        return None
    first = {"sent": _shown(sent, column, show_pii), "landed": _shown(landed, column, show_pii)}
    return Alteration(column.name, int(rows), _how(sides, column, pairs), first)


def _how(sides: Sides, column: Column, pairs: str) -> str:
    """The change that all have in common, in words; `changed` where there is none."""
    kind = column.parsed
    asked = ["became null", "was null", *(("cut", "upper and lower case", "spaces") if kind.is_text else ())]
    for how in asked:
        if _holds(sides, _ALL[how], pairs):
            return f"cut to {sides.number(f'SELECT max(length(l)) {pairs}')} characters" if how == "cut" else how
    if kind.name == "timestamp" or kind.is_number:
        difference = f"SELECT count(DISTINCT l - s), count(*) - count(l), any_value(l - s) {pairs}"
        several, nulls, by = sides.database.execute(difference).fetchone() or (0, 0, None)
        if (several, nulls) == (1, 0):
            return f"moved by {_signed(by)}"
    if kind.is_number and not kind.is_integer:
        for decimals in range(_MOST_DECIMALS):
            if _holds(sides, f"bool_and(l = round(l, {decimals}) AND abs(l - s) <= {0.5001 * 10**-decimals})", pairs):
                return f"rounded to {decimals} decimals"
    return "changed"


def _holds(sides: Sides, condition: str, pairs: str) -> bool:
    return sides.database.execute(f"SELECT {condition} {pairs}").fetchone() == (True,)


def _signed(by: Any) -> str:
    """A difference with its sign; Python writes an hour back as a day back and 23 hours on."""
    if isinstance(by, dt.timedelta):
        return f"{'-' if by < dt.timedelta() else '+'}{abs(by)}"
    return f"{by:+}"


def _shown(value: Any, column: Column, show_pii: bool) -> Any:
    return MASK if column.pii and value is not None and not show_pii else value
