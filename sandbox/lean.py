"""Keep pandas out of a process that has no use for it: a third of a second of every verb."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType


class _NoPandas(MetaPathFinder):
    """Answers, when pandas is looked for, that it is not installed."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("not wanted here", name="pandas")


def leave_pandas_out() -> None:
    """Let pyarrow look for pandas while it cannot be found.

    pyarrow looks once, at the first array that is made of Python objects, and imports pandas if it is installed, only
    to recognise frames among its arguments. No verb hands it any. Whoever needs pandas afterwards imports it as ever,
    and `to_pandas` looks again. Does nothing where pandas is already there.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(finder)
