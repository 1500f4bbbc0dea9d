"""Lives of a history's entities as versions tell them: what ended each, and for how long each move could come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.model import Contract
from sandbox.contract.zones import to_utc
from sandbox.world.columns.base import floats
from sandbox.world.evaluation import evaluated
from sandbox.world.formulas import Formula
from sandbox.world.moves import Move
from sandbox.world.rowsets import Whole
from sandbox.world.states import NEVER

Mask = npt.NDArray[np.bool_]

_AMBIGUOUS = 0.01
"""Changes that may be of several moves: beyond such a share, none of these can be told."""


@dataclass(frozen=True, eq=False)
class Lives:
    """Versions, by entity and time: which entity each is of, and from when until when (`NEVER`) it held."""

    table: pa.Table
    keys: pa.Array
    """The key of each entity, as a text."""
    entity: Whole
    since: Whole
    until: Whole
    secret: frozenset[str]
    """Columns that are somebody's own: nobody looks at these."""

    @property
    def is_followed(self) -> Mask:
        """Whether the same entity has another version later."""
        return np.append(self.entity[1:] == self.entity[:-1], False)

    @property
    def next_since(self) -> Whole:
        """When the next version begins, `NEVER` where there is none."""
        return np.where(self.is_followed, np.append(self.since[1:], NEVER), NEVER)

    @property
    def left(self) -> Mask:
        """Whether an entity was gone once the version ended."""
        return (self.until < NEVER) & (self.next_since > self.until)

    @property
    def changed(self) -> Mask:
        """Whether another version took its place."""
        return (self.until < NEVER) & ~self.left

    def shows(self, formula: Formula | None, more: Collection[str] = ()) -> bool:
        """Whether all that a formula reads is seen, `more` of it elsewhere."""
        seen = {*self.table.column_names, *more} - self.secret
        return formula is None or seen.issuperset(formula.columns_used)

    def value(self, formula: Formula, rows: Whole, more: Mapping[str, pa.Array], path: str) -> pa.Array:
        """What a formula gives for some of the versions."""

        def column(name: str) -> pa.Array:
            return more[name] if name in more else self.table[name].combine_chunks().take(pa.array(rows))

        return evaluated({"": formula}, column, len(rows), path)[formula.text]


@dataclass(frozen=True, eq=False)
class Spells:
    """Spans in which a move could come: of which version, from when until when, and whether it came at the end."""

    row: Whole
    begin_us: Whole
    end_us: Whole
    came: Mask

    def take(self, which: Mask) -> Spells:
        """Some of them."""
        return Spells(self.row[which], self.begin_us[which], self.end_us[which], self.came[which])


def lives_of(table: pa.Table, contract: Contract, key: str, secret: Collection[str], zone: str) -> Lives | None:
    """The lives that versions tell; None where they do not say of whom and when they are."""
    since_name, until_name = contract.valid_from, contract.valid_to
    if since_name is None or until_name is None or not {key, since_name, until_name} <= {*table.column_names}:
        return None
    keys = as_texts(table[key].combine_chunks()).dictionary_encode()
    known = np.asarray(pc.and_(pc.is_valid(keys), pc.is_valid(table[since_name].combine_chunks())))
    entity = np.asarray(keys.indices.fill_null(-1), np.int64)
    since, until = (as_moments(table[name].combine_chunks(), zone) for name in (since_name, until_name))
    order = np.lexsort((since, entity))
    order = order[known[order]]
    return Lives(
        table.take(pa.array(order)), keys.dictionary, entity[order], since[order], until[order], frozenset(secret)
    )


def spells_of(lives: Lives, move: Move, came: Mask, span: tuple[int, int]) -> Spells:
    """For how long a move could come within a span: of coming back while away, of others while there.

    Args:
        lives: as they were seen.
        move: one that comes by chance.
        came: of each version whether the move ended it; what began or ended outside the span does not count.
        span: from when until when the lives are seen, microseconds UTC.
    """
    if move.kind == "return":
        begin, end = lives.until + np.where(lives.left, move.delay_us, 0), lives.next_since
    else:
        begin, end = lives.since, lives.until
    there = lives.left if move.kind == "return" else np.ones(len(lives.entity), np.bool_)
    came = came & (end >= span[0]) & (end <= span[1])
    begin, end = np.clip(begin, *span), np.clip(end, *span)
    rows = np.flatnonzero(there & (end > begin))
    return Spells(rows, begin[rows], end[rows], came[rows])


def ended_by(lives: Lives, moves: Sequence[Move], place: int, decimals: Mapping[str, int | None]) -> Mask | None:
    """Of each version whether one of the moves ended it; None where that cannot be told from others."""
    move = moves[place]
    if move.kind == "leave":
        return lives.left
    if move.kind == "return":
        return lives.left & lives.is_followed
    rows = np.flatnonzero(lives.changed)
    changes = [each for each in moves if each.kind == "change"]
    told = np.stack([_may_be(lives, each, changes, rows, decimals) for each in changes])
    own = told[changes.index(move)]
    alone = told.sum(axis=0) == 1
    if own.sum() and (own & ~alone).sum() > _AMBIGUOUS * own.sum():
        return None
    came = np.zeros(len(lives.entity), np.bool_)
    came[rows] = own & alone
    return came


def _may_be(lives: Lives, move: Move, changes: Sequence[Move], rows: Whole, decimals: Mapping[str, int | None]) -> Mask:
    """Whether the version after each of some is what a move makes of it: with what it sets, and all else as it was."""
    found = np.ones(len(rows), np.bool_)
    for name in dict.fromkeys(name for each in changes for name in each.set or ()):
        if name not in lives.table.column_names:
            continue
        column, formula = lives.table[name].combine_chunks(), (move.set or {}).get(name)
        after = column.take(pa.array(rows + 1))
        if formula is None:
            found &= _same(after, column.take(pa.array(rows)), decimals.get(name))
        elif lives.shows(formula):
            found &= _same(after, lives.value(formula, rows, {}, move.path), decimals.get(name))
    if move.when is not None and lives.shows(move.when):
        found &= floats(lives.value(move.when, rows, {}, move.path)) == 1.0
    return found


def _same(values: pa.Array, others: pa.Array, decimals: int | None) -> Mask:
    """Whether values are the same, as far as they are written; null is the same as null."""
    if all(_is_number(each.type) for each in (values, others)):
        close = 1e-9 if decimals is None else 0.501 * 10.0**-decimals
        return np.isclose(floats(values), floats(others), atol=close, equal_nan=True)
    pair = [as_texts(each).fill_null("\0") for each in (values, others)]
    return np.asarray(pc.equal(*pair))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def as_texts(values: pa.Array) -> pa.Array:
    """Values as texts, without a dictionary."""
    plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    return plain.cast(pa.string())


def as_moments(times: pa.Array, zone: str) -> Whole:
    """Microseconds UTC; local times and dates are those of a zone, null is `NEVER`."""
    is_local = not pa.types.is_timestamp(times.type) or times.type.tz is None
    moments = times.cast(pa.timestamp("us", None if is_local else "UTC"), safe=False).cast(pa.int64())
    us = np.asarray(moments.fill_null(0), np.int64)
    return np.where(np.asarray(pc.is_valid(times)), to_utc(us, zone) if is_local else us, NEVER)
