"""Nulls and doubts of several operands together."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np

from sandbox.world.arrays.operand import Mask, Operand


def either(*masks: Mask | None) -> Mask | None:
    """Where any of them is true; None where none of them is there."""
    found = [mask for mask in masks if mask is not None]
    return np.asarray(reduce(np.logical_or, found)) if found else None


def lifted(values: Any, *of: Operand, scale: int = 0) -> Operand:
    """Values made of operands, row by row: null, or in doubt, where any of these is."""
    nulls, doubts = either(*(operand.nulls for operand in of)), either(*(operand.doubts for operand in of))
    return Operand(np.asarray(values), nulls, scale=scale, doubts=doubts)


def doubted(operand: Operand, doubts: Any) -> Operand:
    """The operand with more in doubt; a null never is."""
    if operand.nulls is not None:
        doubts = doubts & ~operand.nulls
    return replace(operand, doubts=either(operand.doubts, np.asarray(doubts))) if doubts.any() else operand


def nulled(operand: Operand, nulls: Any) -> Operand:
    """The operand with more nulls."""
    return replace(operand, nulls=either(operand.nulls, np.asarray(nulls))) if nulls.any() else operand
