"""A table that rows are sent to: transactions that count themselves, so that a row is there once whatever happens.

Rows and the number of rows held so far change in one transaction. After a lost connection the number tells whether the
last transaction was kept; after a crash it tells where to go on. A row that the table refuses is found and left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.errors import OutsideError
from sandbox.scenario.outlets import FAULTS, Account, Refusal
from sandbox.sinks.sql.database import ConnectionLost, Database, RowRefused

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
MOST_ROWS = 100_000
"""Rows of one transaction."""


class TableOutlet:
    """An open table. When `send` is back, its rows are in the table for good.

    Args:
        connect: opens the database; told whether it was open before, when a table is there and must stay.
        shown: how messages name it.
        patience_s: how long it is tried again.
    """

    def __init__(self, connect: Callable[[bool], Database], shown: str, patience_s: float) -> None:
        self._connect = connect
        self._shown = shown
        self._patience_s = patience_s
        self._database: Database | None = None
        self._was_open = False
        self._first: int = self._patiently(lambda database: database.held())
        self._held = self._first
        self._sent = self._acknowledged = self._retried = self._refused = self._settled = 0
        self._told: list[Refusal] = []

    def held(self) -> int | None:
        """By the table of books beside it."""
        return self._first

    def send(self, batch: pa.RecordBatch, faults: np.ndarray[Any, np.dtype[np.int8]] | None = None) -> None:
        """Write rows, in transactions of at most `MOST_ROWS`; those that the table refuses are left out and told."""
        begun = self._sent
        self._sent += batch.num_rows
        places = np.arange(begun, self._sent)
        if faults is not None and faults.any():
            for row in np.flatnonzero(faults):
                self._refuse(begun + int(row), f"damaged on its way ({FAULTS[faults[row]]}); a table takes whole rows")
            batch, places = batch.filter(pa.array(faults == 0)), places[faults == 0]
        self._write(batch, places)
        self._settled = self._sent

    def account(self) -> Account:
        """Every row's fate is known when `send` is back."""
        return Account(self._sent, self._acknowledged, self._refused, self._retried, self._settled)

    def refusals(self) -> Sequence[Refusal]:
        """Rows refused since this was last asked."""
        told, self._told = self._told, []
        return told

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Close the connection."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _write(self, batch: pa.RecordBatch, places: np.ndarray[Any, Any]) -> None:
        """Write rows in pieces: all at once, and around a refused row in pieces that grow again."""
        at, most = 0, MOST_ROWS
        while at < batch.num_rows:
            piece = batch.slice(at, most)
            try:
                self._keep(piece, int(places[at + piece.num_rows - 1]) + 1)
            except RowRefused as refused:
                row = 0 if piece.num_rows == 1 else refused.row
                if row == 0:
                    self._refuse(int(places[at]), refused.reason)
                    at += 1
                most = row or max(1, piece.num_rows // 2)
            else:
                at += piece.num_rows
                most = min(MOST_ROWS, 2 * most)

    def _keep(self, piece: pa.RecordBatch, end: int) -> None:
        """Write rows in one transaction, after which the replay's rows are held up to `end`, counted from opening."""
        before, after = self._held, self._first + end
        tries = 0

        def once_more(database: Database) -> None:
            nonlocal tries
            tries += 1
            # After a lost connection, the transaction may have been kept although nobody could say so any more.
            if tries == 1 or database.held() == before:
                self._retried += piece.num_rows if tries > 1 else 0
                database.write(piece, before, after)

        self._patiently(once_more)
        self._held = after
        self._acknowledged += piece.num_rows

    def _refuse(self, row: int, reason: str) -> None:
        self._refused += 1
        self._told.append(Refusal(row, reason))

    def _patiently(self, ask: Callable[[Database], Any]) -> Any:
        """Ask the database, and where the connection is lost make another and ask again, for as long as may be."""
        end, pause_s = time.monotonic() + self._patience_s, _FIRST_PAUSE_S
        while True:
            try:
                if self._database is None:
                    self._database = self._connect(self._was_open)
                    self._was_open = True
                return ask(self._database)
            except ConnectionLost as lost:
                self.close()
                if time.monotonic() + pause_s > end:
                    raise OutsideError(
                        f"{self._shown}: {lost}; tried for {self._patience_s:g} s. {lost.mend} "
                        "What was sent so far is kept, and the same replay goes on from there."
                    ) from lost
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
