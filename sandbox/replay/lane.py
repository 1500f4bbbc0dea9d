"""A stream's way to its sink: what was handed over, what is known of it, and what would be sent again."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pyarrow as pa

from sandbox.replay.checkpoint import Position
from sandbox.replay.refused import RefusedRows
from sandbox.replay.stream import Mark, Ordered, Stretch
from sandbox.scenario.outlets import Account, Meeting, Outlet, OutletPart


@dataclass
class Lane:
    """One stream on its way; `position` is always what is true if nothing more is learnt."""

    name: str
    stream: Ordered
    part: OutletPart
    to: str
    outlet: Outlet
    position: Position
    refused: RefusedRows
    began: int = 0
    """The row from which this sitting sends."""
    sent: int = 0
    """Rows handed over since."""
    retried_before: int = 0
    _marks: deque[Mark] = field(default_factory=deque)
    _kept: deque[tuple[int, pa.RecordBatch]] = field(default_factory=deque)

    @property
    def reached(self) -> int:
        """The row that is sent next."""
        return self.began + self.sent

    @property
    def is_exact(self) -> bool:
        """Whether the sink keeps books, so that nothing is ever there twice."""
        return self.part.guarantee == "exactly-once"

    def begin(self) -> None:
        """Go on where the sink's own books, or else the checkpoint, say that it stands."""
        held = self.outlet.held()
        position = self.position
        if held is None:
            if position.reserved > position.settled:
                position.resent.append((position.settled, position.reserved))
        else:
            position.settled = held
        if position.mark.rows > position.settled:
            position.mark = Mark()
        position.reserved = position.settled
        self.began = position.settled
        self.retried_before = position.retried
        self.refused.forget_from(position.settled)
        position.refused = self.refused.rows

    def send(self, stretch: Stretch) -> None:
        """Hand over the next rows."""
        self._expect(stretch)
        self.outlet.send(stretch.batch, stretch.faults)
        self.sent += len(stretch)

    def write(self, stretch: Stretch) -> pa.Array:
        """The next rows as a sink has them that shares its output; the caller puts them there."""
        self._expect(stretch)
        written = cast(Meeting, self.outlet).written(stretch.batch, stretch.faults)
        self.sent += len(stretch)
        return written

    def settle(self) -> Account:
        """Learn what became of the rows by now."""
        account = self.outlet.account()
        self.sent = max(self.sent, account.sent)  # of a batch whose sending broke off, some rows may be there
        position = self.position
        position.settled = self.began + account.settled
        position.retried = self.retried_before + account.retried
        for refusal in self.outlet.refusals():
            self.refused.add(self.began + refusal.row, refusal.reason, self._row(refusal.row))
        position.refused = self.refused.rows
        while len(self._marks) > 1 and self._marks[1].rows <= position.settled:
            self._marks.popleft()
        if self._marks and self._marks[0].rows <= position.settled:
            position.mark = self._marks[0]
        while self._kept and self._kept[0][0] + self._kept[0][1].num_rows <= account.settled:
            self._kept.popleft()
        return account

    def _expect(self, stretch: Stretch) -> None:
        if not self._marks or self._marks[-1] != stretch.mark:
            self._marks.append(stretch.mark)
        if self.part.refuses:
            self._kept.append((self.sent, stretch.batch))

    def _row(self, number: int) -> pa.RecordBatch | None:
        for first, batch in self._kept:
            if first <= number < first + batch.num_rows:
                return batch.slice(number - first, 1)
        return None


def close_all(lanes: Sequence[Lane]) -> None:
    """Let go of every sink and source."""
    for lane in lanes:
        lane.outlet.close()
        lane.stream.close()
