"""Keep the truth of a run apart: what simulated rows do not tell, for the report and for whoever judges a model.

It is made anew from the world when the models are built, rather than carried along with the rows: nothing that lands
has a trace of it, and no model can have seen it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sandbox.errors import OutsideError
from sandbox.landing.workers import Stop, each
from sandbox.runs.folder import RunFolder
from sandbox.runs.listening import Listener
from sandbox.scenario.parts import Writer
from sandbox.scenario.plan import Plan
from sandbox.sinks.parquet import ParquetFile
from sandbox.world.latent import has_latent, latent
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


def _kept(world: World, dataset: str, home: Path, workers: int, listen: Listener) -> Iterator[int]:
    shares, stop = world.ranges(dataset), Stop()

    def write(number: int) -> int:
        stop.check()
        return _write(home / f"{number:05d}.parquet", world, dataset, *shares[number])

    def tell() -> None:
        listen(f"{dataset}: the truth", 0, None)

    return each(range(len(shares)), write, workers, stop, tell)


def _write(path: Path, world: World, dataset: str, start: int, stop: int) -> int:
    """The rows of one share; where there are none, no file."""
    rows = 0
    writer: Writer | None = None
    try:
        for batch in latent(world, dataset, start, stop):
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
