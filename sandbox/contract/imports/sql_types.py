"""Types of SQL, of any dialect that sqlglot reads, as types of a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.contract.imports.fields import Field, Hint, list_of, map_of, struct
from sandbox.contract.imports.notes import Notes
from sandbox.contract.model import Column
from sandbox.errors import Place

if TYPE_CHECKING:
    from sqlglot import exp

LOCAL_TIMESTAMP = "timestamp(us, none)"
_PLAIN = {
    "int8": "TINYINT",
    "uint8": "UTINYINT",
    "int16": "SMALLINT SMALLSERIAL YEAR",
    "uint16": "USMALLINT",
    "int32": "INT MEDIUMINT SERIAL",
    "uint32": "UINT UMEDIUMINT",
    "int64": "BIGINT BIGSERIAL",
    "uint64": "UBIGINT",
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "decimal(19, 4)": "MONEY SMALLMONEY",
    "decimal(38, 0)": "INT128 INT256 UINT128 UINT256",
    "bool": "BOOLEAN BIT",
    "string": "CHAR VARCHAR NCHAR NVARCHAR BPCHAR TEXT TINYTEXT MEDIUMTEXT LONGTEXT NAME FIXEDSTRING",
    "bytes": "BINARY VARBINARY BLOB TINYBLOB MEDIUMBLOB LONGBLOB IMAGE ROWVERSION",
    "uuid": "UUID UNIQUEIDENTIFIER",
    "date": "DATE DATE32",
    "time": "TIME TIMETZ",
    "timestamp": "TIMESTAMPTZ TIMESTAMPLTZ",
    LOCAL_TIMESTAMP: "TIMESTAMP TIMESTAMPNTZ DATETIME DATETIME2 DATETIME64 SMALLDATETIME",
    "timestamp(ms, none)": "TIMESTAMP_MS TIMESTAMP_S",
    "timestamp(ns, none)": "TIMESTAMP_NS",
}
TYPES = {word: name for name, words in _PLAIN.items() for word in words.split()}
_SERIALS = ("SMALLSERIAL", "SERIAL", "BIGSERIAL")
_MEANINGS = {"INET": "ipv4", "IPADDRESS": "ipv4", "IPV4": "ipv4", "IPV6": "ipv6"} | dict.fromkeys(
    ("JSON", "JSONB", "VARIANT", "OBJECT", "SUPER"), "json"
)
_MOST_DIGITS = 38
DIGITS_WITHOUT_SCALE = (38, 9)


def field_of(name: str, kind: exp.DataType, place: Place, notes: Notes, enums: dict[str, tuple[str, ...]]) -> Field:
    """What a type of SQL says of the column `name`; `enums` are the types that the file itself defines."""
    word = kind.this.name if hasattr(kind.this, "name") else str(kind.this)
    numbers = _numbers(kind)
    if word in ("DECIMAL", "BIGDECIMAL", "DECIMAL32", "DECIMAL64", "DECIMAL128"):
        return Field(Column(name, _decimal(numbers, name, place, notes)), place)
    if word in ("ARRAY", "LIST"):
        element = kind.expressions[0] if kind.expressions else None
        inside = (
            field_of("element", element, place, notes, enums)
            if element is not None
            else Field(Column("element"), place)
        )
        return list_of(name, inside.with_column(nullable=True), place)
    if word == "MAP" and len(kind.expressions) == 2:
        key, value = (
            field_of(side, part, place, notes, enums)
            for side, part in zip(("key", "value"), kind.expressions, strict=True)
        )
        return map_of(name, key, value.with_column(nullable=True), place)
    if word in ("STRUCT", "NESTED") and kind.expressions:
        parts = [
            field_of(each.name, each.args["kind"], place, notes, enums)
            for each in kind.expressions
            if each.args.get("kind")
        ]
        return struct(name, [part.with_column(nullable=True) for part in parts], place)
    if word == "ENUM":
        return Field(Column(name, "enum", values=tuple(each.name for each in kind.expressions)), place)
    if word == "USERDEFINED":
        own = str(kind.args.get("kind") or "").strip('"').rpartition(".")[2].lower()
        if own in enums:
            return Field(Column(name, "enum", values=enums[own]), place)
    return _plain(name, word, numbers, kind, place, notes)


def _plain(name: str, word: str, numbers: list[int], kind: Any, place: Place, notes: Notes) -> Field:
    made = TYPES.get(word)
    if made is None:
        hint = Hint(format=_MEANINGS.get(word, ""))
        notes.lose(f"{kind.sql()} is no type of contracts; kept as text.", place, name)
        return Field(Column(name), place, hint=hint)
    facts: dict[str, Any] = {}
    if made in ("string", "bytes") and numbers:
        facts["max_length"] = numbers[0]
    if made == "bool" and numbers and numbers[0] > 1:  # BIT(8)
        made, facts = "string", {"max_length": numbers[0], "pattern": "[01]*"}
    if word == "TIMETZ":
        notes.lose("a time of day has no zone in a contract.", place, name)
    return Field(Column(name, made, **facts), place, hint=Hint(start=1) if word in _SERIALS else Hint())


def _decimal(numbers: list[int], name: str, place: Place, notes: Notes) -> str:
    if not numbers:
        precision, scale = DIGITS_WITHOUT_SCALE
        notes.lose(f"says no digits; read as decimal({precision}, {scale}).", place, name)
    else:
        precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else 0
    if precision > _MOST_DIGITS or scale < 0:
        notes.lose(f"decimal({precision}, {scale}) has more digits than the {_MOST_DIGITS} of contracts.", place, name)
    precision, scale = min(precision, _MOST_DIGITS), max(scale, 0)
    return f"decimal({precision}, {min(scale, precision)})"


def _numbers(kind: Any) -> list[int]:
    words = [
        each.this.name for each in kind.expressions if type(each).__name__ == "DataTypeParam" and each.this is not None
    ]
    return [int(word) for word in words if word.lstrip("-").isdigit()]
