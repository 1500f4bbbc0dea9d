"""Names, addresses, sentences: whatever a provider of Faker invents, in any of its locales."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from pydantic import Field, field_validator

from sandbox.addresses import Address
from sandbox.errors import InputError
from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.strict import Findings, Path
from sandbox.world.columns.base import VALUE, Positive, Scalar, index_type
from sandbox.world.draws import Integers

MOST_UNIQUE = 1_000_000
_PROBED = 20
_SATURATED_AFTER = 2_000
_LONGEST_ARGUMENT = 10_000
_SIZE = re.compile(r"(^|_)(nb|length|chars|rows|size|count|elements|files|digits|words|sentences|paragraphs)(_|$)")
_YEAR_2000 = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)

Argument = Scalar | datetime.date | list[Scalar] | None


class Fake(ColumnPart):
    """Values that Faker invents: some are made beforehand, and each row takes one of these."""

    provider: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """What is invented: `name`, `city`, `company`, or any other provider of Faker."""
    locale: str | list[str] | dict[str, Positive] = "en_US"
    """Language and country, such as `de_DE`; or several, or each with its weight."""
    args: dict[str, Argument] = Field(default={})
    """Arguments of the provider, such as `{max_nb_chars: 80}`."""
    pool: Annotated[int, Field(ge=1, le=1_000_000)] = 2_000
    """How many values are made beforehand; where values must be unique, as many as there are rows."""

    @classmethod
    def shorthand(cls) -> str:
        """`fake: name`."""
        return "provider"

    @field_validator("args")
    @classmethod
    def _are_of_sane_size(cls, args: dict[str, Argument]) -> dict[str, Argument]:
        found: list[tuple[Path, str]] = [
            ((name,), f"got {value}, must be at most {_LONGEST_ARGUMENT:,}.")
            for name, value in args.items()
            if isinstance(value, (int, float)) and _SIZE.search(name) and value > _LONGEST_ARGUMENT
        ]
        if found:
            raise Findings(found)
        return args

    @property
    def locales(self) -> dict[str, float]:
        """Each locale with its weight."""
        if isinstance(self.locale, dict):
            return self.locale
        return dict.fromkeys([self.locale] if isinstance(self.locale, str) else self.locale, 1.0)

    def yields(self, scope: Scope) -> pa.DataType:
        """The type of some values. Raises Findings: no such provider, locale or argument, or no simple values."""
        if scope.unique and scope.rows < 0:
            raise ValueError("rows that a process makes cannot have unique fakes; use `uuid` or `sql`.")
        if scope.unique and scope.rows > MOST_UNIQUE:
            raise ValueError(f"makes at most {MOST_UNIQUE:,} unique values; use `pattern` or `sql` for more.")
        return self._array(self._invented(Address(("probe",)), _YEAR_2000, _PROBED)).type

    def generate(self, rows: Rows) -> pa.Array:
        """One value of the pool a row, texts as a dictionary; where they must be unique, the pool from its start."""
        values, codes = rows.once("pool", lambda address: self._pool(address, rows))
        taken = np.arange(rows.start, rows.stop) if rows.unique else rows.draw(VALUE, Integers(0, len(codes) - 1))
        positions = pa.array(codes.take(taken))
        if pa.types.is_string(values.type):
            return pa.DictionaryArray.from_arrays(positions, values)
        return values.take(positions)

    def _pool(self, address: Address, rows: Rows) -> tuple[pa.Array, np.ndarray[Any, Any]]:
        """The different values, and which of them stands at each place of the pool."""
        now = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=rows.window[0])
        invented = self._invented(address, now, rows.total if rows.unique else self.pool, distinct=rows.unique)
        if rows.unique and len(invented) < rows.total:
            raise InputError(
                f"fake: '{self.provider}' gives about {len(invented):,} different values for {rows.total:,} rows; "
                "add locales, or take `unique` away."
            )
        encoded = self._array(invented).dictionary_encode()
        kind = index_type(len(encoded.dictionary))
        return encoded.dictionary, encoded.indices.to_numpy().astype(kind)

    def _invented(self, address: Address, now: datetime.datetime, count: int, distinct: bool = False) -> list[Any]:
        from sandbox.world.columns.faker_pools import invent

        attempts = _SATURATED_AFTER if distinct else None
        return invent(self.provider, self.locales, self.args, address, now, count, attempts)

    def _array(self, values: list[Any]) -> pa.Array:
        kinds = {type(value) for value in values}
        if not kinds <= {str, int, float, bool, datetime.date, datetime.datetime, datetime.time, bytes}:
            names = ", ".join(sorted(kind.__name__ for kind in kinds))
            raise Findings([(("provider",), f"'{self.provider}' gives {names}; choose a provider of single values.")])
        try:
            return pa.array(values, pa.timestamp("us", "UTC") if kinds == {datetime.datetime} else None)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            message = f"'{self.provider}' gives values of several types; choose another."
            raise Findings([(("provider",), message)]) from None

    def capacity(self, scope: Scope) -> int | None:
        """Where values must be unique, how many there are, if so few that for long none came anew."""
        if not scope.unique or scope.rows < 0:
            return None
        wanted = min(scope.rows, 2 * _SATURATED_AFTER)
        found = len(self._invented(Address(("probe",)), _YEAR_2000, wanted, distinct=True))
        return found if found < wanted else None

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """Nothing is promised of what Faker makes."""
        return {}

    def proves(self, scope: Scope) -> frozenset[str]:
        """Nulls are left out of the pool; a pool of distinct values never repeats."""
        return frozenset({"not_null"} | ({"unique"} if scope.unique and scope.rows >= 0 else set()))
