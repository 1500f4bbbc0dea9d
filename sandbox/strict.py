"""Strict models: every key that is unknown and every value that does not fit is told at once, with a mend.

pydantic validates; this module keeps the path of each problem whole across parts that are validated inside a
validator (a column inside a list inside a dataset), and puts pydantic's findings into the house's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from sandbox.errors import did_you_mean

Path = tuple[str | int, ...]
ModelType = TypeVar("ModelType", bound="Strict")

UNKNOWN = "unknown key"
LONGEST_SHOWN = 60
MOST_GUESSES = 50
"""In a mapping with more unknown keys than these, a guess for each would take long and help nobody."""


class Findings(ValueError):  # noqa: N818 (it carries several, none of them an error of its own)
    """Several problems below one value, each with its path from there."""

    def __init__(self, findings: list[tuple[Path, str]]) -> None:
        self.findings = findings
        super().__init__("; ".join(f"{'.'.join(map(str, path))}: {message}" for path, message in findings))


class Strict(BaseModel):
    """Base of whatever a user writes: frozen, unknown keys refused, nothing coerced behind the user's back."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True, allow_inf_nan=False
    )

    exactly_one: ClassVar[tuple[str, ...]] = ()
    """Keys of which one must be given, and no more."""

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
        if isinstance(value, cls):
            return value
        bare = _is_bare(cls, value)
        if bare:
            value = {name: value}
        if not isinstance(value, dict):
            raise Findings([((), f"got {show(value)}, must be a mapping with keys {', '.join(_keys(cls))}.")])
        known = _keys(cls)
        found = unknown_keys(value, known) or _not_exactly_one(value, cls.exactly_one)
        try:
            model = handler({key: value[key] for key in value if key in known})
        except ValidationError as error:
            told = findings(error, value)
            found += [(path[1:] if bare and path[:1] == (name,) else path, message) for path, message in told]
        if found:
            raise Findings(found)
        return model

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        """The mapping, or the bare value where there is a shorthand."""
        from sandbox.meanings import meanings

        schema: dict[str, Any] = handler.resolve_ref_schema(handler(core_schema))
        for field, meaning in meanings(cls).items():
            if field in cls.model_fields:
                schema["properties"][cls.model_fields[field].alias or field].setdefault("description", meaning)
        if cls.exactly_one:
            schema["oneOf"] = [
                {"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in cls.exactly_one
            ]
        name = cls.shorthand()
        if name is None:
            return schema
        bare = schema["properties"][cls.model_fields[name].alias or name]
        takes_mappings = any(each.get("type", "object") == "object" for each in bare.get("anyOf", ()))
        if takes_mappings and cls.is_bare.__func__ is Strict.is_bare.__func__:  # type: ignore[attr-defined]
            bare = {**bare, "not": {"type": "object"}}  # a mapping is always the long form
        return {"description": schema.get("description", ""), "anyOf": [schema, bare]}


def _is_bare(model: type[Strict], value: Any) -> bool:
    """Whether a value stands in the place of a mapping with the model's one field."""
    return model.shorthand() is not None and (not isinstance(value, dict) or model.is_bare(value))


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def unknown_keys(value: Mapping[Any, Any], known: Sequence[str]) -> list[tuple[Path, str]]:
    """A problem for each key of a mapping that is not known, with the nearest that is."""
    strangers = [str(key) for key in value if key not in known]
    guesses = {key: did_you_mean(key[:LONGEST_SHOWN], known) for key in strangers[:MOST_GUESSES]}
    return [((key,), f"{UNKNOWN} {show(key)}.{guesses.get(key, '')}") for key in strangers]


def _not_exactly_one(value: Mapping[Any, Any], keys: Sequence[str]) -> list[tuple[Path, str]]:
    given = [key for key in keys if value.get(key) is not None]
    if not keys or len(given) == 1:
        return []
    names = " and ".join([", ".join(f"`{key}`" for key in keys[:-1]), f"`{keys[-1]}`"])
    return [((), f"say exactly one of {names}.")]


def findings(error: ValidationError, value: Any) -> list[tuple[Path, str]]:
    """The problems that pydantic found in `value`, as (path, message), those of nested parts unfolded."""
    found: dict[Path, list[str]] = {}
    misfits: dict[Path, list[str]] = {}
    for item in error.errors(include_url=False):
        path = _written(item["loc"], value, is_missing=item["type"] == "missing")
        nested = item.get("ctx", {}).get("error")
        if item["type"] in _MUST or item["type"] == "literal_error":
            misfits.setdefault(path, []).append(_say(dict(item)))
            continue
        told = nested.findings if isinstance(nested, Findings) else [((), _say(dict(item)))]
        for below, message in told:
            found.setdefault(path + below, []).append(message)
    for path, messages in misfits.items():
        # Where one form of a union fits and is wrong inside, it does not help that the others do not fit.
        if not any(other[: len(path)] == path for other in found):
            found[path] = messages
    return [(path, _joined(messages)) for path, messages in found.items()]


def validated(model: type[ModelType], value: Any) -> ModelType:
    """`value` as `model`. Raises Findings, each with its path from `value`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        left_out = (model.shorthand(),) if _is_bare(model, value) else None
        told = findings(error, value)
        raise Findings([(path[1:] if path[:1] == left_out else path, message) for path, message in told]) from None


def _written(location: Path, value: Any, is_missing: bool) -> Path:
    """`location` without the names of union branches that pydantic puts in and no user wrote."""
    path: Path = ()
    for step in location:
        is_key = isinstance(value, dict) and step in value
        is_item = isinstance(value, (list, tuple)) and isinstance(step, int) and step < len(value)
        if is_key or is_item:
            value = value[step]
        elif not (is_missing and step == location[-1]):
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
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


@dataclass(frozen=True, slots=True)
class Exactly:
    """How many elements a list has, no more and no fewer: `Annotated[list[float], Exactly(24)]`."""

    count: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._held, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "minItems": self.count, "maxItems": self.count}

    def _held(self, value: list[Any]) -> list[Any]:
        if len(value) != self.count:
            raise ValueError(f"has {len(value)}, must have exactly {self.count}.")
        return value


NAME = r"^[A-Za-z][A-Za-z0-9_]{0,62}$"
"""What a dataset, a column, a model or a target may be called."""
_A_NAME = "a letter, then letters, digits or _, at most 63 in all"
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
"""Kinds of error that say a value is of another type than is wanted."""

_BOUNDS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", ">="),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "<="),
}
_SIZES = {"too_short": ("min_length", "at least"), "too_long": ("max_length", "at most")}
_LENGTHS = {"string_too_short": ("min_length", "at least"), "string_too_long": ("max_length", "at most")}


def _say(item: Mapping[str, Any]) -> str:
    kind, context, value = item["type"], item.get("ctx", {}), show(item.get("input"))
    if kind == "missing":
        return "is missing."
    if kind in _BOUNDS:
        key, sign = _BOUNDS[kind]
        bound = context[key]
        return f"got {value}, must be {sign} {int(bound) if bound == int(bound) else bound}."
    if kind == "literal_error":
        expected = str(context["expected"]).replace("True", "true").replace("False", "false")
        return f"got {value}, must be {'one of ' if ' or ' in expected else ''}{expected}."
    if kind in _SIZES:
        key, bound = _SIZES[kind]
        return f"has {context['actual_length']}, must have {bound} {context[key]}."
    if item.get("input") == "" and kind in _LENGTHS:
        return "is empty."
    if kind in _LENGTHS:
        key, bound = _LENGTHS[kind]
        return f"got {value}, must have {bound} {context[key]} character{'s' if context[key] != 1 else ''}."
    if kind == "string_pattern_mismatch" and context["pattern"] == NAME:
        return f"{'cannot be a name' if item['loc'][-1:] == ('[key]',) else f'got {value}'}, must be {_A_NAME}."
    if kind == "string_pattern_mismatch":
        return f"got {value}, must match {context['pattern']}."
    if kind == "value_error":
        return f"{context['error']}"
    return f"got {value}, {_MUST.get(kind, item['msg'][:1].lower() + item['msg'][1:])}."
