"""Rows that a sink will never take: each in a file, with its number and the reason, for somebody to look at."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from sandbox.contract.envelope import split_envelope
from sandbox.sinks.jsonl import json_lines

_MOST_REASONS = 100
"""Reasons that are counted apart; a sink that gives each row a reason of its own would fill a receipt."""
OTHERS = "other reasons"


@dataclass
class RefusedRows:
    """A file of JSON lines: `row` counts from 0, `data` is the row itself where it was still at hand."""

    path: Path
    rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, row: int, reason: str, batch: pa.RecordBatch | None) -> None:
        """Tell of a row; `batch` has nothing else."""
        data = None if batch is None else b"".join(map(bytes, json_lines(split_envelope(batch)[0]))).decode()
        told = {"row": row, "reason": reason}
        with self.path.open("a", encoding="utf-8") as file:
            line = json.dumps(told, ensure_ascii=False)
            file.write(line + "\n" if data is None else f'{line[:-1]}, "data": {data.strip()}}}\n')
        self._count(reason)

    def forget_from(self, row: int) -> None:
        """Leave out what is told of rows that will be sent again."""
        self.rows, self.reasons = 0, Counter()
        if not self.path.exists():
            return
        kept = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                told = json.loads(line)
            except ValueError:  # the last line of somebody who was killed
                continue
            if told["row"] < row:
                kept.append(line)
                self._count(told["reason"])
        self.path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")

    def _count(self, reason: str) -> None:
        self.rows += 1
        known = reason in self.reasons or len(self.reasons) < _MOST_REASONS
        self.reasons[reason if known else OTHERS] += 1
