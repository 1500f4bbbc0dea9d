"""The same value in every row."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa

from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.world.columns.base import Scalar, texts_by_position


class Constant(ColumnPart):
    """The same value in every row."""

    value: Scalar | datetime.date | datetime.datetime | None
    """Text, a number, true or false, a date or a date and time; null where the column has a `type`."""

    @classmethod
    def shorthand(cls) -> str:
        """`constant: EUR`."""
        return "value"

    def yields(self, scope: Scope) -> pa.DataType:
        """The type of the value."""
        return self._scalar.type

    def generate(self, rows: Rows) -> pa.Array:
        """The value, so many times; a text is kept once."""
        if isinstance(self.value, str):
            return texts_by_position(np.zeros(len(rows), np.int8), pa.array([self.value]))
        return pa.repeat(self._scalar, len(rows))

    @property
    def _scalar(self) -> pa.Scalar:
        moment = self.value
        if isinstance(moment, datetime.datetime):
            moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
            return pa.scalar(moment, pa.timestamp("us", "UTC"))
        return pa.scalar(moment)

    def capacity(self, scope: Scope) -> int:
        """One."""
        return 1

    def proves(self, scope: Scope) -> frozenset[str]:
        """It is not null unless it is."""
        return frozenset() if self.value is None else frozenset({"not_null"})
