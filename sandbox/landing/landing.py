"""Land a plan's datasets: the story of one landing, from its sources to its manifest."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.contract.masking import masked_contract
from sandbox.errors import InputError, Interrupted, OutsideError
from sandbox.landing.across import Placed, Receipts, judge, needs_judging
from sandbox.landing.claim import abandon, claim, lock, release
from sandbox.landing.exporting import export
from sandbox.landing.layout import MANIFEST, Layout, Shape
from sandbox.landing.manifest import DatasetEntry, Manifest, dataset_entry, manifest_of, read_manifest
from sandbox.landing.parts import Target
from sandbox.landing.progress import Meter, Progress, silent
from sandbox.landing.receipts import Receipt, kept_receipt
from sandbox.landing.shares import ShareTask, land_share
from sandbox.landing.work import Work, work_of
from sandbox.landing.workers import Stop, each
from sandbox.scenario.parts import Share, SinkPart, Source
from sandbox.scenario.plan import Plan
from sandbox.sinks.parquet import ParquetFile
from sandbox.sources.opening import open_sources, origin

if TYPE_CHECKING:
    from sandbox.world.world import World


Widen = Callable[[Mapping[str, Source]], Mapping[str, Source]]
"""Makes sources of sources, which have more shares."""


@dataclass(frozen=True)
class Landed:
    """What a landing left. `redone` shares were made by this call, `kept` ones by one that was broken off."""

    folder: Path
    manifest: Manifest
    already_done: bool = False
    redone: int = 0
    kept: int = 0
    seconds: float = 0.0

    def parts(self, dataset: str) -> list[Path]:
        """A dataset's files, in order."""
        return [self.folder / entry.file for entry in self.manifest.datasets[dataset].parts]

    def rejected(self, dataset: str) -> list[Path]:
        """The files of its rejected rows, in order."""
        return [self.folder / entry.file for entry in self.manifest.datasets[dataset].rejected_parts]


def land(
    plan: Plan,
    out: Path,
    *,
    sink: SinkPart | None = None,
    shape: Shape | None = None,
    workers: int = 1,
    datasets: Sequence[str] | None = None,
    world: World | None = None,
    progress: Progress = silent,
    force: bool = False,
    edge_cases: Widen | None = None,
) -> Landed:
    """Land datasets in a folder; broken off at any moment and called again, it goes on and ends with the same bytes.

    Args:
        plan: what is landed, from which sources.
        out: the folder; it may be there, but not hold another landing.
        sink: the format; Parquet if none is given.
        shape: how the folder is laid out; `Shape()` for somebody to use, `Shape("landing", envelope=True)` for a mart.
        workers: threads.
        datasets: which; by default all but hidden ones.
        world: of this plan, if the caller has one already.
        progress: told of rows done, a few times a second.
        force: replace what another landing left in the folder.
        edge_cases: adds a share of edge cases to each source; the manifest tells of them apart.
    Raises:
        InputError: a source does not fit its contract, or the folder holds something else. Nothing is left behind.
        OutsideError: a source or the disk failed, the folder is in use, or the user broke off. What is done is kept.
    """
    begun = time.monotonic()
    work = work_of(plan, Path(out), sink or ParquetFile(), shape or Shape(), datasets, bool(edge_cases))
    # 1. Every source is opened and held against its contract before anything is written.
    opened = open_sources(plan, work.identity.datasets, world)
    sources = edge_cases(opened) if edge_cases else opened
    shares = {name: source.shares() for name, source in sources.items()}
    try:
        with _told(work.layout), lock(work.layout):
            # 2. The folder is this landing's own: done already, half done, or empty.
            finished = _finished(work)
            if finished is not None and _is_done(work, finished):
                release(work.layout)
                return Landed(work.layout.out, finished, already_done=True, seconds=time.monotonic() - begun)
            claim(work.layout, work.identity, finished.identity if finished else None, force)
            with _kept_or_abandoned(work):
                # 3. Shares that no receipt tells of are landed.
                staged = work.staged(sources)
                tasks = _tasks(work, sources, shares, staged)
                receipts, redone = _land_shares(work, tasks, workers, progress)
                # 4. Rows that break a key are moved out; then what waited for that is written in its format.
                targets = {task.target.dataset: task.target for task in tasks}
                judged = {name: Placed(sources[name], targets[name]) for name in needs_judging(sources)}
                receipts = judge(judged, receipts, workers)
                for name in staged:
                    receipts[name] = export(receipts[name], targets[name], work.target(name, sources[name]), workers)
                # 5. The manifest stands for a whole landing; with it there, the scaffold goes.
                manifest = manifest_of(work.identity, _entries(work, sources, receipts, shares))
                _sweep(work, manifest)
                work.layout.write_text(work.layout.manifest, manifest.text())
                release(work.layout)
    finally:
        for source in sources.values():
            source.close()
    kept = len(tasks) - redone
    return Landed(work.layout.out, manifest, redone=redone, kept=kept, seconds=time.monotonic() - begun)


def _finished(work: Work) -> Manifest | None:
    return read_manifest(work.layout.out) if (work.layout.out / MANIFEST).exists() else None


def _is_done(work: Work, manifest: Manifest) -> bool:
    """Whether this very landing is finished, all files there in their size; `verify_manifest` looks at every byte.

    A real source may have changed without a sign, so what comes from one is landed anew each time.
    """
    if manifest.identity != work.identity.record() or work.layout.private:
        return False
    entries = [entry for each in manifest.datasets.values() for entry in (*each.parts, *each.rejected_parts)]
    places = [(work.layout.out / entry.file, entry.bytes) for entry in entries]
    return all(place.is_file() and place.stat().st_size == size for place, size in places)


def _tasks(
    work: Work, sources: Mapping[str, Source], shares: Mapping[str, Sequence[Share]], staged: Sequence[str]
) -> list[ShareTask]:
    identity = hashlib.blake2b(json.dumps(work.identity.record()).encode(), digest_size=16).hexdigest()
    tasks = []
    for name, source in sources.items():
        target = work.target(name, source)
        if name in staged:
            target = Target(work.layout, name, work.layout.staged(name), ParquetFile(), target.schema)
        tasks += [ShareTask(source, share, target, f"{identity} {share.fingerprint}") for share in shares[name]]
    return tasks


def _land_shares(work: Work, tasks: Sequence[ShareTask], workers: int, progress: Progress) -> tuple[Receipts, int]:
    """Receipts of all shares, and how many of these were landed now."""
    totals: dict[str, int] = {}
    for task in tasks:
        known = totals.get(task.target.dataset, 0)
        totals[task.target.dataset] = -1 if min(known, task.share.rows) < 0 else known + task.share.rows
    meter, stop = Meter(totals, progress), Stop()
    receipts: dict[str, list[Receipt]] = {name: [] for name in totals}
    missing = []
    for task in tasks:
        kept = kept_receipt(work.layout, task.target.dataset, task.share.index, task.fingerprint)
        if kept is None:
            missing.append(task)
        else:
            receipts[task.target.dataset].append(kept)
            meter.add(task.target.dataset, kept.rows_in)

    def landed(task: ShareTask) -> tuple[str, Receipt]:
        return task.target.dataset, land_share(task, meter, stop)

    for name, receipt in each(missing, landed, workers, stop, meter.tell):
        receipts[name].append(receipt)
    meter.tell(at_once=True)
    return {name: sorted(some, key=lambda receipt: receipt.index) for name, some in receipts.items()}, len(missing)


def _entries(
    work: Work, sources: Mapping[str, Source], receipts: Receipts, shares: Mapping[str, Sequence[Share]]
) -> dict[str, DatasetEntry]:
    entries = {}
    for name, source in sources.items():
        kind = origin(work.plan, name)
        columns = work.plan.datasets[name].spec.columns
        about = {
            "origin": kind,
            "arrival": source.arrival,
            "generators": {column: made.kind for column, made in columns.items()} if kind == "simulated" else {},
            "contract": masked_contract(source.contract),
            "edge_cases": _edge_cases(shares[name], receipts[name]),
            "delivery": source.delivery(),
        }
        entries[name] = dataset_entry(about, receipts[name])
    return entries


def _edge_cases(shares: Sequence[Share], receipts: Sequence[Receipt]) -> dict[str, Any]:
    """Rows, files and cases of the shares that were added to a source."""
    cases = {share.index: share.apart for share in shares if share.apart}
    added = [receipt for receipt in receipts if receipt.index in cases]
    if not added:
        return {}
    return {
        "rows": sum(receipt.accepted for receipt in added),
        "files": [part.file for receipt in added for part in receipt.parts],
        "cases": [case for receipt in added for case in cases[receipt.index]],
    }


def _sweep(work: Work, manifest: Manifest) -> None:
    """Take away files that a broken-off try left and that the landing, done now, knows nothing of."""
    for name, entry in manifest.datasets.items():
        known = {part.file for part in (*entry.parts, *entry.rejected_parts)}
        for folder in (work.layout.data(name), work.layout.rejected / name):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and work.layout.named(path) not in known:
                    path.unlink()


@contextmanager
def _kept_or_abandoned(work: Work) -> Iterator[None]:
    """Keep what is done for the next try, unless that would only fail again, or nothing is done yet."""
    try:
        yield
    except InputError:
        abandon(work.layout, work.identity)
        raise
    except BaseException:
        if not any((work.layout.work / "receipts").rglob("*.json")):
            abandon(work.layout, work.identity)
        raise


@contextmanager
def _told(layout: Layout) -> Iterator[None]:
    """What stops a landing, in the house's words."""
    again = "what is done is kept, and the same command goes on from there"
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted; {again}.") from None
    except OSError as error:
        reason = error.strerror or str(error).split("\n", 1)[0]
        raise OutsideError(f"{layout.out}: cannot be written ({reason}); {again}.") from error
