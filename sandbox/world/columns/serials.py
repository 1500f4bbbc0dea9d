"""Keys: numbers in order, formatted or plain, and random identifiers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.strict import Findings
from sandbox.world.columns.digits import decimal_texts
from sandbox.world.draws import uuids_of_words

if TYPE_CHECKING:
    from sandbox.scenario.plan import ColumnPlan

_LONGEST_PAD = 18
_MOST_NUMBERS = 2**53
_PLACEHOLDER = re.compile(r"([^{}]*)\{(?::0(\d{1,2})d?)?\}([^{}]*)")


class Mould(NamedTuple):
    """A text with one number in it, padded with zeros to `width` digits."""

    before: str
    width: int
    after: str


class Serial(ColumnPart):
    """Numbers in order, one a row: keys."""

    start: int | str = 1
    """The first number; or, as text, the `format`."""
    step: int = Field(default=1, ge=1, le=1_000_000)
    """From one row's number to the next."""
    format: str | None = Field(default=None, max_length=200)
    """Text around the number, such as `P{:05d}`: `{}` as it is, `{:05d}` filled with zeros to 5 digits."""

    @classmethod
    def shorthand(cls) -> str:
        """`serial: 1` or `serial: "P{:05d}"`."""
        return "start"

    @model_validator(mode="after")
    def _format_is_readable(self) -> Serial:
        written = "start" if isinstance(self.start, str) else "format"
        if isinstance(self.start, str) and self.format is not None:
            raise Findings([(("start",), "must be a whole number beside a format.")])
        if self._format is not None and _PLACEHOLDER.fullmatch(self._format) is None:
            raise Findings([((written,), f"got {self._format!r}, must hold one number, such as 'P{{:05d}}'.")])
        if self._mould is not None and self._mould.width > _LONGEST_PAD:
            raise Findings([((written,), f"pads to {self._mould.width} digits, at most {_LONGEST_PAD} are possible.")])
        if self._mould is not None and self._first < 0:
            raise Findings([(("start",), f"got {self.start}, must be >= 0 beside a format.")])
        return self

    @property
    def _format(self) -> str | None:
        return self.start if isinstance(self.start, str) else self.format

    @property
    def _first(self) -> int:
        return 1 if isinstance(self.start, str) else self.start

    @property
    def _mould(self) -> Mould | None:
        match = _PLACEHOLDER.fullmatch(self._format) if self._format is not None else None
        return Mould(match[1], int(match[2] or 0), match[3]) if match else None

    def yields(self, scope: Scope) -> pa.DataType:
        """int64, or text with a format."""
        last = self._first + self.step * max(scope.rows, 0)
        if not -(2**63) <= last < 2**63:
            raise ValueError(f"the last number would be {last}, which 64 bits cannot hold; lower start or step.")
        return pa.int64() if self._mould is None else pa.string()

    def generate(self, rows: Rows) -> pa.Array:
        """The rows' own numbers."""
        return self.at(np.arange(rows.start, rows.stop))

    def at(self, numbers: NDArray[np.int64]) -> pa.Array:
        """The values of rows by row number, counted from 0; int64, shape (n,), any order."""
        values = numbers * self.step
        values += self._first
        return pa.array(values) if self._mould is None else decimal_texts(values, *self._mould)

    def number_of(self, value: Any) -> int | None:
        """The number, counted from 0, of the row that has this value; None if no row ever has it."""
        written = value
        if self._mould is not None:
            before, after = self._mould.before, self._mould.after
            if not (isinstance(value, str) and value.startswith(before) and value.endswith(after)):
                return None
            written = value[len(before) : len(value) - len(after)]
            written = int(written) if re.fullmatch(r"[0-9]{1,18}", written) else None
        if not isinstance(written, int) or isinstance(written, bool):
            return None
        number, rest = divmod(written - self._first, self.step)
        is_one = not rest and 0 <= number < _MOST_NUMBERS
        return number if is_one and self.at(np.array([number]))[0].as_py() == value else None

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """Where the numbers begin, or the format as a pattern."""
        if self._mould is None:
            return {"ge": self._first}
        digits = f"[0-9]{{{max(self._mould.width, 1)},}}"
        return {"pattern": re.escape(self._mould.before) + digits + re.escape(self._mould.after)}

    def proves(self, scope: Scope) -> frozenset[str]:
        """Numbers that rise never repeat."""
        return frozenset({"not_null", "unique", "pattern" if self._mould else "range"})


def numbers_rows(columns: Iterable[ColumnPlan]) -> bool:
    """Whether some column is a row's own number: then all rows before a row must be counted."""
    return any(isinstance(column.generator, Serial) for column in columns)


class Uuid(ColumnPart):
    """Random identifiers: version 4 UUIDs, as text. They repeat less than once in 10^18 rows."""

    random: Literal[True] = True
    """Always true: 122 bits of each are random."""

    @classmethod
    def shorthand(cls) -> str:
        """`uuid: true`."""
        return "random"

    def yields(self, scope: Scope) -> pa.DataType:
        """A uuid, which contracts keep as text of 36 characters."""
        return pa.uuid()

    def generate(self, rows: Rows) -> pa.Array:
        """122 random bits a row."""
        return uuids_of_words(rows.bits("high"), rows.bits("low"))

    def proves(self, scope: Scope) -> frozenset[str]:
        """Two equal ones are less likely than a broken disk."""
        return frozenset({"not_null", "unique"})
