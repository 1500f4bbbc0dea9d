"""Fixed answers for given customers, so that an integration's tests know what comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from sandbox.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class Answers:
    """Items by customer; `*` is whoever has none of their own."""

    by_customer: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, customer: str | None) -> Sequence[str] | None:
        """The items for a customer; None where nothing is fixed."""
        if not self.by_customer:
            return None
        return self.by_customer.get(customer or "", self.by_customer.get("*"))


def read_answers(path: Path) -> Answers:
    """Answers of a file: `{"7": ["P00001", "P00002"], "*": []}`. Raises InputError: it is something else."""
    try:
        found = orjson.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"--answers {path}: {error.strerror}.") from None
    except orjson.JSONDecodeError as error:
        raise InputError(f"--answers {path}: is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise InputError(f'--answers {path}: must be an object, as in {{"7": ["P00001"]}}.')
    wrong = [
        Problem(f"--answers {path}: '{name}' must have a list of item ids as texts.")
        for name, items in found.items()
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items)
    ]
    if wrong:
        raise InputError(wrong)
    return Answers(found)
