"""Read a filter expression: a recursive descent over its words, with the place of whatever is wrong.

    filter      expression ('|' expression)*
    expression  (INCLUDE | EXCLUDE) ItemID WHERE conjunction (OR conjunction)* (IF conjunction)?
    conjunction comparison (AND comparison)*
    comparison  Dataset.FIELD ((IN | NOT IN) values | ('=' | '<' | '<=' | '>' | '>=') value)
    values      '(' value (',' value)* ')' | value
    value       "text" | number | $PARAMETER | Dataset.FIELD

Source: Amazon Personalize Developer Guide, "Filter expression structure and elements".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from sandbox.errors import InputError
from sandbox.serve.filters.expression import Comparison, Expression, Field, Filter, Operator, Parameter, Value

MOST_FIELDS = 5
"""Distinct fields of a filter."""
_WORD = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>[+-]?\d+(?:\.\d+)?(?![\w.]))
      | (?P<parameter>\$[A-Za-z0-9_]+)
      | (?P<field>[A-Za-z_]\w*\.\w+)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign><=|>=|[=<>|(),])
    )""",
    re.VERBOSE,
)
_SIGNS: tuple[Operator, ...] = ("IN", "<=", ">=", "=", "<", ">")
_OF_ITEMS, _OF_USER = ("items", "interactions"), ("currentuser",)


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    text: str
    at: int


def read_filter(text: str) -> Filter:
    """Read a filter. Raises InputError: it does not parse, or breaks a rule of the language."""
    reader = _Reader(text, _words(text))
    expressions = [reader.expression()]
    while reader.takes("|"):
        expressions.append(reader.expression())
    if reader.next is not None:
        reader.fail("'|' or the end")
    found = Filter(text, tuple(expressions))
    fields = {comparison.field for each in found.expressions for comparison in each.comparisons}
    if len(fields) > MOST_FIELDS:
        raise InputError(f"filter: {len(fields)} different fields; a filter has at most {MOST_FIELDS}.")
    return found


def _words(text: str) -> list[_Word]:
    found, at = [], 0
    while text[at:].strip():
        match = _WORD.match(text, at)
        if match is None:
            place = at + len(text[at:]) - len(text[at:].lstrip())
            raise InputError(f"filter: at {place + 1}: cannot read '{text[place : place + 20]}'.")
        kind = str(match.lastgroup)
        found.append(_Word(kind, match[kind], match.start(kind)))
        at = match.end()
    return found


@dataclass
class _Reader:
    text: str
    words: Sequence[_Word]
    at: int = 0

    @property
    def next(self) -> _Word | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def fail(self, wanted: str) -> NoReturn:
        word = self.next
        found = f"at {word.at + 1}: got '{word.text[:40]}'" if word is not None else "it ends"
        raise InputError(f"filter: {found}, where {wanted} must be.")

    def takes(self, *wanted: str) -> bool:
        """Whether the next words are these; they are then gone."""
        some = self.words[self.at : self.at + len(wanted)]
        if [word.text.upper() for word in some if word.kind in ("word", "sign")] != [each.upper() for each in wanted]:
            return False
        self.at += len(wanted)
        return True

    def must(self, wanted: str) -> None:
        if not self.takes(wanted):
            self.fail(wanted)

    def expression(self) -> Expression:
        includes = self.takes("INCLUDE")
        if not includes and not self.takes("EXCLUDE"):
            self.fail("INCLUDE or EXCLUDE")
        self.must("ItemID")
        self.must("WHERE")
        any_of = [self.conjunction(_OF_ITEMS)]
        while self.takes("OR"):
            any_of.append(self.conjunction(_OF_ITEMS))
        datasets = {comparison.field.dataset for each in any_of for comparison in each}
        if len(datasets) > 1:
            said = "Items and Interactions cannot be in one expression"
            raise InputError(f"filter: {said}; chain two with '|'.")
        return Expression(includes, tuple(any_of), self.conjunction(_OF_USER) if self.takes("IF") else ())

    def conjunction(self, datasets: Sequence[str]) -> tuple[Comparison, ...]:
        found = [self.comparison(datasets)]
        while self.takes("AND"):
            found.append(self.comparison(datasets))
        return tuple(found)

    def comparison(self, datasets: Sequence[str]) -> Comparison:
        field = self.field(datasets)
        operator = self.operator()
        if operator not in ("IN", "NOT IN"):
            bracketed = self.takes("(")
            values: tuple[Value, ...] = (self.value(),)
            if bracketed:
                self.must(")")
        else:
            values = self.values()
        if operator == "NOT IN" and any(isinstance(value, Parameter) for value in values):
            raise InputError("filter: NOT IN takes no parameter; write IN with the opposite of INCLUDE or EXCLUDE.")
        return Comparison(field, operator, values)

    def field(self, datasets: Sequence[str]) -> Field:
        word = self.next
        wanted = "CurrentUser.FIELD" if datasets is _OF_USER else "Items.FIELD or Interactions.EVENT_TYPE"
        if word is None or word.kind != "field":
            self.fail(wanted)
        dataset, name = word.text.lower().split(".")
        if dataset not in datasets or (dataset == "interactions" and name != "event_type"):
            self.fail(wanted)
        self.at += 1
        return Field(dataset, name)

    def operator(self) -> Operator:
        if self.takes("NOT", "IN") or self.takes("NOT_IN"):
            return "NOT IN"
        found = next((sign for sign in _SIGNS if self.takes(sign)), None)
        return found or self.fail("IN, NOT IN, =, <, <=, > or >=")

    def values(self) -> tuple[Value, ...]:
        if not self.takes("("):
            return (self.value(),)
        found = [self.value()]
        while self.takes(","):
            found.append(self.value())
        self.must(")")
        return tuple(found)

    def value(self) -> Value:
        word = self.next
        if word is None or word.kind in ("word", "sign"):
            self.fail('a "text", a number or a $PARAMETER')
        self.at += 1
        if word.kind == "text":
            return unquoted(word.text)
        if word.kind == "number":
            return float(word.text)
        if word.kind == "parameter":
            return Parameter(word.text[1:])
        dataset, name = word.text.lower().split(".")
        if dataset not in ("currentitem", "currentuser"):
            self.at -= 1
            self.fail("a value, or CurrentItem.FIELD")
        return Field(dataset, name)


def unquoted(text: str) -> str:
    """A text without its quotes and the backslashes before others."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])
