"""What Confluent's generator is told beside an Avro schema, under `arg.properties`: options, ranges, patterns."""

from __future__ import annotations

from sandbox.contract.imports.fields import NO_HINT, Hint
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.errors import InputError

HINTS = "arg.properties"
TIME_FORMAT = "format_as_time"
_KNOWN = ("options", "range", "regex", "iteration", "length", "odds", "keys")


def read_hint(schema: Marked, notes: Notes) -> Hint:
    """The hint of a type; what of it cannot be read is noted, since it does not touch the contract."""
    written = schema.get(HINTS)
    time_format = schema.get(TIME_FORMAT)
    format_ = str(time_format.content) if time_format is not None else ""
    if written is None:
        return Hint(format=format_) if format_ else NO_HINT
    try:
        notes.lose_keys(written, _KNOWN)
        return _hint(written.entries(), written, format_)
    except InputError as error:
        notes.lost += error.problems
        return Hint(format=format_)


def _hint(entries: dict[str, Marked] | object, written: Marked, format_: str) -> Hint:
    options = written.get("options")
    bounds, counted = written.get("range"), written.get("iteration")
    odds = written.get("odds")
    return Hint(
        options=tuple(item.value() for item in options.items()) if options is not None else (),
        low=_number(bounds, "min"),
        high=_number(bounds, "max"),
        regex=written.text_of("regex"),
        start=_number(counted, "start"),
        step=_number(counted, "step") or 1,
        restart=_number(counted, "restart"),
        length=_length(written.get("length")),
        odds=float(odds.number()) if odds is not None else None,
        format=format_,
    )


def _number(under: Marked | None, key: str) -> int | float | None:
    found = under.get(key) if under is not None else None
    return found.number() if found is not None else None


def _length(written: Marked | None) -> tuple[int, int] | None:
    if written is None:
        return None
    if not written.is_mapping:
        return written.whole(), written.whole()
    low = written.get("min")
    least = low.whole() if low is not None else 0
    return least, max(written.require("max").whole() - 1, least)  # the generator leaves its upper bound out
