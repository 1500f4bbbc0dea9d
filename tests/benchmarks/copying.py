"""Rows into tables of a real PostgreSQL, beside a bare COPY of the very same bytes, made beforehand.

Ours makes the text, counts the rows in the books beside the table and commits every batch; the bare one does neither,
and commits once. The server is told to keep what it commits (fsync), and takes its part of the machine's processors.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest import mock

import psycopg
import pyarrow as pa

from sandbox.contract import Contract
from sandbox.scenario.outlets import Errand
from sandbox.sinks.databases import PostgresqlTable
from sandbox.sinks.sql.copy_text import copy_text
from sandbox.sinks.sql.shape import rows_of, shape_of
from tests.benchmarks.printing import Line
from tests.benchmarks.turns import by_turns
from tests.benchmarks.web_events import CONTRACT, batches_of
from tests.servers import PostgreSQL

ROWS = 500_000
KEYED = replace(CONTRACT, primary_key=("event_id",))


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Measure on a share of the rows, into a table without a key and into one whose rows replace each other."""
    rows = int(ROWS * share)
    batches = batches_of(rows)
    shape = shape_of(CONTRACT, "append", False)
    texts = [bytes(text) for batch in batches for text in copy_text(rows_of(batch, shape))]
    lines = []
    with PostgreSQL(fsync="on") as server, mock.patch.dict(os.environ, server.environment):
        for words, contract in (("new rows", CONTRACT), ("rows with a key", KEYED)):
            pair = {
                f"sandbox, {words}": lambda contract=contract: _ours(contract, batches),
                f"bare COPY, {words}": lambda contract=contract: _bare(contract, texts, rows),
            }
            lines += by_turns(pair, rows, rounds)
    return lines


def _made(contract: Contract) -> tuple[str, PostgresqlTable]:
    """The name of a fresh table, and the sink that made it."""
    name = f"t{uuid.uuid4().hex}"
    part = PostgresqlTable(table=name)
    part.connect(Errand(contract, "benchmark")).close()
    return name, part


def _ours(contract: Contract, batches: Sequence[pa.RecordBatch]) -> None:
    name, part = _made(contract)
    outlet = part.connect(Errand(contract, "benchmark"))
    for batch in batches:
        outlet.send(batch)
    outlet.flush()
    outlet.close()
    _gone(name, sum(batch.num_rows for batch in batches))


def _bare(contract: Contract, texts: Sequence[bytes], rows: int) -> None:
    name, _ = _made(contract)
    with closing(psycopg.connect("")) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for text in texts:
                copy.write(text)
        connection.commit()
    _gone(name, rows)


def _gone(name: str, rows: int) -> None:
    """See that all rows are there, and drop them."""
    with psycopg.connect("", autocommit=True) as connection:
        assert connection.execute(f"SELECT count(*) FROM {name}").fetchone() == (rows,)
        connection.execute(f"DROP TABLE {name}")
