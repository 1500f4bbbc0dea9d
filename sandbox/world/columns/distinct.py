"""Values that never repeat: a shuffle of all that there are, one for each row number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandbox.errors import InputError
from sandbox.scenario.parts import Rows
from sandbox.world.draws import Permutation


def distinct_positions(rows: Rows, size: int) -> NDArray[np.int64]:
    """A position in 0 .. size - 1 for each row, none twice in the dataset; int64, shape (n,).

    More rows change no earlier one, since the shuffle is of the size and not of the rows.

    Raises:
        InputError: rows are not numbered, or there are fewer positions than rows.
    """
    if rows.total < 0:
        raise InputError("unique: rows that a process makes are not numbered; use serial, uuid or sql for their keys.")
    if rows.total > size:
        raise InputError(f"unique: there are {size:,} different values for {rows.total:,} rows; widen it.")
    shuffle = rows.once("shuffle", lambda address: Permutation(address, size))
    return shuffle.places(np.arange(rows.start, rows.stop))
