"""Values whose distribution depends on another column: a mixture, one generator a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, ValidationInfo, field_validator

from sandbox.scenario.language import read_generator
from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.strict import Findings, Path
from sandbox.world.columns.base import can_correlate, decoded, index_type
from sandbox.world.columns.cases import cases_of, is_complete, unknown_cases
from sandbox.world.columns.selection import Selection, require_no_numbering


class Given(ColumnPart):
    """One generator for each value of another column: `{given: plan, gamma: {basic: {mean: 9}, else: {mean: 19}}}`."""

    by: str
    """The column that decides."""
    kind: str
    """The generator that all cases share."""
    cases: dict[str, ColumnPart] = Field(min_length=1)
    """The configuration for each value of the column; `else` is for all others, and for null."""

    @field_validator("cases", mode="before")
    @classmethod
    def _read_cases(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict) or "kind" not in info.data:
            return value
        cases: dict[str, ColumnPart] = {}
        found: list[tuple[Path, str]] = []
        for case, written in value.items():
            try:
                cases[str(case)] = read_generator({info.data["kind"]: written})[1]
            except Findings as error:
                found += [((str(case), *path[1:]), message) for path, message in error.findings]
        if found:
            raise Findings(found)
        return cases

    @property
    def correlates(self) -> bool:
        """A copula may take it where it may take each case."""
        return all(can_correlate(case) for case in self.cases.values())

    def expressions(self) -> Mapping[Path, str]:
        """Those of all cases."""
        inside = {case: part.expressions() for case, part in self.cases.items()}
        return {("cases", case, *path): sql for case, each in inside.items() for path, sql in each.items()}

    def reads(self) -> Sequence[str]:
        """The column that decides, and what the cases read."""
        return tuple(dict.fromkeys([self.by, *(name for part in self.cases.values() for name in part.reads())]))

    def datasets(self) -> Sequence[str]:
        """Those of all cases."""
        return tuple(dict.fromkeys(name for part in self.cases.values() for name in part.datasets()))

    def files(self) -> Sequence[str]:
        """Those of all cases."""
        return tuple(dict.fromkeys(name for part in self.cases.values() for name in part.files()))

    def yields(self, scope: Scope) -> pa.DataType:
        """The type that the cases share."""
        inner, made = replace(scope, unique=False), {}
        unknown = unknown_cases(scope.facts.get(self.by, {}), self.by, self.cases)
        found: list[tuple[Path, str]] = [(("cases", case), message) for case, message in unknown]
        for case, part in self.cases.items():
            try:
                require_no_numbering(part)
                made[case] = part.yields(inner)
            except Findings as error:
                found += [(("cases", case, *path), message) for path, message in error.findings]
            except ValueError as error:
                found.append((("cases", case), str(error)))
        if found:
            raise Findings(found)
        types = list(dict.fromkeys(made.values()))
        if all(pa.types.is_dictionary(each) for each in types):
            values = self.facts(scope).get("values", ())
            return pa.dictionary(pa.from_numpy_dtype(index_type(len(values))), types[0].value_type)
        if len(types) > 1:
            raise ValueError(f"the cases give different types ({', '.join(map(str, types))}); make them alike.")
        return types[0]

    def generate(self, rows: Rows) -> pa.Array:
        """Each case makes the values of its rows; rows without a case are null."""
        parts = list(self.cases.values())
        chosen = cases_of(rows.column(self.by), list(self.cases))
        bits = cache(rows.bits)
        made, places = [], np.full(len(rows), -1)
        done = 0
        for number, part in enumerate(parts):
            selected = np.flatnonzero(chosen == number)
            made.append(part.generate(Selection(rows, selected, f"case {number}", bits)))
            places[selected] = np.arange(done, done + len(selected))
            done += len(selected)
        without = places < 0
        return joined(made).take(pa.array(places, mask=without if without.any() else None))

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """The widest bounds, or all values, where each case has them."""
        told = [part.facts(scope) for part in self.cases.values()]
        facts: dict[str, Any] = {}
        if all("ge" in each for each in told):
            facts["ge"] = min(each["ge"] for each in told)
        if all("le" in each for each in told):
            facts["le"] = max(each["le"] for each in told)
        if all("values" in each for each in told):
            facts["values"] = list(dict.fromkeys(value for each in told for value in each["values"]))
        return facts

    def proves(self, scope: Scope) -> frozenset[str]:
        """What each case proves of its own values, and no null where every value has its case."""
        inner = replace(scope, unique=False)
        shared = frozenset.intersection(*(part.proves(inner) for part in self.cases.values()))
        kept = {"values", "range"} | ({"not_null"} if is_complete(scope.facts.get(self.by, {}), self.cases) else set())
        return shared & kept


def joined(arrays: Sequence[pa.Array]) -> pa.Array:
    """Arrays one after another; dictionaries become one that holds each value once."""
    if not all(isinstance(array, pa.DictionaryArray) for array in arrays):
        return pa.concat_arrays([decoded(array) for array in arrays])
    values = pa.concat_arrays([array.dictionary for array in arrays]).unique()
    kind = pa.from_numpy_dtype(index_type(len(values)))
    indices = [pc.index_in(array.dictionary, values).take(array.indices).cast(kind) for array in arrays]
    return pa.DictionaryArray.from_arrays(pa.concat_arrays(indices), values)
