"""What a dataset promises: its columns, keys and how it knows time. `problems.py` judges whether it makes sense."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

import pyarrow as pa

from sandbox.contract.arrow_types import field_of
from sandbox.contract.type_text import parse_type
from sandbox.contract.types import Type
from sandbox.errors import InputError, Problem, did_you_mean


@dataclass(frozen=True)
class Column:
    """One column; bounds are of its type, times as datetime objects or ISO text.

    `pattern` is in RE2 syntax and must match the whole text. `min_length` and `max_length` count characters,
    or bytes in a `bytes` column, or elements in a list. `values` lists what an enum, or any column, may be.
    `since` is the version of the contract from which on the column exists; in rows of earlier ones it is null.
    """

    name: str
    type: str = "string"
    nullable: bool = False
    unique: bool = False
    pii: bool = False
    about: str = ""
    values: tuple[Any, ...] | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    default: Any = None
    since: int = 1

    @property
    def parsed(self) -> Type:
        """The type as a tree."""
        return parse_type(self.type)

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type that the column is stored in."""
        return self.parsed.arrow(len(self.values or ()))

    @property
    def field(self) -> pa.Field:
        """The Arrow field, nullability and remembered type included."""
        return field_of(self.name, self.parsed, self.nullable or self.since > 1, len(self.values or ()))


@dataclass(frozen=True)
class ForeignKey:
    """`columns` of this dataset point at `references` of `dataset`."""

    columns: tuple[str, ...]
    dataset: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Expectation:
    """A condition over several columns of a row, as DuckDB SQL; a row for which it is null keeps it.

    `sql` is run as it stands: whoever writes one from outside judges it first (`scenario/expressions.py`).
    """

    name: str
    sql: str
    columns: tuple[str, ...]
    about: str = ""


@dataclass(frozen=True)
class Contract:
    """A dataset's columns in order, its keys, how it knows time, and whom to ask about it.

    `version` is the latest; `versions` holds the moments (ISO 8601) from which on version 2 and those after it are
    valid, by the rows' own time. `versions.py` tells which version a row is of, and what each version says.
    """

    dataset: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    expectations: tuple[Expectation, ...] = ()
    time: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    static: bool = False
    version: int = 1
    versions: tuple[str, ...] = ()
    about: str = ""
    owner: str = ""
    contact: str = ""

    @property
    def schema(self) -> pa.Schema:
        """The data columns, without the envelope."""
        return pa.schema([column.field for column in self.columns])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The data columns' names, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def _by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in reversed(self.columns)}

    @property
    def pii(self) -> frozenset[str]:
        """Names of the columns that hold people's data."""
        return frozenset(column.name for column in self.columns if column.pii)

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Every group of columns whose values may come once: the primary key (a history's with its start) first."""
        primary = (*self.primary_key, *([self.valid_from] if self.valid_from else []))
        alone = ((column.name,) for column in self.columns if column.unique)
        groups = ([tuple(dict.fromkeys(primary))] if self.primary_key else []) + [*alone, *self.unique]
        return tuple(dict.fromkeys(groups))

    def column(self, name: str) -> Column:
        """The column of this name.

        Raises:
            InputError: there is none; the nearest name is offered.
        """
        if name in self._by_name:
            return self._by_name[name]
        raise InputError(f"{self.dataset} has no column '{name}'.{did_you_mean(name, self.names)}")

    def to_dict(self) -> dict[str, Any]:
        """As plain values that JSON and YAML hold, in a stable order; what is at its default is left out."""
        return _record(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Contract:
        """The way back from `to_dict`.

        Raises:
            InputError: a key that is unknown or missing.
        """
        values = dict(record)
        values["columns"] = tuple(_build(Column, column, "columns") for column in record.get("columns", ()))
        links = record.get("foreign_keys", ())
        values["foreign_keys"] = tuple(_build(ForeignKey, link, "foreign_keys") for link in links)
        conditions = record.get("expectations", ())
        values["expectations"] = tuple(_build(Expectation, condition, "expectations") for condition in conditions)
        return _build(cls, values, "")


_Record = TypeVar("_Record", Column, ForeignKey, Expectation, Contract)


def _record(of: Column | ForeignKey | Expectation | Contract) -> dict[str, Any]:
    written = {}
    for field in fields(of):
        value = getattr(of, field.name)
        if field.default is MISSING or value != field.default:
            written[field.name] = plain(value)
    return written


def plain(value: Any) -> Any:
    """A value of a contract as JSON and YAML hold it."""
    if isinstance(value, Column | ForeignKey | Expectation):
        return _record(value)
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, decimal.Decimal) else value


def _build(shape: type[_Record], record: Mapping[str, Any], path: str) -> _Record:
    known = {field.name: field for field in fields(shape)}
    problems = [Problem(f"unknown key '{key}'.{did_you_mean(key, known)}", path) for key in record if key not in known]
    problems += [
        Problem(f"'{name}' is missing.", path)
        for name, field in known.items()
        if field.default is MISSING and name not in record
    ]
    if problems:
        raise InputError(problems)
    return shape(**{name: _frozen(value) for name, value in record.items()})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list | tuple) else value
