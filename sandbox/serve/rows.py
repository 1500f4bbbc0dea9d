"""What comes in as JSON, as rows of a dataset: read and judged by its contract, just as a real feed's rows are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
import pyarrow as pa

from sandbox.contract.checks import RowCheck
from sandbox.contract.conform import Conform
from sandbox.contract.model import Contract
from sandbox.contract.rejected import REASONS
from sandbox.errors import InputError, did_you_mean

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Rows:
    """Reads objects as rows of one dataset."""

    contract: Contract

    def named(self, properties: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Properties by the columns that they are: `eventValue`, `EVENT_VALUE` and `event_value` are the same.

        Raises:
            InputError: there is no such column.
        """
        found: dict[str, Any] = {}
        for name, value in properties.items():
            column = self._columns.get(_plain(name))
            if column is None:
                said = f"{where}: {self.contract.dataset} has no column '{name[:100]}'."
                raise InputError(f"{said}{did_you_mean(name[:100], self.contract.names)}")
            found[column] = value
        return found

    def read(self, objects: Sequence[Mapping[str, Any]], where: str) -> pa.RecordBatch:
        """Objects by column, as rows in the contract's columns and types.

        Raises:
            InputError: a row breaks the contract; every rule that it breaks is named.
        """
        texts = {
            name: pa.array([_text(each.get(name)) for each in objects], pa.string()) for name in self.contract.names
        }
        checked = self._check(self._conform(pa.RecordBatch.from_pydict(texts)))
        if len(checked.rejected):
            broken = sorted({str(rule) for rules in checked.rejected[REASONS].to_pylist() for rule in rules})
            raise InputError(f"{where}: breaks the contract of {self.contract.dataset}: {self._told(broken, objects)}.")
        return checked.accepted.cast(self.contract.schema)

    def _told(self, broken: Sequence[str], objects: Sequence[Mapping[str, Any]]) -> str:
        """The broken rules, and the words that there are where a column lists them."""
        told = []
        for rule in broken:
            listed = next((c for c in self.contract.columns if c.values and re.search(rf"\b{c.name}\b", rule)), None)
            told.append(rule if listed is None else f"{rule} ({', '.join(map(str, listed.values or ()))})")
        return "; ".join(told)

    @cached_property
    def _columns(self) -> dict[str, str]:
        return {_plain(name): name for name in self.contract.names}

    @cached_property
    def _conform(self) -> Conform:
        return Conform(self.contract)

    @cached_property
    def _check(self) -> RowCheck:
        return RowCheck(self.contract)


@dataclass(frozen=True, slots=True)
class Entity:
    """A customer or an item that was put in."""

    id: str
    columns: Mapping[str, Any] = field(default_factory=dict)


def properties_of(text: str | None, where: str) -> dict[str, Any]:
    """What `properties` says: a JSON object, written out as text. Raises InputError: it is something else."""
    if text is None:
        return {}
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InputError(f"{where}: error parsing properties json.") from None
    if not isinstance(found, dict):
        raise InputError(f"{where}: properties must be a JSON object, written as a string.")
    return found


def _plain(name: str) -> str:
    return _HUMP.sub("_", name).lower()


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
