"""JSON read into values that know their places. Python's own reader says where a text breaks off, but not where a value
stands, and YAML's refuses the tabs that JSON files are indented with."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from json import JSONDecodeError, decoder
from typing import Any

from sandbox.contract.imports.marked import Marked
from sandbox.errors import InputError, Place, Problem

DEEPEST = 64
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}
_LONGEST_NUMBER = 400
_SCAN: Callable[[str, int, bool], tuple[str, int]] = vars(decoder)["scanstring"]


def read_json(text: str, file: str) -> Marked:
    """Read one JSON text.

    Raises:
        InputError: it is no JSON, has a key twice, or is nested more than 64 deep; with the place.
    """
    reader = _Reader(text, file)
    value, at = reader.value(0, "", 0)
    end = reader.after_space(at)
    if end < len(text):
        raise reader.error(end, "something stands after the end of the JSON.")
    return value


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, at: int) -> Place:
        line = bisect_right(self.lines, at)
        return Place(self.file, line, at - self.lines[line - 1] + 1)

    def error(self, at: int, message: str) -> InputError:
        return InputError(Problem(message, "", self.place(min(at, len(self.text)))))

    def after_space(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, path: str, depth: int) -> tuple[Marked, int]:
        """The value at or after `at`, and where the text goes on."""
        start = self.after_space(at)
        if depth > DEEPEST:
            raise self.error(start, f"nested more than {DEEPEST} deep.")
        content, end = self._content(start, path, depth)
        return Marked(content, self.place(start), path), end

    def _content(self, start: int, path: str, depth: int) -> tuple[Any, int]:
        first = self.text[start : start + 1]
        if first == "{":
            return self._mapping(start, path, depth)
        if first == "[":
            return self._list(start, path, depth)
        if first == '"':
            return self._string(start)
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, start):
                return meaning, start + len(word)
        number = _NUMBER.match(self.text, start)
        if number is None:
            raise self.error(start, "the file breaks off here." if not first else f"{first!r} begins no JSON value.")
        if len(number[0]) > _LONGEST_NUMBER:
            raise self.error(start, "this number is too long.")
        whole = number[2] is None and number[3] is None
        return (int(number[0]) if whole else float(number[0])), number.end()

    def _string(self, start: int) -> tuple[str, int]:
        try:
            return _SCAN(self.text, start + 1, True)
        except JSONDecodeError as error:
            raise self.error(error.pos, f"{error.msg[:1].lower()}{error.msg[1:].removesuffix(' at')}.") from None

    def _mapping(self, start: int, path: str, depth: int) -> tuple[dict[str, Marked], int]:
        found: dict[str, Marked] = {}
        at = self.after_space(start + 1)
        if self.text[at : at + 1] == "}":
            return found, at + 1
        while True:
            if self.text[at : at + 1] != '"':
                raise self.error(at, f"a key in double quotes is expected here, in the mapping of {self.place(start)}.")
            key_at = at
            key, at = self._string(at)
            if key in found:
                raise self.error(key_at, f"the key '{key[:60]}' is there twice.")
            at = self.after_space(at)
            if self.text[at : at + 1] != ":":
                raise self.error(at, "a colon is missing here.")
            found[key], at = self.value(at + 1, f"{path}.{key}" if path else key, depth + 1)
            at = self.after_space(at)
            if self.text[at : at + 1] != ",":
                break
            at = self.after_space(at + 1)
        return found, self._closed(at, "}", start)

    def _list(self, start: int, path: str, depth: int) -> tuple[tuple[Marked, ...], int]:
        found: list[Marked] = []
        at = self.after_space(start + 1)
        if self.text[at : at + 1] == "]":
            return (), at + 1
        while True:
            item, at = self.value(at, f"{path}.{len(found)}" if path else str(len(found)), depth + 1)
            found.append(item)
            at = self.after_space(at)
            if self.text[at : at + 1] != ",":
                break
            at += 1
        return tuple(found), self._closed(at, "]", start)

    def _closed(self, at: int, bracket: str, start: int) -> int:
        if self.text[at : at + 1] != bracket:
            what = "a comma or its end" if at < len(self.text) else "its end: the file breaks off"
            raise self.error(at, f"what opens at {self.place(start)} lacks {what} here.")
        return at + 1
