"""Strict models: every key that is unknown and every value that does not fit is told at once, with a mend.

pydantic validates; this module keeps the path of each problem whole across parts that are validated inside a
validator (a column inside a list inside a dataset), and puts pydantic's findings into the house's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from sandbox.errors import did_you_mean

Path = tuple[str | int, ...]
ModelType = TypeVar("ModelType", bound="Strict")

UNKNOWN = "unknown key"


class Findings(ValueError):
    """Several problems below one value, each with its path from there."""

    def __init__(self, findings: list[tuple[Path, str]]) -> None:
        self.findings = findings
        super().__init__("; ".join(f"{'.'.join(map(str, path))}: {message}" for path, message in findings))


class Strict(BaseModel):
    """Base of whatever a user writes: frozen, unknown keys refused, nothing coerced behind the user's back."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)

    @classmethod
    def shorthand(cls) -> str | None:
        """The field that is meant where a bare value stands in the mapping's place (`fake: name`); None: no such."""
        return None

    @classmethod
    def is_bare(cls, value: Mapping[Any, Any]) -> bool:
        """Whether a mapping is itself the bare value (`choice: {basic: 3, plus: 1}`)."""
        return False

    @model_validator(mode="wrap")
    @classmethod
    def _gather(cls: type[ModelType], value: Any, handler: Callable[[Any], ModelType]) -> ModelType:
        name = cls.shorthand()
        if name is not None and not isinstance(value, cls) and (not isinstance(value, dict) or cls.is_bare(value)):
            value = {name: value}
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise Findings([((), f"got {show(value)}, must be a mapping with keys {', '.join(_keys(cls))}.")])
        known = {key for key in value if key in _keys(cls)}
        found: list[tuple[Path, str]] = [
            ((str(key),), f"{UNKNOWN} '{key}'.{did_you_mean(str(key), _keys(cls))}") for key in value if key not in known
        ]
        try:
            model = handler({key: value[key] for key in value if key in known})
        except ValidationError as error:
            found += findings(error, value)
        if found:
            raise Findings(found)
        return model


    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        """The mapping, or the bare value where there is a shorthand."""
        schema: dict[str, Any] = handler.resolve_ref_schema(handler(core_schema))
        name = cls.shorthand()
        if name is None:
            return schema
        bare = schema["properties"][cls.model_fields[name].alias or name]
        return {"description": schema.get("description", ""), "anyOf": [schema, bare]}


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def findings(error: ValidationError, value: Any) -> list[tuple[Path, str]]:
    """The problems that pydantic found in `value`, as (path, message), those of nested parts unfolded."""
    found: dict[Path, list[str]] = {}
    for item in error.errors(include_url=False):
        path = _written(item["loc"], value)
        nested = item.get("ctx", {}).get("error")
        told = nested.findings if isinstance(nested, Findings) else [((), _say(dict(item)))]
        for below, message in told:
            found.setdefault(path + below, []).append(message)
    return [(path, _joined(messages)) for path, messages in found.items()]


def validated(model: type[ModelType], value: Any) -> ModelType:
    """`value` as `model`. Raises Findings, each with its path from `value`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Findings(findings(error, value)) from None


def _written(location: Path, value: Any) -> Path:
    """`location` without the names of union branches that pydantic puts in and no user wrote."""
    path: Path = ()
    for step in location:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, (list, tuple)) and isinstance(step, int) and step < len(value):
            value = value[step]
        elif not (isinstance(value, dict) and step == location[-1]):  # a missing key is the last step
            continue
        path += (step,)
    return path


def _joined(messages: list[str]) -> str:
    """One message for a value that fits no branch of a union: `got 'x', must be a whole number or a mapping.`"""
    messages = list(dict.fromkeys(messages))
    heads = {message.split(", must be ")[0] for message in messages}
    if len(messages) == 1 or len(heads) > 1 or not all(", must be " in message for message in messages):
        return " Or: ".join(messages)
    return f"{heads.pop()}, must be {' or '.join(message.split(', must be ')[1].rstrip('.') for message in messages)}."


def show(value: Any) -> str:
    """A user's value in a message: short, quoted when text, as YAML writes it otherwise."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


_MUST: dict[str, str] = {
    "bool_type": "must be true or false",
    "date_type": "must be a date such as 2026-01-31",
    "dict_type": "must be a mapping",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "string_type": "must be text (put it in quotes)",
}


def _say(item: Mapping[str, Any]) -> str:
    kind, context, value = item["type"], item.get("ctx", {}), show(item.get("input"))
    bounds = {"greater_than": ("gt", ">"), "greater_than_equal": ("ge", ">="), "less_than": ("lt", "<"), "less_than_equal": ("le", "<=")}
    if kind == "missing":
        return "is missing."
    if kind in bounds:
        key, sign = bounds[kind]
        return f"got {value}, must be {sign} {context[key]}."
    if kind == "literal_error":
        return f"got {value}, must be one of {context['expected']}."
    if kind in ("too_short", "too_long"):
        least = kind == "too_short"
        return f"has {context['actual_length']}, must have at {'least' if least else 'most'} {context['min_length' if least else 'max_length']}."
    if kind == "value_error":
        return f"{context['error']}"
    return f"got {value}, {_MUST.get(kind, item['msg'][:1].lower() + item['msg'][1:])}."
