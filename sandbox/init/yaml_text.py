"""Values as a scenario writes them: in flow style, quoted wherever another reader of YAML would take them otherwise."""

from __future__ import annotations

import datetime
import decimal
import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.scenario.proposing.made import Guess
from sandbox.scenario.scalars import read_plain

WIDTH = 118
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_PLAIN = re.compile(r"[A-Za-z_][\w .@/%+-]*", re.ASCII)


def scalar(value: Any) -> str:
    """One value: text, number, date, true, false or null."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "microseconds" if value.microsecond else "seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        value = float(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int):
        return str(value)
    return _text(str(value))


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    text = repr(value)
    return text if "e" not in text or "." in text.partition("e")[0] else text.replace("e", ".0e")


def _text(text: str) -> str:
    reading = read_plain(text) if text == text.strip() and _PLAIN.fullmatch(text) else None
    if reading is not None and not reading.fault and reading.value == text:
        return text
    escaped = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)


def comment(text: str) -> str:
    """Text that may stand in a comment: one line, and nothing in it that YAML refuses."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def flow(value: Any) -> str:
    """Any value in one line."""
    if isinstance(value, Guess):
        value = value.written
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    return scalar(value)


def wrapped(key: str, value: Mapping[str, Any] | Guess, indent: int) -> list[str]:
    """`key: {…}` in as many lines as it takes; `indent` is where the key stands."""
    start = f"{' ' * indent}{scalar(key)}: "
    whole = start + flow(value)
    if len(whole) <= WIDTH:
        return [whole]
    if isinstance(value, Guess):
        parts = (_wrapped_item(f"{name}: ", each, "", " " * (indent + 2)) for name, each in value.written.items())
        return [start.rstrip(), *itertools.chain.from_iterable(parts)]
    lines, room = [f"{start}{{"], " " * (indent + 2)
    for position, (name, each) in enumerate(value.items()):
        comma = "," if position < len(value) - 1 else ""
        lines += _wrapped_item(f"{scalar(name)}: ", each, comma, room)
    return [*lines, f"{' ' * indent}}}"]


def _wrapped_item(head: str, value: Any, comma: str, room: str) -> list[str]:
    value = value.written if isinstance(value, Guess) else value
    whole = f"{room}{head}{flow(value)}{comma}"
    if len(whole) <= WIDTH or not isinstance(value, list | tuple | Mapping):
        return [whole]
    opening, closing = ("{", "}") if isinstance(value, Mapping) else ("[", "]")
    if isinstance(value, Mapping):
        items = [f"{scalar(key)}: {flow(each)}" for key, each in value.items()]
    else:
        items = [flow(each) for each in value]
    lines, line = [f"{room}{head}{opening}"], f"{room}  "
    for position, item in enumerate(items):
        piece = item + ("," if position < len(items) - 1 else "")
        if len(line) + len(piece) > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = f"{room}  "
        line += f"{piece} "
    return [*lines, line.rstrip(), f"{room}{closing}{comma}"]
