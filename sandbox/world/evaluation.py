"""Run formulas over columns in memory: one query for many, one locked DuckDB a thread.

What depends on nothing, or on one column of few different values, is evaluated once for each value and remembered, not
for each row, and joins of texts are made by `join_texts`; the results are those of the SQL. A query costs milliseconds,
and who lives day by day asks thousands over a handful of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import BLOCK_ROWS
from sandbox.errors import InputError
from sandbox.scenario.locked import evaluate, thread_connection
from sandbox.world.cache import Cache, identity_of
from sandbox.world.draws import join_texts
from sandbox.world.finish import one_array
from sandbox.world.formulas import Formula

_KEPT_BYTES = 16 << 20
_FEW_ENTRIES = 64
_NOTHING, _EITHER = pa.nulls(1), pa.array([True, False])
_FIRST, _SECOND = pa.scalar(0, pa.int8()), pa.scalar(1, pa.int8())

_by_entry = Cache(_KEPT_BYTES)


def evaluated(
    formulas: Mapping[str, Formula], column: Callable[[str], pa.Array], rows: int, path: str
) -> dict[str, pa.Array]:
    """The values of formulas over some rows.

    Args:
        formulas: by a name for each, which errors bear up to a `#`.
        column: gives the values of a column that a formula uses.
        rows: how many rows there are.
        path: where the formulas stand, for errors: `datasets.customers.columns`.
    Returns:
        By the formula's text, an array of shape (rows,).
    Raises:
        InputError: a row does not go through a formula, which is named.
    """
    singles: dict[str, Formula] = {}
    for name, formula in formulas.items():
        parts = [part for part in formula.parts if isinstance(part, Formula)] or [formula]
        singles |= {f"{name}#{number}": part for number, part in enumerate(parts)}
    made: dict[str, pa.Array] = {}
    to_run: dict[str, Formula] = {}
    for name, formula in singles.items():
        values = column(formula.columns_used[0]) if len(formula.columns_used) == 1 else None
        if values is not None and formula.is_column:
            made[formula.text] = values
        elif (found := _over_entries(formula, values, rows)) is not None:
            made[formula.text] = found
        else:
            to_run[name] = formula
    if to_run:
        used = dict.fromkeys(used for formula in to_run.values() for used in formula.columns_used)
        arrays = {name: column(name) for name in used} or {"_": pa.nulls(rows)}
        made |= _run(to_run, pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays)), path)
    for formula in formulas.values():
        if formula.parts:
            texts = [part if isinstance(part, str) else made[part.text] for part in formula.parts]
            made[formula.text] = join_texts(texts, rows)
    return made


def _coded(formula: Formula, values: pa.Array | None, rows: int) -> tuple[pa.Array, pa.Array] | None:
    """What a formula depends on, as a few entries and the number of each row's; None where they are many."""
    if not formula.columns_used:
        return _NOTHING, pa.repeat(_FIRST, rows)
    if values is not None and pa.types.is_boolean(values.type):
        return _EITHER, pc.if_else(values, _FIRST, _SECOND)
    if values is not None and pa.types.is_dictionary(values.type) and len(values.dictionary) <= BLOCK_ROWS:
        return values.dictionary, values.indices
    return None


def _over_entries(formula: Formula, values: pa.Array | None, rows: int) -> pa.Array | None:
    """The formula over each entry, gathered; None where there are many, or one that no row may have fails."""
    coded = _coded(formula, values, rows)
    if coded is None:
        return None
    entries, indices = coded
    # A day's block has a dictionary of its own, and mostly the words of yesterday's.
    is_short = len(entries) <= _FEW_ENTRIES and pa.types.is_string(entries.type)
    key = (formula.sql, tuple(entries.to_pylist()) if is_short else identity_of(entries))
    try:
        kept = _by_entry.get(key, lambda: _Entries(entries, _with_null(formula, entries)))
    except InputError:
        return None
    return kept.values.take(indices.fill_null(len(entries)) if indices.null_count else indices)


class _Entries:
    """A formula's values over entries, and last over null; holds the entries, which are its key.

    Texts that come of the entries of a dictionary are a dictionary again; others are plain, as a query gives them.
    """

    def __init__(self, entries: pa.Array, values: pa.Array) -> None:
        self.entries = entries
        of_texts = entries is not _NOTHING and entries is not _EITHER
        self.values = values.dictionary_encode() if of_texts and pa.types.is_string(values.type) else values
        self.nbytes = int(self.entries.nbytes + self.values.nbytes)


def _with_null(formula: Formula, entries: pa.Array) -> pa.Array:
    whole = pa.concat_arrays([entries, pa.nulls(1, entries.type)])
    batch = pa.RecordBatch.from_arrays([whole], formula.columns_used or ["_"])
    return _run({"entries": formula}, batch, "")[formula.text]


def _run(formulas: Mapping[str, Formula], batch: pa.RecordBatch, path: str) -> dict[str, pa.Array]:
    try:
        result = evaluate(thread_connection(), {name: formula.sql for name, formula in formulas.items()}, batch)
    except InputError as error:
        for name, formula in formulas.items() if len(formulas) > 1 else ():  # alone, the one that fails can be named
            _run({name: formula}, batch, path)
        where = ".".join([path, *(name.split("#")[0] for name in formulas if len(formulas) == 1)])
        raise InputError([replace(problem, path=where) for problem in error.problems]) from None
    return {formula.text: one_array(result.column(place)) for place, formula in enumerate(formulas.values())}
