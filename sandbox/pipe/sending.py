"""The way to the sink: what was handed over, what is known of it, and what would be sent again."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from sandbox.contract.model import Contract
from sandbox.errors import InputError
from sandbox.pipe.checkpoint import Checkpoint, Mark
from sandbox.pipe.intake import Intake, Taken, message_contract
from sandbox.pipe.receipt import Pulse, Receipt
from sandbox.pipe.spool import Spool
from sandbox.pipe.work import Work
from sandbox.replay.refused import RefusedRows
from sandbox.scenario.outlets import Errand, Outlet

KEPT_EVERY_S = 1.0
_LEAST_RESERVED = 256


@dataclass
class Sending:
    """One time at work. Rows count from the pipe's beginning."""

    work: Work
    checkpoint: Checkpoint
    contract: Contract | None = None
    reached: int = 0
    """The row that is sent next."""
    latest: Mark = field(default_factory=Mark)
    """Where things stand after all that was taken."""
    _outlet: Outlet | None = None
    _began: int = 0
    _retried_before: int = 0
    _marks: deque[Mark] = field(default_factory=deque)
    _kept: deque[tuple[int, pa.RecordBatch]] = field(default_factory=deque)
    _kept_s: float = 0.0
    _kept_rows: int = 0
    _begun: bool = False
    """Whether both what was kept and the sink were found in order."""

    def __post_init__(self) -> None:
        folder = self.work.folder
        self._refused = RefusedRows(folder / "refused.jsonl")
        self._aside = folder / "set-aside.jsonl"
        self._spool = Spool(folder / "under-way")
        self.contract = self.work.contract
        self.latest = self.checkpoint.mark
        self.reached = self._began = self.latest.rows
        self._retried_before = self.checkpoint.retried
        self._is_exact = self.work.sink.guarantee == "exactly-once"

    def go_on(self) -> None:
        """Begin a time at work: open the sink where that is possible already, and send what was under way."""
        self.checkpoint.sittings += 1
        self._kept_s = time.monotonic()
        if self.work.wishes.fresh:
            self._spool.clear()
        under_way = list(self._spool.kept()) if self._is_exact else []
        if self.contract is None and under_way:
            self.contract = message_contract(under_way[0][1])
        if self.contract is not None:
            self._open(under_way)
        with self._aside.open("ab") as file:
            file.truncate(self.latest.aside_bytes)
        self._begun = True

    def take(self, taken: Sequence[Taken], intake: Intake) -> None:
        """Send rows on and keep what is set aside; waits as long as the sink takes no more."""
        for each in taken:
            if each.aside_rows:
                self._set_aside(each)
        batches = [each.batch for each in taken if each.batch is not None]
        after = replace(
            self.latest,
            rows=self.reached + sum(batch.num_rows for batch in batches),
            position=dict(intake.position()),
            seen=intake.seen,
        )
        if batches:
            self.contract = intake.contract
            if self._outlet is None:
                self._open([])
            self._send(pa.concat_batches(batches), after)
        if after != self.latest:
            self.latest = after
            self._marks.append(after)
        if time.monotonic() - self._kept_s >= KEPT_EVERY_S:
            self._keep()

    def finish(self) -> None:
        """Wait until the fate of every row is known."""
        if self._outlet is not None:
            self._outlet.flush()
        self._keep()

    def settle(self) -> None:
        """Learn what became of the rows by now."""
        checkpoint = self.checkpoint
        settled = self.reached
        if self._outlet is not None:
            account = self._outlet.account()
            # Of a batch whose sending broke off, some rows may be there.
            self.reached = max(self.reached, self._began + account.sent)
            settled = self._began + account.settled
            checkpoint.retried = self._retried_before + account.retried
            for refusal in self._outlet.refusals():
                self._refused.add(self._began + refusal.row, refusal.reason, self._row(self._began + refusal.row))
            checkpoint.refused = self._refused.rows
        while self._marks and self._marks[0].rows <= settled:
            checkpoint.mark = self._marks.popleft()
        while self._kept and self._kept[0][0] + self._kept[0][1].num_rows <= settled:
            self._kept.popleft()
        if self._is_exact:
            self._spool.forget(checkpoint.mark.rows)

    def pulse(self, per_second: float, lag: int | None, behind_s: float | None) -> Pulse:
        """How things stand."""
        self.settle()
        checkpoint = self.checkpoint
        return Pulse(
            rows=self.reached,
            per_second=round(per_second, 3),
            under_way=self.reached - checkpoint.mark.rows,
            lag=lag,
            behind_s=behind_s,
            set_aside=self.latest.aside,
            refused=checkpoint.refused,
            retried=checkpoint.retried,
        )

    def receipt(self, seconds: float, lag: int | None, stopped: str) -> Receipt:
        """As things stand."""
        checkpoint, work = self.checkpoint, self.work
        settled = self._began + self._outlet.account().settled if self._outlet else self.reached
        again = sum(after - first for first, after in checkpoint.resent)
        return Receipt(
            from_=work.from_,
            to=work.to,
            guarantee=work.sink.guarantee,
            taken=self.reached + self.latest.aside,
            sent=self.reached + again,
            acknowledged=settled - checkpoint.refused,
            refused=checkpoint.refused,
            unknown=self.reached - settled,
            retried=checkpoint.retried,
            set_aside=self.latest.aside,
            reasons=dict(self.latest.reasons),
            set_aside_in=str(self._aside) if self.latest.aside else None,
            refused_in=str(self._refused.path) if checkpoint.refused else None,
            may_be_double=tuple(checkpoint.resent),
            lag=lag,
            seconds=round(seconds, 3),
            sittings=checkpoint.sittings,
            folder=str(work.folder),
            stopped=stopped,
        )

    def close(self, receipt: Receipt) -> None:
        """Keep what is known, and let go of the sink."""
        try:
            if not self._begun:
                return
            self._keep()
            if self._outlet is None or receipt.unknown == 0:
                self.checkpoint.reserved = self.reached
                self.checkpoint.write(self.work.folder)
            receipt.write(self.work.folder)
        finally:
            if self._outlet is not None:
                self._outlet.close()

    def _open(self, under_way: Sequence[tuple[int, pa.RecordBatch, Mark]]) -> None:
        """Connect, and go on where the sink's own books, or else the checkpoint, say that it stands."""
        assert self.contract is not None
        checkpoint = self.checkpoint
        errand = Errand(self.contract, self.work.name, patience_s=self.work.wishes.patience_s)
        self._outlet = self.work.sink.connect(errand)
        held = self._outlet.held()
        self._is_exact = held is not None
        if held is None:
            if checkpoint.reserved > self.reached:
                checkpoint.resent.append((self.reached, checkpoint.reserved))
        elif held < self.reached:
            raise InputError(
                f"{self.work.to}: holds {held:,} rows of this pipe and had {self.reached:,}; put them back, or "
                "begin anew elsewhere: --fresh."
            )
        else:
            self.reached = self._began = held
        self._refused.forget_from(self.reached)
        checkpoint.refused = self._refused.rows
        checkpoint.reserved = self.reached
        if self._is_exact:
            self._send_again(under_way)

    def _send_again(self, under_way: Sequence[tuple[int, pa.RecordBatch, Mark]]) -> None:
        """What was under way when an earlier try stopped: exactly the rows that the sink's books lack."""
        assert self._outlet is not None
        for first, batch, mark in under_way:
            missing = batch.slice(max(0, self.reached - first)) if self.reached < first + batch.num_rows else None
            if missing is not None and missing.num_rows:
                self._outlet.send(missing)
                self.reached += missing.num_rows
            if mark.rows > self.latest.rows:
                self.latest = mark
                self._marks.append(mark)
        if self.latest.rows != self.reached:
            raise InputError(
                f"{self.work.to}: holds {self.reached:,} rows of this pipe, which is known up to row "
                f"{self.latest.rows:,}; take them away, or name another place."
            )

    def _send(self, batch: pa.RecordBatch, after: Mark) -> None:
        assert self._outlet is not None
        if self._is_exact:
            self._spool.keep(self.reached, batch, after)
        else:
            self._reserve(batch.num_rows)
        if self.work.sink.refuses:
            self._kept.append((self.reached, batch))
        self._outlet.send(batch)
        self.reached += batch.num_rows

    def _reserve(self, rows: int) -> None:
        """Say in the checkpoint, before they are sent, that these rows may have been."""
        if self.reached + rows > self.checkpoint.reserved:
            ahead = max(rows, 2 * (self.reached - self._kept_rows), _LEAST_RESERVED)
            self.checkpoint.reserved = self.reached + ahead
            self._keep()

    def _keep(self) -> None:
        self.settle()
        self.checkpoint.write(self.work.folder)
        self._kept_s, self._kept_rows = time.monotonic(), self.reached

    def _set_aside(self, taken: Taken) -> None:
        with self._aside.open("ab") as file:
            file.write(taken.aside)
            file.flush()
            os.fsync(file.fileno())
            octets = file.tell()
        reasons = Counter(self.latest.reasons)
        reasons.update(taken.reasons)
        self.latest = replace(
            self.latest, aside=self.latest.aside + taken.aside_rows, aside_bytes=octets, reasons=dict(reasons)
        )

    def _row(self, number: int) -> pa.RecordBatch | None:
        for first, batch in self._kept:
            if first <= number < first + batch.num_rows:
                return batch.slice(number - first, 1)
        return None
