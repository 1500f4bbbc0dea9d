"""Yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from sandbox.addresses import Words
from sandbox.scenario.parts import Drawing, Rows, Scope
from sandbox.world import draws
from sandbox.world.columns.base import Distribution, parameter, require_numbers
from sandbox.world.draws import Floats


class Bernoulli(Distribution):
    """True with a probability, which may listen to other columns."""

    p: Annotated[float, Field(ge=0, le=1)] | str | None = None
    """Probability of true, from 0 to 1; a number or SQL."""
    log_odds: float | str | None = None
    """Instead of `p`: its log-odds, log(p / (1 - p)), any number or SQL; 0 is even, -2 is 12 in 100."""
    exactly_one: ClassVar = ("p", "log_odds")
    parameters: ClassVar = exactly_one

    @classmethod
    def shorthand(cls) -> str:
        """`bernoulli: 0.26`."""
        return "p"

    def yields(self, scope: Scope) -> pa.DataType:
        """bool."""
        require_numbers(self, scope)
        return pa.bool_()

    def drawing(self, rows: Rows) -> Drawing:
        """One probability, or one for each row."""
        return BernoulliEach(self._probabilities(rows)) if self.is_listening else self._constant

    def finish(self, drawn: NDArray[Any], rows: Rows) -> pa.Array:
        """A null probability gives null."""
        if not self.is_listening:
            return pa.array(drawn)
        return pa.array(drawn, mask=np.isnan(self._probabilities(rows)))

    def _probabilities(self, rows: Rows) -> Floats:
        if self.log_odds is None:
            return parameter(rows, self.p or 0.0, "p", least=0, most=1)
        # Rounded, since what decides must not hang on the last bit of a processor's `exp`.
        odds = np.clip(parameter(rows, self.log_odds, "log_odds"), -700.0, 700.0)
        return draws.stable(1.0 / (1.0 + np.exp(-odds)))

    @cached_property
    def _constant(self) -> Drawing:
        if self.log_odds is None:
            return draws.Bernoulli(float(self.p or 0.0))
        odds = np.clip(float(self.log_odds), -700.0, 700.0)
        return draws.Bernoulli(float(draws.stable(1.0 / (1.0 + np.exp(-np.asarray(odds))))))

    def capacity(self, scope: Scope) -> int:
        """True and false."""
        return 2


@dataclass(frozen=True)
class BernoulliEach(draws.Distribution):
    """True with a probability of its own for each row; false where that is NaN."""

    probabilities: Floats

    def from_words(self, words: Words) -> NDArray[np.bool_]:
        """bool, one for each word."""
        return draws.bernoulli(words, self.probabilities)
