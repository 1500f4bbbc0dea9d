"""Column generators: a value follows from its address alone, whoever asks for it, when, and beside what."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from sandbox.checks.check import Broken, first_difference
from sandbox.checks.column_subject import ColumnSubject, Setting, Use

_CHUNK_ROWS = 9_001
_WORKERS = 4
_STRANGER: dict[str, Any] = {"stranger": {"pattern": "[a-z]{6}"}}
_STRANGERS: dict[str, Any] = {"last_stranger": {"normal": {"mean": 0, "sd": 1}}, "another": {"uuid": True}}
_OTHER_DATASET: dict[str, Any] = {"aside": {"rows": 9, "static": True, "columns": {"value": {"uniform": [0, 1]}}}}


def same_key_same_bytes(subject: ColumnSubject) -> Broken | None:
    """The same scenario gives the same Arrow batches, dictionaries included, byte for byte."""
    first, second = _serialised(subject.use()), _serialised(subject.use())
    if first == second:
        return None
    place = next((at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), len(first))
    return Broken(f"bytes that differ from byte {place:,} on", "the bytes of the first making")


def rows_are_the_slice(subject: ColumnSubject) -> Broken | None:
    """Rows [a, b) asked for alone are the slice of the whole, across the boundaries of blocks too."""
    for start, stop in _slices(len(subject.whole)):
        alone = subject.use().values(start, stop)
        broken = first_difference(alone, subject.whole.slice(start, stop - start), start)
        if broken:
            return broken
    return None


def any_chunking(subject: ColumnSubject) -> Broken | None:
    """One world asked for chunks from the last to the first gives what it gives in one go."""
    use = subject.use()
    pieces = [use.values(start, stop) for start, stop in reversed(list(_chunks(len(subject.whole))))]
    return first_difference(pa.concat_arrays(pieces[::-1]), subject.whole)


def worker_threads(subject: ColumnSubject) -> Broken | None:
    """Chunks made by several threads that share one world are those that one thread makes."""
    use = subject.use()
    chunks = list(_chunks(use.rows))
    with ThreadPoolExecutor(_WORKERS) as workers:
        pieces = list(workers.map(lambda chunk: use.values(*chunk), chunks))
    return first_difference(pa.concat_arrays(pieces), subject.whole)


def another_column_changes_nothing(subject: ColumnSubject) -> Broken | None:
    """Columns before and after it, and another dataset, leave every value as it was."""
    crowded = Setting(before=_STRANGER, after=_STRANGERS, datasets=_OTHER_DATASET)
    return first_difference(subject.use(crowded).values(), subject.whole)


def another_seed_other_values(subject: ColumnSubject) -> Broken | None:
    """What is drawn follows the scenario's seed."""
    if not subject.is_random or not subject.use(Setting(seed=43)).values(0, 1000).equals(subject.whole[:1000]):
        return None
    return Broken("the same 1,000 values for the seeds 42 and 43", "values that follow the seed")


def similar_names_differ(subject: ColumnSubject) -> Broken | None:
    """Columns named `Aa` and `BB` (equal in a weak hash of names) have different values, and so have datasets."""
    if not subject.is_random:
        return None
    settings = {
        "columns": (Setting(column="Aa"), Setting(column="BB")),
        "datasets": (Setting(dataset="Aa"), Setting(dataset="BB")),
    }
    for what, (one, other) in settings.items():
        if subject.use(one).values(0, 1000).equals(subject.use(other).values(0, 1000)):
            return Broken(f"the same 1,000 values in the {what} 'Aa' and 'BB'", "values of their own")
    return None


def _serialised(use: Use) -> bytes:
    written = io.BytesIO()
    setting = use.setting
    for number, batch in enumerate(use.world.batches(setting.dataset, 0, use.rows, [setting.column])):
        if number == 0:
            stream = pa.ipc.new_stream(written, batch.schema)
        stream.write_batch(batch)
    return written.getvalue()


def _slices(rows: int) -> Iterator[tuple[int, int]]:
    middle = rows // 2
    candidates = [(0, 10), (65_530, 65_541), (middle, middle + 1), (7, middle + 13), (rows - 3, rows), (5, 5)]
    return ((start, stop) for start, stop in candidates if 0 <= start <= stop <= rows)


def _chunks(rows: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + _CHUNK_ROWS, rows)) for start in range(0, rows, _CHUNK_ROWS))


CHECKS = (
    same_key_same_bytes,
    rows_are_the_slice,
    any_chunking,
    worker_threads,
    another_column_changes_nothing,
    another_seed_other_values,
    similar_names_differ,
)
