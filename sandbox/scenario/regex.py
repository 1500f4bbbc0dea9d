"""Read a pattern: the part of regular expressions from which strings can be made.

Letters, classes, groups, alternatives and bounded repetition. Classes are of printable ASCII where they say what they
leave out: `.`, `[^a]`, `\\D`. What looks around, refers back or repeats without end is refused with a mend.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import did_you_mean

MAX_PATTERN = 1_000
MAX_LENGTH = 1_000
MAX_NESTING = 24

Ranges = tuple[tuple[int, int], ...]
"""Code points from first to last, both included; sorted, apart from each other."""

_PRINTABLE: Ranges = ((0x20, 0x7E),)
_CLASSES: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "s": ((0x20, 0x20),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
}
_CONTROLS = {"t": 9, "n": 10, "r": 13}
_SURROGATES: Ranges = ((0xD800, 0xDFFF),)


class PatternError(ValueError):
    """A pattern from which no strings can be made; `offset` is the character that is to blame, from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        self.offset = offset
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Letter:
    """One character out of ranges."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several parts."""

    options: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part, `least` to `most` times."""

    part: Part
    least: int
    most: int


Part = Letter | Sequence | Choice | Repeat


def read_pattern(pattern: str, unbounded: int | None = None) -> Part:
    """Read a pattern that a whole string has to match; `^` and `$` at its ends say so too.

    Args:
        pattern: at most 1,000 characters.
        unbounded: how often `*`, `+` and `{2,}` repeat at most; None refuses them.
    Raises:
        PatternError: it is malformed, or uses what no string can be made from.
    """
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"has {len(pattern):_} characters, must have at most {MAX_PATTERN:_}.")
    begin, end = pattern.startswith("^"), len(pattern)
    if pattern.endswith("$") and not _escaped(pattern, len(pattern) - 1):
        end -= 1
    reader = _Reader(pattern, int(begin), max(end, int(begin)), unbounded)
    part = reader.choice(0)
    if reader.position < reader.end:
        raise PatternError("this ) closes nothing; write \\) for a bracket.", reader.position)
    return part


def longest(part: Part) -> int:
    """Characters of the longest string of a part."""
    if isinstance(part, Letter):
        return 1
    if isinstance(part, Repeat):
        return part.most * longest(part.part)
    if isinstance(part, Sequence):
        return sum(longest(below) for below in part.parts)
    return max(longest(below) for below in part.options)


def size(ranges: Ranges) -> int:
    """How many characters are in ranges."""
    return sum(last - first + 1 for first, last in ranges)


def merged(ranges: list[tuple[int, int]]) -> Ranges:
    """Ranges in order and joined where they touch."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


def without(ranges: Ranges, taken: Ranges) -> Ranges:
    """What of some ranges is not in others."""
    left = list(ranges)
    for first, last in taken:
        left = [
            piece
            for low, high in left
            for piece in ((low, min(high, first - 1)), (max(low, last + 1), high))
            if piece[0] <= piece[1]
        ]
    return merged(left)


def _escaped(text: str, position: int) -> bool:
    slashes = len(text[:position]) - len(text[:position].rstrip("\\"))
    return slashes % 2 == 1


@dataclass(slots=True)
class _Reader:
    text: str
    position: int
    end: int
    unbounded: int | None

    def choice(self, depth: int) -> Part:
        if depth > MAX_NESTING:
            raise PatternError(f"groups lie more than {MAX_NESTING} deep.", self.position)
        options = [self._sequence(depth)]
        while self._next() == "|":
            self.position += 1
            options.append(self._sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _next(self) -> str:
        return self.text[self.position] if self.position < self.end else ""

    def _sequence(self, depth: int) -> Part:
        parts: list[Part] = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _atom(self, depth: int) -> Part:
        start, character = self.position, self._next()
        self.position += 1
        if character == "(":
            return self._group(start, depth)
        if character == "[":
            return Letter(self._class(start))
        if character == ".":
            return Letter(_PRINTABLE)
        if character == "\\":
            return Letter(self._escape(start))
        if character in "^$":
            message = f"{character} stands at the ends of a pattern only; write \\{character} for the sign."
            raise PatternError(message, start)
        if character in "*+?{":
            raise PatternError(f"{character} repeats nothing; write \\{character} for the sign.", start)
        return Letter(_one(ord(character), start))

    def _group(self, start: int, depth: int) -> Part:
        if self._next() == "?":
            if self.text[self.position : self.position + 2] != "?:":
                raise PatternError("groups that look around or have names are refused; write (?:…) or (…).", start)
            self.position += 2
        part = self.choice(depth + 1)
        if self._next() != ")":
            raise PatternError("this ( is never closed; write \\( for a bracket.", start)
        self.position += 1
        return part

    def _repeated(self, part: Part) -> Part:
        start = self.position
        bounds = self._bounds()
        if bounds is None:
            return part
        least, most = bounds
        if self._next() in ("?", "+", "*", "{") and self._next():
            raise PatternError("a second repetition needs brackets: (?:a{2}){3}.", self.position)
        if most is None and self.unbounded is None:
            written = self.text[start : self.position]
            raise PatternError(f"{written} has no end; say how often at most, such as {{{least},{least + 7}}}.", start)
        most = max(least, self.unbounded or 0) if most is None else most
        if most < least:
            raise PatternError(f"at least {least} and at most {most} times cannot be; swap them.", start)
        if most > MAX_LENGTH:
            raise PatternError(f"repeats {most:_} times, must be at most {MAX_LENGTH:_}.", start)
        return Repeat(part, least, most)

    def _bounds(self) -> tuple[int, int | None] | None:
        sign = self._next()
        if sign in ("?", "*", "+") and sign:
            self.position += 1
            return {"?": (0, 1), "*": (0, None), "+": (1, None)}[sign]
        if sign != "{":
            return None
        close = self.text.find("}", self.position, self.end)
        least, comma, most = self.text[self.position + 1 : max(close, 0)].partition(",")
        digits = f"{least}{most}"
        if close < 0 or not (digits.isascii() and digits.isdigit()) or len(digits) > 24 or not (least or most):
            raise PatternError("write {3}, {1,3}, or \\{ for a brace.", self.position)
        self.position = close + 1
        if not comma:
            return int(least), int(least)
        return int(least or 0), int(most) if most else None

    def _class(self, start: int) -> Ranges:
        negated = self._next() == "^"
        self.position += negated
        found: list[tuple[int, int]] = []
        while self._next() != "]" or not found:
            if not self._next():
                raise PatternError("this [ is never closed; write \\[ for a bracket.", start)
            if self.text.startswith("[:", self.position):
                raise PatternError("write the letters out: [A-Za-z] for [[:alpha:]], \\d for digits.", self.position)
            found += self._span()
        self.position += 1
        ranges = without(_PRINTABLE, merged(found)) if negated else without(merged(found), _SURROGATES)
        if not ranges:
            raise PatternError("this class leaves no character; negated ones are of printable ASCII.", start)
        return ranges

    def _span(self) -> Ranges:
        """The next member of a class: a letter, an escape, or a range from one to another."""
        start = self.position
        first = self._member()
        if self._next() != "-" or self.text[self.position + 1 : self.position + 2] in ("]", ""):
            return first
        self.position += 1
        last = self._member()
        if size(first) != 1 or size(last) != 1 or last[0][0] < first[0][0]:
            raise PatternError("a range goes from one character to a later one, such as a-z.", start)
        return ((first[0][0], last[0][0]),)

    def _member(self) -> Ranges:
        start, character = self.position, self._next()
        self.position += 1
        if not character:
            raise PatternError("the class is never closed.", start)
        return self._escape(start) if character == "\\" else _one(ord(character), start)

    def _escape(self, start: int) -> Ranges:
        letter = self._next()
        self.position += 1
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter.lower() in _CLASSES:
            return without(_PRINTABLE, _CLASSES[letter.lower()])
        if letter in _CONTROLS:
            return _one(_CONTROLS[letter], start)
        if letter in ("x", "u") and letter:
            digits = self.text[self.position : min(self.position + (2 if letter == "x" else 4), self.end)]
            try:
                number = int(digits, 16) if len(digits) == (2 if letter == "x" else 4) else -1
            except ValueError:
                number = -1
            self.position += len(digits)
            return _one(number, start)
        if letter and not letter.isalnum():
            return _one(ord(letter), start)
        known = did_you_mean(letter, [*_CLASSES, *_CONTROLS]).split(" Known:")[0] if letter else ""
        raise PatternError(f"\\{letter} is refused in patterns from which strings are made.{known}", start)


def _one(code: int, start: int) -> Ranges:
    if code < 1 or 0xD800 <= code <= 0xDFFF:
        raise PatternError("this is no character; write \\x41 or \\u0041 for A.", start)
    return ((code, code),)
