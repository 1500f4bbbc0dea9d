"""One contestant of the replaying benchmark: `python -m tests.benchmarks.replay_contestant WHAT FOLDER [ROWS]`.

Writers have the same rows in memory, and make sure that what they wrote would outlive a power cut.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import sandbox

SHOP = """
sandbox: 1
engine: 1
name: visits
seed: 5
clock: {{start: 2026-01-01, days: 30}}
datasets:
  customers: {{rows: {customers}, static: true, key: customer_id, columns: {{customer_id: {{serial: 1}}}}}}
  web_events:
    of: customers
    time: happened_at
    key: event_id
    visits: {{per_day: 1}}
    journey:
      home: {{emits: page_view, then: {{product: 0.7, leave: 0.3}}, after: 20s}}
      product: {{emits: product_view, then: {{home: 0.4, leave: 0.6}}, after: 45s}}
    columns:
      event_id: {{visit: event_id}}
      session_id: {{visit: id}}
      customer_id: {{visit: customer}}
      event: {{visit: event}}
      step: {{visit: step, type: int32}}
      amount: {{gamma: {{mean: 30}}, decimals: 2, nulls: 0.9}}
"""
EVENTS_A_CUSTOMER = 71


def scenario(folder: Path, rows: int) -> sandbox.Scenario:
    """About so many events."""
    path = folder / f"visits-{rows}.yaml"
    path.write_text(SHOP.format(customers=max(rows // EVENTS_A_CUSTOMER, 10)), encoding="utf-8")
    return sandbox.load(path)


def synced(path: Path) -> None:
    """Have a file outlive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def jsonl_ours(table: pa.Table, folder: Path) -> None:
    """The live sink of one file, as a replay uses it."""
    from sandbox.checks.outlet_subject import enveloped
    from sandbox.contract.infer import infer_contract
    from sandbox.scenario.outlets import Errand
    from sandbox.sinks.lines import LinesFile

    outlet = LinesFile(path=str(folder / "ours.jsonl")).connect(Errand(infer_contract("visits", table.schema), "bench"))
    outlet.held()
    for batch in table.to_batches(max_chunksize=65_536):
        outlet.send(enveloped(batch))
    outlet.flush()
    outlet.close()


def jsonl_duckdb(table: pa.Table, folder: Path) -> None:
    """DuckDB's COPY."""
    import duckdb

    with duckdb.connect() as connection:
        connection.register("visits", table)
        connection.execute(f"COPY visits TO '{folder}/duckdb.jsonl' (FORMAT json)")
    synced(folder / "duckdb.jsonl")


def jsonl_polars(table: pa.Table, folder: Path) -> None:
    """Polars' writer."""
    import polars

    frame = polars.from_arrow(table)
    assert isinstance(frame, polars.DataFrame)
    frame.write_ndjson(folder / "polars.jsonl")
    synced(folder / "polars.jsonl")


def avro_ours(table: pa.Table, folder: Path) -> None:
    """The format, as files that roll use it."""
    from sandbox.sinks.avro import AvroFile

    writer = AvroFile().open(str(folder / "ours.avro"), table.schema)
    for batch in table.to_batches(max_chunksize=65_536):
        writer.write(batch)
    writer.close()
    synced(folder / "ours.avro")


def avro_fastavro(table: pa.Table, folder: Path) -> None:
    """What one writes who has fastavro at hand: Arrow's rows as dictionaries, in the same schema."""
    import fastavro

    from sandbox.contract.exports.avro import avro_schema
    from sandbox.contract.infer import infer_contract

    schema = fastavro.parse_schema(avro_schema(infer_contract("row", table.schema)))
    with (folder / "fastavro.avro").open("wb") as file:
        rows = (row for batch in table.to_batches(max_chunksize=65_536) for row in batch.to_pylist())
        fastavro.writer(file, schema, rows)
    synced(folder / "fastavro.avro")


WRITERS = {each.__name__: each for each in (jsonl_ours, jsonl_duckdb, jsonl_polars, avro_ours, avro_fastavro)}


def main() -> None:
    """Read the rows, then time the work."""
    what, folder, *rows = sys.argv[1:]
    work: Callable[[], object]
    if what == "replay":
        found = scenario(Path(folder), int(rows[0]))
        work = lambda: found.replay("web_events", to=f"jsonl:{folder}/replayed", out=f"{folder}/data")  # noqa: E731
    elif what == "make":
        found = scenario(Path(folder), int(rows[0]))
        work = lambda: pq.write_table(found.table("web_events"), Path(folder, "rows.parquet"))  # noqa: E731
    else:
        table = pq.read_table(Path(folder, "rows.parquet"), partitioning=None)
        WRITERS[what](table.slice(0, 10), Path(folder))
        for left in (*Path(folder).glob("*.jsonl"), *Path(folder).glob("*.avro"), *Path(folder).glob(".*.book")):
            left.unlink()
        work = lambda: WRITERS[what](table, Path(folder))  # noqa: E731
    begun, cpu_begun = time.perf_counter(), time.process_time()
    work()
    told = {
        "secs": time.perf_counter() - begun,
        "cpu_s": time.process_time() - cpu_begun,
        "rss_self_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "rss_child_mb": 0,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
