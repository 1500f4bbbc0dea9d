"""A target: where each dataset really comes from and how its rows map to the contract; and which policies are real."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from sandbox import contract, registry
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario import clock
from sandbox.scenario.language.shelves import POLICIES, Policy
from sandbox.scenario.parts import SourcePart
from sandbox.strict import Findings, Path, Strict, show, validated


class Parse(Strict):
    """How a real source writes the values of a column."""

    format: str | list[str] | None = None
    """How dates and times are written, as for strptime (`%d.%m.%Y`); or several, tried in order."""
    zone: Annotated[str, BeforeValidator(clock.zone)] | None = None
    """The zone of times that carry no offset."""
    decimal: Literal[".", ","] | None = None
    """The decimal sign."""
    thousands: str | None = Field(default=None, max_length=1)
    """The sign between thousands."""
    nulls: list[str] | None = None
    """Texts that mean: no value."""
    true: list[str] | None = None
    """Texts that mean true; case does not matter."""
    false: list[str] | None = None
    """Texts that mean false; case does not matter."""
    unit: Literal["cents", "percent", "thousands", "millions", "s", "ms", "us", "ns"] | None = None
    """What numbers count: cents, percent, thousands, millions; times given as numbers: s, ms, us, ns since 1970."""

    def read_as(self) -> contract.Parse:
        """The same as the contract's way of reading takes it."""
        options: dict[str, Any] = {}
        if self.format is not None:
            options["formats"] = (self.format,) if isinstance(self.format, str) else tuple(self.format)
        for key in ("zone", "decimal", "thousands", "unit"):
            if getattr(self, key) is not None:
                options[key] = getattr(self, key)
        for key in ("nulls", "true", "false"):
            if getattr(self, key) is not None:
                options[key] = tuple(getattr(self, key))
        return contract.Parse(**options)


class Binding(Strict):
    """Where one dataset comes from in a target, and how its rows map to the contract."""

    kind: str
    """The name of the source."""
    source: SourcePart
    """Its configuration."""
    rename: dict[str, str] = Field(default={})
    """The source's name → the contract's."""
    parse: dict[str, Parse] = Field(default={})
    """How the source writes the values of a column, by the contract's name."""
    where: str | None = None
    """Only rows that satisfy this SQL condition over the source's columns are the dataset's business."""
    arrived_at: str | None = None
    """When a row arrived: a column of the source, or SQL over its columns; else the row's own time."""

    @classmethod
    def read(cls, value: Any) -> Binding:
        """A binding as written: `{csv: "…/*.csv", rename: {…}}`."""
        if isinstance(value, cls):
            return value
        known = registry.names("sandbox.sources")
        options = ["rename", "parse", "where", "arrived_at"]
        if not isinstance(value, dict):
            raise Findings([((), f"got {show(value)}, must be a mapping such as {{parquet: folder/}}.")])
        unknown = [key for key in value if key not in known and key not in options]
        found: list[tuple[Path, str]] = [
            ((key,), f"unknown source '{key}'.{did_you_mean(key, known)}") for key in unknown
        ]
        kinds = [key for key in value if key in known]
        if not found and len(kinds) != 1:
            what = "says two sources" if kinds else "does not say its source"
            found.append(((), f"{what}; give exactly one of: {', '.join(known)}."))
        rest: dict[str, Any] = {}
        if kinds:
            try:
                rest["source"] = validated(registry.load("sandbox.sources", kinds[0]), value[kinds[0]])
            except Findings as error:
                found += [((kinds[0], *path), message) for path, message in error.findings]
            except InputError as error:
                found.append(((kinds[0],), str(error)))
        if found:
            raise Findings(found)
        return validated(cls, {"kind": kinds[0], **rest, **{key: value[key] for key in options if key in value}})


def _read(value: Any) -> Binding | Policy:
    """A source in the place of a dataset, or a policy in the place of one of the scenario's."""
    words = [value] if isinstance(value, str) else list(value) if isinstance(value, dict) else []
    if isinstance(value, Policy) or (len(words) == 1 and words[0] in registry.names(POLICIES)):
        return Policy.read(value)
    return Binding.read(value)


_ENTRY = {"anyOf": [{"part": "binding"}, {"part": "policy"}]}
BindingField = Annotated[Binding | Policy, BeforeValidator(_read), WithJsonSchema(_ENTRY)]
