"""The text of a type, read: `decimal(12, 2)`, `list<struct<a: int64, b: string?>>`, `timestamp(us, Europe/London)`."""

from __future__ import annotations

import re
from functools import lru_cache

from sandbox.contract.types import ALIASES, NAMES, PLAIN, Part, Type, decimal_type, timestamp_type, union_type
from sandbox.errors import InputError, did_you_mean

_TOKEN = re.compile(r'\s*("(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|\([^()]*\)|[<>,:?])\s*')
_DEEPEST = 16


@lru_cache(maxsize=4096)
def parse_type(text: str) -> Type:
    """Read a type as users write it.

    Raises:
        InputError: an unknown name (with the nearest known one), wrong parameters, or text that does not end well.
    """
    reader = _Reader(text)
    parsed = reader.type(depth=0)
    if reader.next == "?":
        raise InputError(f"type '{text}': '?' is for parts of nested types; for a column say nullable: true.")
    if reader.next:
        raise reader.error(f"'{reader.next}' comes after the end of the type")
    return parsed


class _Reader:
    """Walks the tokens of one text; `next` is the token that has not been taken, empty at the end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.next
        self.at += 1
        return token

    def expect(self, wanted: str) -> None:
        found = self.take()
        if found != wanted:
            raise self.error(f"expected '{wanted}', found '{found}'" if found else f"'{wanted}' is missing at the end")

    def error(self, message: str) -> InputError:
        return InputError(f"type '{self.text}': {message}.")

    def type(self, depth: int) -> Type:
        if depth > _DEEPEST:
            raise self.error(f"nested more than {_DEEPEST} deep")
        name = self.take()
        if name not in NAMES:
            raise InputError(f"unknown type '{name}'.{did_you_mean(name, NAMES)}")
        if self.next.startswith("("):
            return self.with_parameters(name, [word.strip() for word in self.take()[1:-1].split(",")])
        if name in ("list", "struct", "map", "union"):
            return self.nested(name, depth)
        if name == "decimal":
            raise InputError("decimal: say its digits, as decimal(12, 2).")
        return Type("timestamp", ("us", "UTC")) if name == "timestamp" else Type(ALIASES.get(name, name))

    def with_parameters(self, name: str, words: list[str]) -> Type:
        if name == "decimal" and len(words) in (1, 2) and all(re.fullmatch("[0-9]{1,3}", word) for word in words):
            return decimal_type(int(words[0]), int(words[1]) if len(words) == 2 else 0)
        if name == "decimal":
            raise self.error("a decimal takes its digits and, of these, those after the point, as decimal(12, 2)")
        if name == "timestamp" and len(words) in (1, 2):
            return timestamp_type(words[0], words[1] if len(words) == 2 else "UTC")
        if name == "timestamp":
            raise self.error("a timestamp takes a unit and a zone, as timestamp(us, Europe/London)")
        hint = "; its longest length goes into max_length" if name in ("string", "bytes") else ""
        raise self.error(f"'{name}' takes no parameters{hint}")

    def nested(self, name: str, depth: int) -> Type:
        if self.next != "<":
            raise InputError(f"{name}: say what is in it, as {_EXAMPLES[name]}.")
        self.take()
        parts = [self.part(name, depth)]
        while self.next == ",":
            self.take()
            parts.append(self.part(name, depth))
        self.expect(">")
        if name == "struct":
            return self.struct(parts)
        if name == "union":
            return union_type(tuple(part.type for part in parts))
        if name == "list" and len(parts) == 1:
            return Type("list", parts=(Part("element", parts[0].type, parts[0].nullable),))
        if name == "map" and len(parts) == 2 and not parts[0].nullable:
            return Type("map", parts=(Part("key", parts[0].type), Part("value", parts[1].type, parts[1].nullable)))
        raise self.error(f"write {_EXAMPLES[name]}")

    def struct(self, parts: list[Part]) -> Type:
        names = [part.name for part in parts]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise self.error(f"field '{twice[0]}' is there twice")
        return Type("struct", parts=tuple(parts))

    def part(self, parent: str, depth: int) -> Part:
        name = ""
        if parent == "struct":
            token = self.take()
            name = token[1:-1].replace('""', '"') if token.startswith('"') else token
            if not name or name in tuple("<>,:?"):
                raise self.error(f"write {_EXAMPLES['struct']}")
            self.expect(":")
        type_ = self.type(depth + 1)
        if type_.name == "enum":
            raise self.error("an enum has its values in the column, so it cannot stand inside another type; use string")
        nullable = self.next == "?"
        if nullable:
            self.take()
        if nullable and parent == "union":
            raise self.error("a union's branches take no '?'; let the column, or the union itself, be nullable")
        return Part(name, type_, nullable)


_EXAMPLES = {
    "list": "list<int64>",
    "struct": "struct<a: int64, b: string?>",
    "map": "map<string, int64>",
    "union": "union<int64, string>",
}


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise InputError(f"type '{text}': cannot read it from '{text[at : at + 20]}' on.")
        tokens.append(match[1])
        at = match.end()
    if not tokens:
        raise InputError(f"a type is missing.{did_you_mean('', (*PLAIN, 'decimal', 'timestamp', 'list'))}")
    return tokens
