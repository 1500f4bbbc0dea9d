"""Types of a contract as types of SQL, in each dialect the one that holds all values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.contract.types import Type

if TYPE_CHECKING:
    from sqlglot import exp

_WORDS = {
    "int8": "TINYINT", "int16": "SMALLINT", "int32": "INT", "int64": "BIGINT",
    "uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINT", "uint64": "UBIGINT",
    "float32": "FLOAT", "float64": "DOUBLE", "bool": "BOOLEAN", "bytes": "VARBINARY",
    "string": "TEXT", "enum": "TEXT", "uuid": "UUID", "date": "DATE", "time": "TIME",
}  # fmt: skip
_SIGNED = {"int8": "SMALLINT", "uint8": "SMALLINT", "uint16": "INT", "uint32": "BIGINT", "uint64": "DECIMAL(20, 0)"}
_HAVE_UNSIGNED = ("duckdb", "mysql")
_HAVE_NESTED = ("duckdb", "bigquery", "databricks")
_HAVE_LISTS = (*_HAVE_NESTED, "postgres")


def sql_type(kind: Type, dialect: str, longest: int | None = None) -> exp.DataType:
    """The type of SQL; `longest` is how many characters a text may have."""
    from sqlglot import exp

    if kind.name in ("string", "enum") and longest is not None:
        return exp.DataType.build(f"VARCHAR({longest})")
    if kind.is_nested:
        return _nested(kind, dialect)
    if kind.name == "decimal":
        return exp.DataType.build(f"DECIMAL({kind.parameters[0]}, {kind.parameters[1]})")
    if kind.name == "timestamp":
        return exp.DataType.build(_timestamp(kind, dialect), dialect="duckdb")
    if dialect not in _HAVE_UNSIGNED and kind.name in _SIGNED:
        return exp.DataType.build(_SIGNED[kind.name])
    word = _WORDS[kind.name]
    return exp.DataType.build(word, dialect="duckdb" if word.startswith("U") else None)


def _timestamp(kind: Type, dialect: str) -> str:
    if kind.zone is not None:
        return "TIMESTAMPTZ"
    units = {"ms": "TIMESTAMP_MS", "ns": "TIMESTAMP_NS"} if dialect == "duckdb" else {}
    return units.get(str(kind.parameters[0]), "TIMESTAMP")


def _nested(kind: Type, dialect: str) -> exp.DataType:
    """Lists, structs and maps where the dialect has them; elsewhere, and for unions, JSON."""
    from sqlglot import exp

    if kind.name == "list" and dialect in _HAVE_LISTS and not _is_of_json(kind, dialect):
        return exp.DataType(this=exp.DType.ARRAY, nested=True, expressions=[sql_type(kind.parts[0].type, dialect)])
    if kind.name == "map" and dialect in _HAVE_NESTED:
        parts = [sql_type(part.type, dialect) for part in kind.parts]
        return exp.DataType(this=exp.DType.MAP, nested=True, expressions=parts)
    if kind.name == "struct" and dialect in _HAVE_NESTED:
        fields = [
            exp.ColumnDef(this=exp.to_identifier(part.name, quoted=True), kind=sql_type(part.type, dialect))
            for part in kind.parts
        ]
        return exp.DataType(this=exp.DType.STRUCT, nested=True, expressions=fields)
    return exp.DataType.build("JSONB" if dialect == "postgres" else "TEXT" if dialect == "sqlite" else "JSON")


def _is_of_json(kind: Type, dialect: str) -> bool:
    return kind.parts[0].type.is_nested and dialect == "postgres"
