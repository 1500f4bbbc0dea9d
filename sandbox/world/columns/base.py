"""What column generators share: distributions as one monotone draw, and parameters that may be SQL."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from sandbox.errors import InputError
from sandbox.scenario.parts import ColumnPart, Drawing, Rows, Scope
from sandbox.strict import Findings, Path
from sandbox.world.draws import Floats, words_of_uniforms

LARGEST = 1e100
"""Of a number that is written or an expression gives: what is drawn from it is then finite too."""


def _within_reach(number: float) -> float:
    if abs(number) > LARGEST:
        raise ValueError(f"got {number:g}, must be at most {LARGEST:g}, and above -{LARGEST:g}.")
    return number


Scalar = str | int | float | bool
Real = Annotated[float, AfterValidator(_within_reach)]
Positive = Annotated[float, Field(gt=0), AfterValidator(_within_reach)]
NotNegative = Annotated[float, Field(ge=0), AfterValidator(_within_reach)]
Number = Real | str
"""A number, or an SQL expression over the row's columns that gives one."""
PositiveNumber = Positive | str
NotNegativeNumber = NotNegative | str

VALUE = "value"
"""The purpose of the words that decide a value; in a correlated group these are the group's."""


class Distribution(ColumnPart):
    """A generator whose value is a non-decreasing function of one word: it can join a correlated group."""

    parameters: ClassVar[tuple[str, ...]] = ()
    """The fields that may be SQL expressions."""

    @property
    def correlates(self) -> bool:
        """Whether a copula may take it, now that it is configured."""
        return True

    @abstractmethod
    def drawing(self, rows: Rows) -> Drawing:
        """The distribution of these rows' values, with parameters that may differ from row to row."""

    def finish(self, drawn: NDArray[Any], rows: Rows) -> pa.Array:
        """What was drawn, as Arrow; where a parameter is null, so is the value."""
        return pa.array(drawn, from_pandas=self.is_listening)

    def generate(self, rows: Rows) -> pa.Array:
        """One value a row."""
        return self.finish(rows.draw(VALUE, self.drawing(rows)), rows)

    def quantile(self, uniforms: Floats, rows: Rows) -> pa.Array:
        """The values at these levels, float64 in (0, 1), one a row: the inverse distribution function."""
        return self.finish(self.drawing(rows).from_words(words_of_uniforms(uniforms)), rows)

    @property
    def is_listening(self) -> bool:
        """Whether a parameter is an expression, so that the distribution differs from row to row."""
        return bool(self.expressions())

    def expressions(self) -> Mapping[Path, str]:
        """The parameters that are written in SQL."""
        written = {(name,): getattr(self, name) for name in self.parameters}
        return {path: text for path, text in written.items() if isinstance(text, str)}

    def proves(self, scope: Scope) -> frozenset[str]:
        """A parameter may be null, and then the value is."""
        return frozenset() if self.is_listening else frozenset({"not_null"})


def can_correlate(part: ColumnPart) -> bool:
    """Whether a generator's values follow from one word each, so that it can join a correlated group."""
    return bool(getattr(part, "correlates", False))


def require_numbers(part: ColumnPart, scope: Scope) -> None:
    """Judge the types of a generator's expressions. Raises Findings where one does not give a number."""
    wrong: list[tuple[Path, str]] = []
    for path, text in part.expressions().items():
        made = scope.expressions[text]
        if not (pa.types.is_integer(made) or pa.types.is_floating(made) or pa.types.is_decimal(made)):
            wrong.append((path, f"the expression gives {made}, must give a number."))
    if wrong:
        raise Findings(wrong)


def parameter(rows: Rows, written: Number, name: str, least: float = -np.inf, most: float = np.inf) -> Floats:
    """A parameter for each row: float64, shape (n,) or () where it is one number; NaN where an expression is null.

    Raises:
        InputError: an expression gives a value outside `least` .. `most`, or one that is larger than `LARGEST`.
    """
    if not isinstance(written, str):
        return np.asarray(written, np.float64)
    values = floats(rows.expression(written))
    wrong = np.flatnonzero((values < least) | (values > most) | (np.abs(values) > LARGEST))
    if len(wrong):
        ends = ((">=", max(least, -LARGEST)), ("<=", min(most, LARGEST)))
        bounds = " and ".join(f"{sign} {bound:g}" for sign, bound in ends)
        mend = f"must be {bounds}; bound it with greatest() and least()"
        raise InputError(f"{name}: the expression `{written}` gives {values[wrong[0]]:g} in a row, {mend}.")
    return values


def floats(values: pa.Array) -> Floats:
    """Numbers as float64, shape (n,); NaN where they are null."""
    return np.asarray(pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)


def texts_by_position(positions: NDArray[Any], texts: pa.Array) -> pa.DictionaryArray:
    """Texts at these positions, as a dictionary array that holds each text once."""
    index = positions.astype(index_type(len(texts)), copy=False)
    return pa.DictionaryArray.from_arrays(pa.array(index), texts)


def plain(made: pa.DataType) -> pa.DataType:
    """A type without its dictionary."""
    return made.value_type if pa.types.is_dictionary(made) else made


def decoded(array: pa.Array) -> pa.Array:
    """Values without their dictionary."""
    return array.cast(plain(array.type)) if pa.types.is_dictionary(array.type) else array


def index_type(values: int) -> type[np.signedinteger[Any]]:
    """The narrowest index of a dictionary of so many values, as contracts choose it."""
    return np.int8 if values <= 2**7 else np.int16 if values <= 2**15 else np.int32


def same_types(values: Sequence[Any], what: str) -> pa.DataType:
    """The Arrow type that all values share. Raises ValueError where they have none in common."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return pa.float64()
    if len(kinds) > 1:
        names = " and ".join(sorted(kind.__name__ for kind in kinds))
        raise ValueError(f"{what} are of different types ({names}); put all in quotes or none.")
    try:
        return pa.string() if kinds == {str} else pa.array(values).type
    except OverflowError:
        raise ValueError(f"{what} hold a whole number of more than 64 bits, sign included.") from None
