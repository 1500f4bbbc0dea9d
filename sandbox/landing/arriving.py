"""Rows that go on arriving, landed in small batches: each is either whole, its checkpoint included, or not there.

checkpoint.json                                  where every source stands, and how many batches count
landing/<dataset>/0000007-0000007.parquet        rows of the batches 7 to 7 (see `batch_files`)
rejected/<dataset>/0000007-0000007.parquet       rows that broke a rule, with their reasons

A file of batches that do not count is what a broken-off one left, and goes when the folder is opened again: so whatever
a source gives after its position in the checkpoint lands just once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.conform import Conformed
from sandbox.contract.envelope import landed_schema
from sandbox.contract.model import Contract
from sandbox.contract.rejected import refuse, rejected_schema
from sandbox.errors import InputError
from sandbox.landing.batch_files import files, put_together, sweep, write
from sandbox.landing.claim import lock
from sandbox.landing.layout import Layout

CHECKPOINT = "checkpoint.json"
LATE = "late"
_FOLDER = "landing"
_EPOCH_TYPE = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one dataset stands: its source's position, and what came of it so far."""

    position: Mapping[str, str] | None = None
    seen: int = 0
    accepted: int = 0
    rejected: int = 0
    broken: Mapping[str, int] = field(default_factory=dict)
    newest_us: int | None = None
    """The latest time of an event, microseconds UTC."""

    def watermark_us(self, lateness_us: int | None) -> int | None:
        """Before which nothing is waited for any more; None where there is no such moment yet."""
        return None if self.newest_us is None or lateness_us is None else self.newest_us - lateness_us


@dataclass(frozen=True)
class Came:
    """What came of one dataset since the last batch, and where its source stands now."""

    contract: Contract
    rows: Sequence[Conformed | Checked]
    position: Mapping[str, str]
    seen: int


@dataclass
class Arriving:
    """A landing that goes on. Made by `arriving`; used by one thread."""

    layout: Layout
    identity: Mapping[str, str]
    standings: dict[str, Standing]
    batch: int = 0

    def land(self, came: Iterable[Came], lateness_us: int | None = None) -> dict[str, list[pa.RecordBatch]]:
        """Land one batch: check, set aside, write, and only then move on.

        Args:
            came: of each dataset of which something may have come.
            lateness_us: events older than the newest by more than this are set aside as `late`; None: none is.
        Returns:
            The accepted rows of each dataset, with their envelope.
        Raises:
            OSError: the disk failed; the batch is not there.
        """
        batch, standings, accepted = self.batch + 1, dict(self.standings), {}
        for each in came:
            name = each.contract.dataset
            good, bad, standings[name] = _judged(each, standings[name], lateness_us)
            write(self.layout, self.layout.data(name), batch, landed_schema(each.contract.schema), good)
            write(self.layout, self.layout.rejected / name, batch, rejected_schema(each.contract), bad)
            accepted[name] = good
        self.layout.write_text(self.layout.out / CHECKPOINT, _text(batch, self.identity, standings))
        self.batch, self.standings = batch, standings
        for name in accepted:
            for folder in (self.layout.data(name), self.layout.rejected / name):
                put_together(self.layout, folder)
        return accepted

    def landed(self, dataset: str) -> Iterator[pa.RecordBatch]:
        """All accepted rows of a dataset so far, in the order in which they came."""
        for file in files(self.layout.data(dataset)):
            with pq.ParquetFile(file.path) as landed:
                yield from landed.iter_batches()


@contextmanager
def arriving(out: Path, identity: Mapping[str, str], private: bool) -> Iterator[Arriving]:
    """Open the folder of a landing that goes on, and keep others out of it.

    Args:
        out: the folder; new, or left by an earlier call, broken off or not.
        identity: of each dataset, what its rows follow from, as a digest.
        private: whether what is written is for its owner's eyes only.
    Raises:
        InputError: the folder is that of other datasets, or its checkpoint cannot be read.
        OutsideError: somebody else is at it.
    """
    layout = Layout(out, _FOLDER, private=private)
    layout.make(layout.out)
    with lock(layout):
        batch, standings = _checkpoint(layout.out / CHECKPOINT, identity)
        for name in identity:
            for folder in (layout.data(name), layout.rejected / name):
                sweep(folder, batch)
        yield Arriving(layout, identity, standings, batch)


def _judged(
    came: Came, stands: Standing, lateness_us: int | None
) -> tuple[list[pa.RecordBatch], list[pa.RecordBatch], Standing]:
    check, watermark = RowCheck(came.contract), stands.watermark_us(lateness_us)
    good, bad, broken, newest = [], [], Counter(stands.broken), stands.newest_us
    for rows in came.rows:
        checked = rows if isinstance(rows, Checked) else check(rows)
        times = _times_us(came.contract, checked.accepted)
        if times is not None and len(times):
            newest = max(int(times.max()), newest if newest is not None else int(times.max()))
            is_late = times < (watermark if watermark is not None else np.iinfo(np.int64).min)
            if is_late.any():
                rows_late = np.flatnonzero(is_late)
                bad.append(refuse(came.contract, checked.accepted, rows_late, pa.array([[LATE]] * len(rows_late))))
                broken[LATE] += len(rows_late)
                checked = replace(checked, accepted=checked.accepted.filter(pa.array(~is_late)))
        broken.update(checked.counts)
        good += [checked.accepted] if checked.accepted.num_rows else []
        bad += [checked.rejected] if checked.rejected.num_rows else []
    return (
        good,
        bad,
        Standing(
            position=dict(came.position),
            seen=came.seen,
            accepted=stands.accepted + sum(batch.num_rows for batch in good),
            rejected=stands.rejected + sum(batch.num_rows for batch in bad),
            broken=dict(sorted(broken.items())),
            newest_us=newest,
        ),
    )


def _times_us(contract: Contract, batch: pa.RecordBatch) -> npt.NDArray[np.int64] | None:
    """The rows' own times, microseconds UTC, shape (n,); None for a dataset that is not of events."""
    if contract.time is None:
        return None
    moments = batch.column(contract.time).cast(_EPOCH_TYPE, safe=False).cast(pa.int64())
    return np.asarray(moments.fill_null(np.iinfo(np.int64).max))


def _text(batch: int, identity: Mapping[str, str], standings: Mapping[str, Standing]) -> str:
    stands = {name: asdict(standing) for name, standing in standings.items()}
    return json.dumps({"batch": batch, "identity": dict(identity), "standings": stands}, indent=1)


def _checkpoint(path: Path, identity: Mapping[str, str]) -> tuple[int, dict[str, Standing]]:
    if not path.exists():
        return 0, {name: Standing() for name in identity}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        batch, known = int(record["batch"]), record["identity"]
        standings = {name: Standing(**standing) for name, standing in record["standings"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: is no checkpoint of this sandbox ({error}); begin anew with --fresh.") from None
    if known != dict(identity):
        changed = sorted(name for name in {*known, *identity} if known.get(name) != identity.get(name))
        raise InputError(
            f"{path.parent}: what landed here followed another contract or source of {', '.join(changed)}; "
            "begin anew with --fresh, or look at it elsewhere with --out."
        )
    return batch, standings
