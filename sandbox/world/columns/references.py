"""Values of other datasets: a key that refers to one of their rows, and what is known of the row referred to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sandbox.addresses import Address
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.parts import ColumnPart, Drawing, Rows, Scope, Table
from sandbox.strict import Findings, Path
from sandbox.world import draws
from sandbox.world.columns.base import VALUE, NotNegative, floats
from sandbox.world.columns.cases import cases_of, unknown_cases
from sandbox.world.columns.distinct import distinct_positions

if TYPE_CHECKING:
    from sandbox.contract.model import Contract


class Reference(ColumnPart):
    """The key of a row of another dataset."""

    dataset: str
    """The dataset that is referred to."""
    zipf: Annotated[float, Field(ge=0, le=20)] | None = None
    """Some rows are referred to far more often: the r-th favourite with a weight of 1 / r^zipf."""
    weight: str | list[NotNegative] | dict[str, str] | None = None
    """A column of the dataset, or one number for each of its rows: how often each is referred to.

    With `given`: such a column for each value of another one, `else` for all others.
    """
    given: str | None = None
    """A column of this dataset that decides which `weight` holds: in December other things are bought than in June."""

    @classmethod
    def shorthand(cls) -> str:
        """`ref: products`."""
        return "dataset"

    @model_validator(mode="after")
    def _one_way(self) -> Reference:
        if self.zipf is not None and self.weight is not None:
            raise Findings([(("weight",), "zipf says already how often; take one of them out.")])
        if self.given is not None and not isinstance(self.weight, dict):
            raise Findings([(("given",), "decides among weights; give `weight` a column for each case.")])
        if self.given is None and isinstance(self.weight, dict):
            raise Findings([(("weight",), "has cases; say by `given` which column decides among them.")])
        return self

    def reads(self) -> Sequence[str]:
        """The column that decides how often, where one does."""
        return () if self.given is None else (self.given,)

    def datasets(self) -> Sequence[str]:
        """The one that is referred to."""
        return (self.dataset,)

    def yields(self, scope: Scope) -> pa.DataType:
        """The type of the key."""
        contract = _dataset(scope, self.dataset, "dataset")
        if len(contract.primary_key) != 1:
            raise Findings([(("dataset",), f"'{self.dataset}' has no key of one column; give it a `key` to refer to.")])
        columns: dict[Path, str] = {("weight",): self.weight} if isinstance(self.weight, str) else {}
        unknown: list[tuple[str, str]] = []
        if isinstance(self.weight, dict) and self.given is not None:
            columns = {("weight", case): column for case, column in self.weight.items()}
            unknown = unknown_cases(scope.facts.get(self.given, {}), self.given, self.weight)
        found = [
            (path, f"'{self.dataset}' has no column '{column}'.{did_you_mean(column, contract.names)}")
            for path, column in columns.items()
            if column not in contract.names
        ]
        found += [(("weight", case), message) for case, message in unknown]
        if found:
            raise Findings(found)
        return contract.column(contract.primary_key[0]).arrow

    def generate(self, rows: Rows) -> pa.Array:
        """The keys of the rows that are referred to."""
        return self.gather(rows, self.positions(rows))

    def positions(self, rows: Rows) -> NDArray[np.int64]:
        """Which row of the dataset each row refers to, counted from 0; int64, shape (n,)."""
        table = rows.table(self.dataset)
        if table.rows <= 0:
            if not len(rows):
                return np.zeros(0, np.int64)
            raise InputError(f"'{self.dataset}' has no rows to refer to; give it some, or this dataset none.")
        if rows.unique:
            return distinct_positions(rows, table.rows)
        if self.zipf is not None:
            return self._favourites(rows, table.rows, self.zipf)
        if isinstance(self.weight, dict):
            return self._by_case(rows, table, self.weight)
        if self.weight is not None:
            weight = self.weight
            choice = rows.once("weights", lambda _: draws.Choice(self._weights(table, weight)))
            return np.asarray(rows.draw(VALUE, choice), np.int64)
        return np.asarray(rows.draw(VALUE, draws.Integers(0, table.rows - 1)), np.int64)

    def gather(self, rows: Rows, positions: NDArray[np.int64]) -> pa.Array:
        """The keys of these rows of the dataset."""
        table = rows.table(self.dataset)
        return table.take(table.key, positions)

    def _favourites(self, rows: Rows, size: int, steepness: float) -> NDArray[np.int64]:
        """Favourites are spread over the dataset, so that the first keys are nothing special."""

        def make(address: Address) -> tuple[draws.Zipf, draws.Permutation]:
            return draws.Zipf(size, steepness), draws.Permutation(address, size)

        ranks, spread = rows.once("favourites", make)
        favourites = rows.draw(VALUE, ranks)
        favourites -= 1
        return spread.places(favourites)

    def _by_case(self, rows: Rows, table: Table, weight: Mapping[str, str]) -> NDArray[np.int64]:
        """By the weights of each row's case; where a row has none, each row of the dataset is as likely."""
        case, words = cases_of(rows.column(str(self.given)), list(weight)), rows.bits(VALUE)
        found = np.zeros(len(rows), np.int64)
        for number, column in enumerate([*weight.values(), None]):
            selected = np.flatnonzero(case == (number if column is not None else -1))
            if len(selected):
                choice = self._choice_by(rows, table, column)
                found[selected] = choice.from_words(words[selected])
        return found

    def _choice_by(self, rows: Rows, table: Table, column: str | None) -> Drawing:
        if column is None:
            return draws.Integers(0, table.rows - 1)
        return rows.once(f"weights/{column}", lambda _: draws.Choice(self._weights(table, column)))

    def _weights(self, table: Table, weight: str | Sequence[float]) -> draws.Floats:
        if isinstance(weight, str):
            weights = np.nan_to_num(floats(table.take(weight, np.arange(table.rows))), nan=0.0)
        else:
            weights = np.asarray(weight, np.float64)
        if len(weights) != table.rows:
            raise InputError(f"weight: has {len(weights)} numbers for the {table.rows} rows of '{self.dataset}'.")
        if not (weights > 0).any() or (weights < 0).any():
            raise InputError(f"weight: '{weight}' must be >= 0 everywhere, and above 0 in one row at least.")
        return weights

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """Where the keys lead."""
        return {"references": self.dataset}

    def proves(self, scope: Scope) -> frozenset[str]:
        """Every key is one of the dataset's; a shuffle never repeats."""
        unique = {"unique"} if scope.unique and scope.rows >= 0 else set()
        return frozenset({"not_null", "foreign_key"} | unique)


class LookUp(ColumnPart):
    """A column of the row that a reference leads to."""

    by: str
    """A `ref` column of this dataset, or its column with the parent's key."""
    column: str
    """The column of the dataset that it leads to."""

    def reads(self) -> Sequence[str]:
        """The reference."""
        return (self.by,)

    def yields(self, scope: Scope) -> pa.DataType:
        """The type of the column that is looked up."""
        contract = _dataset(scope, self._leads_to(scope), "by")
        if self.column not in contract.names:
            mend = did_you_mean(self.column, contract.names)
            raise Findings([(("column",), f"'{contract.dataset}' has no column '{self.column}'.{mend}")])
        return contract.column(self.column).arrow

    def _leads_to(self, scope: Scope) -> str:
        dataset = scope.facts.get(self.by, {}).get("references")
        if dataset is None and scope.parent is not None and self.by in scope.datasets[scope.parent].primary_key:
            dataset = scope.parent
        if dataset is None:
            raise Findings([(("by",), f"'{self.by}' does not refer to another dataset; name a column with `ref`.")])
        return str(dataset)

    def generate(self, rows: Rows) -> pa.Array:
        """The values of the rows that are referred to; null where the reference is."""
        table, positions = rows.references(self.by)
        missing = positions < 0
        if not missing.any():
            return table.take(self.column, positions)
        values = table.take(self.column, positions[~missing])
        places = np.cumsum(~missing) - 1
        return values.take(pa.array(places, mask=missing))

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """What the column that is looked up may be."""
        return _values(scope.datasets[self._leads_to(scope)], self.column)

    def proves(self, scope: Scope) -> frozenset[str]:
        """Nothing: the reference may be null, and the column too."""
        return frozenset()


class Parent(ColumnPart):
    """A column of the parent, for a dataset `of` another; the parent's key under a name of your own, for example."""

    column: str
    """The parent's column."""

    @classmethod
    def shorthand(cls) -> str:
        """`parent: customer_id`."""
        return "column"

    def reads(self) -> Sequence[str]:
        """The parent's column, as of the row's time."""
        return (f"parent.{self.column}",)

    def yields(self, scope: Scope) -> pa.DataType:
        """The type of the parent's column."""
        if scope.parent is None:
            raise ValueError("only a dataset `of` another has a parent.")
        contract = _dataset(scope, scope.parent, "column")
        if self.column not in contract.names:
            mend = did_you_mean(self.column, contract.names)
            raise Findings([(("column",), f"'{scope.parent}' has no column '{self.column}' that may be seen.{mend}")])
        return contract.column(self.column).arrow

    def generate(self, rows: Rows) -> pa.Array:
        """The parent's value, for each child."""
        return rows.column(f"parent.{self.column}")

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """The parent's key leads to the parent; what the parent's column may be, this may be."""
        if scope.parent is None:
            return {}
        contract = scope.datasets[scope.parent]
        leads = {"references": scope.parent} if contract.primary_key == (self.column,) else {}
        return {**leads, **_values(contract, self.column)}

    def proves(self, scope: Scope) -> frozenset[str]:
        """A parent's key is there and leads to it."""
        if scope.parent is None:
            return frozenset()
        contract = scope.datasets[scope.parent]
        is_key = contract.primary_key == (self.column,)
        always = {"not_null"} if not contract.column(self.column).nullable else set()
        return frozenset(always | ({"foreign_key"} if is_key else set()))


def _values(contract: Contract, column: str) -> dict[str, Any]:
    """As a fact, all that a column may be, where its contract lists it."""
    values = contract.column(column).values if column in contract.names else None
    return {} if values is None else {"values": list(values)}


def _dataset(scope: Scope, name: str, key: str) -> Contract:
    if name not in scope.datasets:
        raise Findings([((key,), f"unknown dataset '{name}'.{did_you_mean(name, scope.datasets)}")])
    return scope.datasets[name]
