"""Write what was fitted into the user's own text: values in place of values, and a comment above each changed line.

Everything else, every other comment and the layout, stays as it is. A comment of an earlier calibration gives way.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.calibrate.fitted import Fitted
from sandbox.init.yaml_text import WIDTH, comment, flow, scalar
from sandbox.scenario.document import Document, Node, dotted

MARK = "# calibrated:"
_GOES_ON = "#   "
_LONGEST = 60
_EARLIER = re.compile(rf"([ \t]*{MARK}[^\n]*\n(?:[ \t]*{_GOES_ON}[^\n]*\n)*)\Z")


@dataclass(frozen=True, slots=True)
class _Edit:
    """Other text in place of the characters [start, end), and what to say of it above its line."""

    start: int
    end: int
    text: str
    said: str


def splice(document: Document, fits: Sequence[Fitted]) -> tuple[str, list[Fitted], list[str]]:
    """The text of the scenario's file with what was fitted in it.

    Args:
        document: the scenario as it was written.
        fits: what to write; no two at one path, and none within another.
    Returns:
        The new text, what stands in it now, and what could not be written there, each with the reason.
    """
    file = document.root.place.file
    text = document.sources[file]
    edits: list[_Edit] = []
    done, left = [], []
    for fitted in fits:
        reason = _hindrance(document, fitted, file)
        if reason:
            left.append(f"{dotted(fitted.path)}: {reason}")
            continue
        edits.append(_edit(document, text, fitted))
        done.append(fitted)
    return _with_comments(text, edits), done, left


def _hindrance(document: Document, fitted: Fitted, file: str) -> str:
    """Why a value cannot be written in this file; empty where it can."""
    above = [document.node(fitted.path[:length]) for length in range(len(fitted.path) + 1)]
    nodes = [node for node in above if node is not None]
    if any(node.shared for node in nodes):
        return "stands behind an alias, and would change in several places."
    if len(nodes) < len(fitted.path):
        return "there is nothing to add it to."
    if nodes[-1].place.file != file or nodes[-1].agreed is not None:
        return f"stands in {nodes[-1].place.file}."
    return ""


def _edit(document: Document, text: str, fitted: Fitted) -> _Edit:
    node = document.node(fitted.path)
    said = _said(fitted, node)
    if node is None:
        above = document.node(fitted.path[:-1])
        assert above is not None
        return _insertion(text, above, str(fitted.path[-1]), fitted.new, said)
    (start, end), word = node.around or (node.start, node.end), ""
    if fitted.key is not None and node.key_place is not None:
        start, word = _offset(text, node.key_place.line, node.key_place.column), f"{scalar(fitted.key)}: "
    return _Edit(start, end, word + _laid_out(text, start, word, fitted.new), said)


def _insertion(text: str, above: Node, key: str, value: Any, said: str) -> _Edit:
    """A new key behind the others of a mapping, in its own style."""
    word = f"{scalar(key)}: "
    if text[above.start] == "{":
        last = max((child.end for _, child in above.children()), default=above.start + 1)
        comma = ", " if any(True for _ in above.children()) else ""
        return _Edit(last, last, comma + word + _laid_out(text, last, comma + word, value), said)
    indent = " " * _column(text, above.start)
    line_end = text.find("\n", above.end)
    line_end = len(text) if line_end < 0 else line_end
    return _Edit(line_end, line_end, f"\n{indent}{word}{_laid_out(text, above.start, word, value)}", said)


def _laid_out(text: str, start: int, word: str, value: Any) -> str:
    """A value in flow style, in as many lines as it takes to stay within the width."""
    begins = _column(text, start) + len(word)
    whole = flow(value)
    if begins + len(whole) <= WIDTH or not isinstance(value, Mapping | list | tuple):
        return whole
    indent = " " * (len(_indent(text, start)) + 2)
    opening, closing = ("{", "}") if isinstance(value, Mapping) else ("[", "]")
    return "\n".join([opening, *_filled(value, indent), f"{indent[:-2]}{closing}"])


def _filled(value: Mapping[Any, Any] | Sequence[Any], indent: str) -> Iterable[str]:
    """The parts of a mapping or a list, as many to a line as go there; what is too long for one is broken again."""
    if isinstance(value, Mapping):
        parts = [(f"{scalar(key)}: ", each) for key, each in value.items()]
    else:
        parts = [("", each) for each in value]
    line = ""
    for position, (head, each) in enumerate(parts):
        piece = head + flow(each) + ("," if position < len(parts) - 1 else "")
        if line and len(indent) + len(line) + 1 + len(piece) > WIDTH:
            yield indent + line
            line = ""
        if len(indent) + len(piece) > WIDTH and isinstance(each, Mapping | list | tuple):
            opening, closing = ("{", "}") if isinstance(each, Mapping) else ("[", "]")
            yield indent + head + opening
            yield from _filled(each, indent + "  ")
            line = closing + ("," if position < len(parts) - 1 else "")
        else:
            line = f"{line} {piece}" if line else piece
    if line:
        yield indent + line


def _said(fitted: Fitted, node: Node | None) -> str:
    was = short(flow(node.value())) if node is not None else "nothing"
    head = f"{fitted.path[-1]} " if fitted.key in (None, fitted.path[-1]) else f"{fitted.path[-1]} → {fitted.key} "
    parts = [f"{head}from {was} to {short(flow(fitted.new))}"]
    parts += [f"95 %: {fitted.interval}"] if fitted.interval else []
    return comment("; ".join([*parts, fitted.evidence]))


def short(text: str) -> str:
    """Text of a line, cut where it is long."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _with_comments(text: str, edits: Sequence[_Edit]) -> str:
    """All edits from the last to the first; what several say of one line stands above it, in their order."""
    by_line: dict[int, list[_Edit]] = {}
    for edit in edits:
        at = edit.start + 1 if edit.text.startswith("\n") else edit.start
        begins = text.rfind("\n", 0, at) + 1
        by_line.setdefault(begins if at <= len(text) else len(text) + 1, []).append(edit)
    for begins, some in sorted(by_line.items(), reverse=True):
        for edit in sorted(some, key=lambda edit: (edit.start, edit.end))[::-1]:
            text = _with_edit(text, edit)
        own = [edit for edit in some if not edit.text.startswith("\n")]
        if own:
            indent = _indent(text, begins)
            lines = [line for edit in sorted(own, key=lambda edit: edit.start) for line in _comment(edit.said, indent)]
            before = _EARLIER.sub("", text[:begins])
            text = before + "".join(f"{line}\n" for line in lines) + text[begins:]
    return text


def _with_edit(text: str, edit: _Edit) -> str:
    new = edit.text
    if new.startswith("\n"):  # a line of its own, with its comment above it
        indent = re.match(r"\n( *)", new)
        assert indent is not None
        new = "".join(f"\n{line}" for line in _comment(edit.said, indent[1])) + new
    return text[: edit.start] + new + text[edit.end :]


def _comment(said: str, indent: str) -> list[str]:
    width = max(WIDTH - len(indent), 40)
    return textwrap.wrap(
        f"{MARK} {said}",
        width,
        initial_indent=indent,
        subsequent_indent=indent + _GOES_ON,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _offset(text: str, line: int, column: int) -> int:
    """The index of a character by its line and column, which count from 1."""
    at = 0
    for _ in range(line - 1):
        at = text.index("\n", at) + 1
    return at + column - 1


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)


def _indent(text: str, at: int) -> str:
    begins = text.rfind("\n", 0, at) + 1
    found = re.match(r"[ \t]*", text[begins:])
    return found[0] if found is not None else ""
