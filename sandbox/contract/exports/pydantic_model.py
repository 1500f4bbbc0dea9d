"""Contracts as Pydantic models: Python text that imports with pydantic alone, a class a dataset, an instance a row.

A row is a mapping as JSON or Python have it: a map as an object, a union as the value itself. A name that Python or
Pydantic keep for themselves is an alias, so rows use the contract's names.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.contract.exports.exported import Exported, losses, reduced, without
from sandbox.contract.imports.patterns import anywhere
from sandbox.contract.literals import literal
from sandbox.contract.model import Column, Contract
from sandbox.contract.types import Part, Type

_IMPORTS = '''\
from __future__ import annotations

import datetime
import decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, NaiveDatetime


def one_of(*values: Any) -> AfterValidator:
    """Only these values."""

    def judged(value: Any) -> Any:
        if value not in values:
            raise ValueError(f"must be one of {values}")
        return value

    return AfterValidator(judged)
'''
_CONFIG = 'ConfigDict(extra="forbid", serialize_by_alias=True, ser_json_bytes="base64", val_json_bytes="base64")'
_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_PLAIN = {
    "float32": "float",
    "float64": "float",
    "bool": "bool",
    "string": "str",
    "enum": "str",
    "bytes": "bytes",
    "date": "datetime.date",
    "time": "datetime.time",
}
_USED = frozenset({"datetime", "decimal", "one_of", *dir(builtins), *re.findall(r"\b[A-Z]\w+", _IMPORTS)})
_KEPT_BY_PYDANTIC = frozenset({"copy", "dict", "json", "schema", "construct", "validate", "fields", "parse_obj"})
_BOUNDS = ("ge", "gt", "le", "lt")
_COLUMN_FACTS = frozenset(
    {"name", "type", "nullable", "pii", "about", "values", "pattern", "min_length", "max_length", "default", *_BOUNDS}
)
_CONTRACT_FACTS = frozenset({"dataset", "columns", "about"})


def export_pydantic(contracts: Sequence[Contract]) -> Exported:
    """The contracts as the text of a Python module."""
    kept = reduced(contracts, _reduced)
    # A field of the name of its own class would hide it.
    module = _Module(names={name for contract in kept for column in contract.columns for name in _field_names(column)})
    for contract in kept:
        module.model(
            _class_name(contract.dataset), contract.about, [_of_column(each, module) for each in _named(contract)]
        )
    text = "\n\n".join([_IMPORTS.rstrip("\n"), *module.classes]) + "\n"
    return Exported("Pydantic", text, kept, losses("Pydantic", contracts, kept))


@dataclass
class _Module:
    """Classes so far, each after those that it uses."""

    classes: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def model(self, name: str, about: str, fields: Sequence[str]) -> str:
        """Add a class; gives the name that it got."""
        name = _free(name, self.names | _USED)
        self.names.add(name)
        told = f"    {_literal_text(about)}\n\n" if about else ""
        body = "\n".join(f"    {each}" for each in fields)
        config = f"    model_config = {_CONFIG}\n\n"
        self.classes.append(f"\nclass {name}(BaseModel):\n{told}{config}{body}")
        return name


def _reduced(contract: Contract) -> Contract:
    said: Contract = without(contract, _CONTRACT_FACTS)
    return replace(said, columns=tuple(_reduced_column(column) for column in contract.columns))


def _reduced_column(column: Column) -> Column:
    facts = _COLUMN_FACTS - ({"default"} if column.parsed.is_nested else set())
    # A pattern whose syntax is RE2's alone would keep the module from being imported.
    facts -= {"pattern"} if column.pattern is not None and not _is_common(column.pattern) else set()
    said: Column = without(column, facts)
    return said


def _field_names(column: Column) -> Iterator[str]:
    def of_parts(kind: Type) -> Iterator[str]:
        for part in kind.parts:
            yield _identifier(part.name)
            yield from of_parts(part.type)

    yield _identifier(column.name)
    yield from of_parts(column.parsed)


def _named(contract: Contract) -> Iterator[tuple[str, Column]]:
    """Each column with the name of its field."""
    taken: set[str] = set()
    for column in contract.columns:
        name = _free(_identifier(column.name), taken | _USED | _KEPT_BY_PYDANTIC)
        taken.add(name)
        yield name, column


def _of_column(named: tuple[str, Column], module: _Module) -> str:
    name, column = named
    kind, facts = column.parsed, []
    written = _type(kind, _class_name(column.name), module)
    if column.values is not None:
        values = [literal(value, column).as_py() for value in column.values]
        is_literal = all(isinstance(value, str | int) for value in values)
        shown = ", ".join(_value(value) for value in values)
        written = f"Literal[{shown}]" if is_literal else f"Annotated[{written}, one_of({shown})]"
    rules = [f"{key}={_value(literal(getattr(column, key), column).as_py())}" for key in _BOUNDS if _has(column, key)]
    rules += [f"{key}={getattr(column, key)}" for key in ("min_length", "max_length") if _has(column, key)]
    rules += [f"pattern={_full(column.pattern)}"] if column.pattern is not None and column.values is None else []
    if rules:
        written = f"Annotated[{written}, Field({', '.join(rules)})]"
    facts += [f"alias={column.name!r}"] if name != column.name else []
    facts += [f"description={column.about!r}"] if column.about else []
    facts += ['json_schema_extra={"pii": True}'] if column.pii else []
    written += " | None" if column.nullable else ""
    default = None if column.default is None else _value(literal(column.default, column).as_py())
    default = "None" if default is None and column.nullable else default
    if not facts:
        return f"{name}: {written}" + (f" = {default}" if default is not None else "")
    given = [f"default={default}"] if default is not None else []
    return f"{name}: {written} = Field({', '.join([*given, *facts])})"


def _type(kind: Type, name: str, module: _Module) -> str:
    """A type as an annotation; structs become classes of the module, named after where they stand."""
    if kind.name == "struct":
        taken: list[str] = []
        fields = []
        for part in kind.parts:
            field_name = _free(_identifier(part.name), {*taken, *_USED, *_KEPT_BY_PYDANTIC})
            taken.append(field_name)
            inner = _part(part, f"{name}{_class_name(part.name)}", module)
            facts = [f"alias={part.name!r}"] if field_name != part.name else []
            facts = ["default=None", *facts] if part.nullable else facts
            fields.append(f"{field_name}: {inner}" + (f" = Field({', '.join(facts)})" if facts else ""))
        return module.model(name, "", fields)
    if kind.name == "list":
        return f"list[{_part(kind.parts[0], name, module)}]"
    if kind.name == "map":
        return f"dict[{', '.join(_part(part, name, module) for part in kind.parts)}]"
    if kind.name == "union":
        return " | ".join(dict.fromkeys(_type(part.type, name, module) for part in kind.parts))
    if kind.is_integer:
        bits, unsigned = int(kind.name.lstrip("uint")), kind.name.startswith("u")
        low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        return f"Annotated[int, Field(ge={low}, le={high})]"
    if kind.name == "decimal":
        return "Annotated[decimal.Decimal, Field(max_digits={}, decimal_places={})]".format(*kind.parameters)
    if kind.name == "timestamp":
        return "NaiveDatetime" if kind.zone is None else "AwareDatetime"
    return f"Annotated[str, Field(pattern={_full(_UUID)})]" if kind.name == "uuid" else _PLAIN[kind.name]


def _part(part: Part, name: str, module: _Module) -> str:
    written = _type(part.type, name, module)
    return f"{written} | None" if part.nullable and part.name != "key" else written


def _value(value: Any) -> str:
    """A value as Python text."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    text = repr(value)
    if text.startswith("Decimal("):
        return f"decimal.{text}"
    if hasattr(value, "isoformat"):
        kind = "datetime" if hasattr(value, "hour") and hasattr(value, "year") else type(value).__name__
        return f"datetime.{kind}.fromisoformat({value.isoformat()!r})"
    return text


def _has(column: Column, key: str) -> bool:
    return getattr(column, key) is not None


def _full(pattern: str | None) -> str:
    """A pattern of a whole text, for the engine that Pydantic has; no `$`, which others take for a line's end."""
    return repr(rf"\A(?:{pattern})\z")


def _is_common(pattern: str) -> bool:
    from pydantic import StringConstraints, TypeAdapter
    from pydantic_core import SchemaError

    try:
        re.compile(anywhere(pattern))
        TypeAdapter(_annotated(StringConstraints(pattern=rf"\A(?:{pattern})\z")))
    except (re.error, SchemaError):
        return False
    return True


def _annotated(constraint: Any) -> Any:
    from typing import Annotated

    return Annotated[str, constraint]


def _identifier(name: str) -> str:
    """A name that Python takes for a field: letters, digits and `_`, no word of Python's own."""
    plain = re.sub(r"\W", "_", name).strip("_")
    plain = plain if plain[:1].isalpha() else f"field_{plain}"
    return f"{plain}_" if keyword.iskeyword(plain) or plain.startswith("model_") else plain


def _class_name(name: str) -> str:
    whole = "".join(word[:1].upper() + word[1:] for word in re.split(r"[\W_]+", name) if word)
    return whole if whole[:1].isalpha() and not keyword.iskeyword(whole) else f"Row{whole}"


def _free(name: str, taken: set[str] | frozenset[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _literal_text(about: str) -> str:
    """A docstring on one line, whatever is in it."""
    return repr(about) if '"' in about or "\\" in about else f'"""{about}"""'
