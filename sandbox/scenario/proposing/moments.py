"""How a dataset knows time: by a timestamp of its own, by one that its other times are made from, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.contract.imports import Described, Field
from sandbox.scenario.proposing.layout import ENTITIES, EVENTS, Layout
from sandbox.scenario.proposing.words import singular, sql_name, words_of

ADDED = "happened_at"
_MILLISECONDS_FROM = 10**11
_BEST = ("event", "happened", "occurred", "order", "ordered", "placed", "view", "txn", "transaction")
_LATER = ("updated", "modified", "expires", "expiry", "deleted", "birth", "end", "shipped", "delivered", "valid")
_JAVA = (
    ("yyyy", "%Y"),
    ("MMM", "%b"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("Z", "+0000"),
)


@dataclass(frozen=True, slots=True)
class Knowing:
    """`column` is the dataset's time, None where it has none; `is_added` if the schema has no such column.

    `derived` holds, by column, the SQL that makes the schema's own numbers and texts of times from it.
    """

    column: str | None
    is_added: bool
    derived: dict[str, str]
    why: str
    is_entity: bool = True


def knowing(name: str, described: Described, layout: Layout) -> Knowing:
    """How this dataset knows time."""
    is_entity = not _is_event(name, described, layout)
    found = [field for field in described.fields if _score(field) is not None]
    if found and not described.rows:
        best = max(found, key=lambda field: _score(field) or 0)
        column = layout.columns[name][best.name]
        return Knowing(column, False, derived(described, column), "the time of a row", is_entity)
    if described.rows or is_entity:
        return Knowing(None, False, {}, "a table that does not change")
    column = ADDED if ADDED not in described.contract.names else f"{ADDED}_utc"
    why = "the schema has no timestamp; this one says when a row happened"
    return Knowing(column, True, derived(described, column), why, is_entity)


def _score(field: Field) -> int | None:
    """How likely a column is the time of its row; None where it cannot be."""
    kind = field.type
    if kind.name not in ("timestamp", "date") or field.column.nullable:
        return None
    words = words_of(field.name)
    score = 10 if kind.name == "timestamp" else 0
    score += 4 if words[-1:] in (("at",), ("time",), ("timestamp",), ("ts",), ("date",)) else 0
    score += 3 if set(words) & set(_BEST) else 0
    return score - (20 if set(words) & set(_LATER) else 0) if not field.hint.options else None


def _is_event(name: str, described: Described, layout: Layout) -> bool:
    words = {singular(word) for word in words_of(name)}
    if words & set(EVENTS) and not layout.is_referred_to(name):
        return True
    if words & set(ENTITIES) or layout.is_referred_to(name):
        return False
    has_times = any(_is_epoch(field) or "yyyy" in field.hint.format or _score(field) for field in described.fields)
    return bool(layout.links[name]) or has_times


def _is_epoch(field: Field) -> bool:
    """Whether a number counts since 1970: a wide one whose name, or format, says a time."""
    if field.type.name != "int64" or field.column.nullable:
        return False
    if field.hint.low is not None and field.hint.low < 10**8:
        return False
    words = words_of(field.name)
    said = words[-1:] in (("time",), ("ts",), ("timestamp",), ("at",)) or "time" in words or words[-1:] == ("logtime",)
    return field.hint.format == "unix_long" or said


def derived(described: Described, column: str) -> dict[str, str]:
    """The first number and the first text that tell the time of the row, as SQL over it."""
    made: dict[str, str] = {}
    column = sql_name(column)
    for field in described.fields:
        if _is_epoch(field) and field.name not in made:
            is_seconds = field.hint.low is not None and field.hint.low < _MILLISECONDS_FROM
            made[field.name] = f"epoch({column})::bigint" if is_seconds else f"epoch_ms({column})"
        elif field.type.name == "string" and "yyyy" in field.hint.format:
            written = field.hint.format.replace("'", "")
            for java, strftime in _JAVA:
                written = written.replace(java, strftime)
            made[field.name] = f"strftime({column}, '{written}')"
    return made
