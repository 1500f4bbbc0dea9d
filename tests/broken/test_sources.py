"""Sources, each broken in one way, and the checks that must notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sandbox.checks import SourceSample, all_checks
from sandbox.checks.source_subject import SourceSubject
from sandbox.contract import Column, Contract
from sandbox.scenario.parts import Share, SourcePart, Unread

GROUP = "sandbox.sources"
CONTRACT = Contract("orders", (Column("order_id", "int64"), Column("buyer", nullable=True)), static=True)
SHARES, BATCHES, ROWS = 3, 2, 5
OPENED: list[Any] = []


@dataclass
class FaithfulRows:
    """Three shares of two batches of five rows, of which one breaks a rule; each saboteur changes one thing of it."""

    begun: list[int] = field(default_factory=list)
    closed: int = 0

    def schema(self) -> pa.Schema:
        return self.batch(0, 0).schema

    def shares(self) -> list[Share]:
        # So many that none is taken together with the next.
        return [Share(index, f"part-{index}", rows=200_000) for index in range(SHARES)]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Unread]:
        self.begun.append(share.index)
        for number in range(BATCHES):
            yield self.batch(share.index, number)

    def batch(self, share: int, number: int) -> pa.RecordBatch:
        first = (share * BATCHES + number) * ROWS
        numbers = [None if row == 7 else row for row in range(first, first + ROWS)]
        return pa.record_batch({"order_id": pa.array(numbers, pa.int64()), "buyer": [f"b{row}" for row in numbers]})

    def close(self) -> None:
        self.closed += 1


class RefusesWithoutReason(FaithfulRows):
    """A row that it could not read has no reason."""

    def batches(self, share):
        yield self.batch(share.index, 0)
        yield Unread(["torn"] * ROWS, rule="")


class LosesTheLastRow(FaithfulRows):
    """The last row of each share is left out."""

    def batches(self, share):
        *all_but_last, last = super().batches(share)
        yield from all_but_last
        yield last.slice(0, ROWS - 1)


class NamesAllSharesAlike(FaithfulRows):
    """Shares of one name, from which the ids of their events follow."""

    def shares(self):
        return [Share(share.index, "part", rows=share.rows) for share in super().shares()]


class ReordersColumns(FaithfulRows):
    """The second batch of each share has its columns in another order than the schema."""

    def batch(self, share, number):
        batch = super().batch(share, number)
        return batch.select(["buyer", "order_id"]) if number else batch


class GoesForwardOnly(FaithfulRows):
    """What lies before the last share that was read is not given any more."""

    def batches(self, share):
        if not any(index > share.index for index in self.begun):
            yield from super().batches(share)


class HasOneCursor(FaithfulRows):
    """All shares are read through one cursor."""

    def batches(self, share):
        self.cursor = share.index
        for number in range(BATCHES):
            yield self.batch(self.cursor, number)


class TurnsRoundAtASecondRead(FaithfulRows):
    """A share read again comes from its end."""

    def batches(self, share):
        again = share.index in self.begun
        batches = list(super().batches(share))
        yield from reversed(batches) if again else batches


class NeedsTheShareBefore(FaithfulRows):
    """The first batch of a share is only found by whoever has read the share before it."""

    def batches(self, share):
        is_lost = share.index > 0 and share.index - 1 not in self.begun
        batches = super().batches(share)
        if is_lost:
            next(batches)
        yield from batches


class ClosesOnce(FaithfulRows):
    """Closing again is an error."""

    def close(self):
        if self.closed:
            raise ValueError("closed already")
        super().close()


class LeavesAFileOpen(FaithfulRows):
    """A file is opened for each reading and never closed."""

    def batches(self, share):
        OPENED.append(pa.OSFile(__file__))
        yield from super().batches(share)


class Opened(SourcePart):
    """A source that opens one of the classes above."""

    rows: type[FaithfulRows]

    def touches(self):
        return {}

    def open(self, folder):
        return self.rows()


def subject_of(rows: type[FaithfulRows]) -> SourceSubject:
    sample = SourceSample(Opened.model_construct(rows=rows), CONTRACT, Path(), SHARES * BATCHES * ROWS)
    return SourceSubject.of_part(rows.__name__, sample)


# Each with the further checks that cannot but fail with it.
SABOTEURS: dict[str, tuple[type[FaithfulRows], set[str]]] = {
    "rows_conform_or_are_told_why": (RefusesWithoutReason, set()),
    "every_row_is_counted": (LosesTheLastRow, set()),
    "events_have_ids_of_their_own": (NamesAllSharesAlike, set()),
    "columns_are_as_the_schema_says": (ReordersColumns, set()),
    "shares_come_in_any_order": (GoesForwardOnly, {"a_second_read_is_identical"}),
    "shares_do_not_disturb_each_other": (HasOneCursor, set()),
    "a_second_read_is_identical": (TurnsRoundAtASecondRead, set()),
    "resumes_from_any_share": (NeedsTheShareBefore, {"shares_come_in_any_order"}),
    "closes_twice": (ClosesOnce, set()),
    "leaves_nothing_open": (LeavesAFileOpen, set()),
}


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def test_every_check_has_its_saboteur():
    assert list(SABOTEURS) == [check.name for check in all_checks(GROUP)]


def test_nothing_is_held_against_a_faithful_part(failing):
    assert failing(GROUP, subject_of(FaithfulRows)) == set()


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught_by_its_own_check_and_no_other(name, failing):
    rows, also = SABOTEURS[name]
    assert failing(GROUP, subject_of(rows)) == {name} | also


def test_a_source_that_vouches_for_what_it_does_not_keep_is_caught(failing):
    """A null in a column that the source says needs no check."""
    honest = subject_of(FaithfulRows)

    class Vouching:
        contract = CONTRACT
        proven = frozenset({"order_id.not_null"})

        def __init__(self):
            self.source = honest.source()

        def __getattr__(self, name):
            return getattr(self.source, name)

    subject = SourceSubject("vouching", honest.raw, Vouching, honest.rows)
    assert failing(GROUP, subject) == {"rows_conform_or_are_told_why"}
