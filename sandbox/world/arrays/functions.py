"""Functions of floats by the name of their form in sqlglot's tree; each is given doubles and makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sandbox.world.arrays.masks import lifted
from sandbox.world.arrays.operand import Operand

Values = Any


def _cotangent(values: Values) -> Values:
    return 1.0 / np.tan(values)


def _power(base: Values, exponent: Values) -> Values:
    if exponent.ndim == 0 and exponent == 0.5:  # NumPy takes the root, which differs where the base is -0 or -inf
        return np.sqrt(np.where(np.isneginf(base), np.inf, base + 0.0))
    return np.power(base, exponent)


def _logarithm(base: Values, values: Values) -> Values:
    return np.log10(values) / np.log10(base)


OF_ONE: dict[str, Callable[[Values], Values]] = {
    "Acos": np.arccos, "Asin": np.arcsin, "Atan": np.arctan, "Cbrt": np.cbrt, "Cos": np.cos, "Cot": _cotangent,
    "Degrees": np.degrees, "Exp": np.exp, "Ln": np.log, "Log": np.log10, "Radians": np.radians, "Sin": np.sin,
    "Sqrt": np.sqrt, "Tan": np.tan,
}  # fmt: skip
OF_TWO: dict[str, Callable[[Values, Values], Values]] = {"Atan2": np.arctan2, "Log": _logarithm, "Pow": _power}
TESTS: dict[str, Callable[[Values], Values]] = {"IsInf": np.isinf, "IsNan": np.isnan, "isfinite": np.isfinite}


def applied(function: Callable[..., Values], *operands: Operand) -> Operand:
    """The function of each row."""
    return lifted(function(*(operand.values for operand in operands)), *operands)
