"""Keep the truth of a run apart: what simulated rows do not tell, and what changed, for the report and for judging.

It is made anew from the world when the models are built, rather than carried along with the rows: nothing that lands
has a trace of it, and no model can have seen it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from sandbox.errors import OutsideError
from sandbox.landing.workers import Stop, each
from sandbox.runs.folder import RunFolder
from sandbox.runs.listening import Listener
from sandbox.runs.record import ChangeRecord
from sandbox.scenario.parts import Writer
from sandbox.scenario.plan import Plan
from sandbox.sinks.parquet import ParquetFile
from sandbox.world.latent import has_latent, latent
from sandbox.world.ledger import exposed, exposures, ledger
from sandbox.world.world import World


def keep_truth(world: World, plan: Plan, folder: RunFolder, workers: int, listen: Listener) -> dict[str, int]:
    """Write the truth of each simulated dataset that has any, a share at a time: `truth/<dataset>/<share>.parquet`.

    Returns:
        Its rows, by dataset.
    Raises:
        OutsideError: the disk does not let us.
    """
    names = [name for name in plan.datasets if name not in plan.bindings and has_latent(plan, name)]
    return {name: sum(_kept(world, name, folder.truth / name, workers, listen)) for name in names}


def keep_changes(world: World, plan: Plan, folder: RunFolder) -> list[ChangeRecord]:
    """Write the ledger of changes, and whom those that are not for all reached: `truth/changes.parquet` and beside it.

    Returns:
        The ledger for the run's record: each effect of a change once, however often it comes.
    """
    told = ledger(world)
    if not len(told):
        return []
    written(folder.changes, iter(told.to_batches()))
    reached = {name: written(folder.reached(name), exposures(world, name)) for name in exposed(plan)}
    return change_records(told, reached)


def change_records(told: pa.Table, reached: Mapping[str, int]) -> list[ChangeRecord]:
    """A ledger in short: launches of a dataset together, and each other effect of a change once."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in told.to_pylist():
        found.setdefault((row["change"], row["effect"], row["dataset"], row["column"]), []).append(row)
    return [
        ChangeRecord(
            change=rows[0]["change"] or "",
            kind=rows[0]["kind"],
            about=rows[0]["about"],
            dataset=rows[0]["dataset"],
            effect=rows[0]["effect"],
            column=rows[0]["column"],
            size=rows[0]["size"],
            share=rows[0]["share"],
            reached=reached.get(rows[0]["change"]) if rows[0]["effect"] != "sets" else None,
            times=len(rows),
            starts=rows[0]["starts"].isoformat(),
            ends=rows[-1]["ends"].isoformat() if rows[-1]["ends"] is not None else None,
        )
        for rows in found.values()
    ]


def _kept(world: World, dataset: str, home: Path, workers: int, listen: Listener) -> Iterator[int]:
    shares, stop = world.ranges(dataset), Stop()

    def write(number: int) -> int:
        stop.check()
        return written(home / f"{number:05d}.parquet", latent(world, dataset, *shares[number]))

    def tell() -> None:
        listen(f"{dataset}: the truth", 0, None)

    return each(range(len(shares)), write, workers, stop, tell)


def written(path: Path, batches: Iterator[pa.RecordBatch]) -> int:
    """Write batches to a file and tell their rows; where there are no batches, no file."""
    rows = 0
    writer: Writer | None = None
    try:
        for batch in batches:
            if writer is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                writer = ParquetFile().open(str(path), batch.schema)
            writer.write(batch)
            rows += batch.num_rows
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written: {error.strerror}.") from None
    finally:
        if writer is not None:
            writer.close()
    return rows
