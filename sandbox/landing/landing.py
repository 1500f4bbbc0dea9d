"""Land a plan's datasets: the story of one landing, from its sources to its manifest."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.contract.digests import digest_file
from sandbox.contract.envelope import landed_schema
from sandbox.errors import InputError, OutsideError, did_you_mean
from sandbox.landing.across import Placed, Receipts, judge, needs_judging
from sandbox.landing.claim import Identity, abandon, claim, lock, release
from sandbox.landing.exporting import export
from sandbox.landing.layout import MANIFEST, Layout, Shape
from sandbox.landing.manifest import DatasetEntry, Manifest, dataset_entry, manifest_of, read_manifest, versions
from sandbox.landing.parts import Target
from sandbox.landing.progress import Meter, Progress, silent
from sandbox.landing.receipts import Receipt, kept_receipt
from sandbox.landing.shares import ShareTask, land_share
from sandbox.landing.workers import Stop, each
from sandbox.scenario.parts import Share, SinkPart, Source
from sandbox.scenario.plan import Plan
from sandbox.sinks.parquet import ParquetFile
from sandbox.sources.opening import is_real, open_sources, origin

if TYPE_CHECKING:
    from sandbox.world.world import World


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
    Raises:
        InputError: a source does not fit its contract, or the folder holds something else. Nothing is left behind.
        OutsideError: a source or the disk failed, the folder is in use, or the user broke off. What is done is kept.
    """
    begun = time.monotonic()
    work = _work(plan, Path(out), sink or ParquetFile(), shape or Shape(), _chosen(plan, datasets))
    # 1. Every source is opened and held against its contract before anything is written.
    sources = open_sources(plan, work.identity.datasets, world)
    shares = {name: source.shares() for name, source in sources.items()}
    try:
        with _told(work.layout), lock(work.layout):
            # 2. The folder is this landing's own: done already, half done, or empty.
            finished = _finished(work)
            if finished is not None and finished.identity == work.identity.record() and _is_there(work, finished):
                release(work.layout)
                return Landed(work.layout.out, finished, already_done=True, seconds=time.monotonic() - begun)
            claim(work.layout, work.identity, finished.identity if finished else None, force)
            with _kept_or_abandoned(work):
                # 3. Shares that no receipt tells of are landed.
                staged = _staged(work, sources)
                tasks = _tasks(work, sources, shares, staged)
                receipts, redone = _land_shares(work, tasks, workers, progress)
                # 4. Rows that break a key are moved out; then what waited for that is written in its format.
                targets = {task.target.dataset: task.target for task in tasks}
                judged = {name: Placed(sources[name], targets[name]) for name in needs_judging(sources)}
                receipts = judge(judged, receipts, workers)
                for name in staged:
                    receipts[name] = export(receipts[name], targets[name], _target(work, name, sources[name]), workers)
                # 5. The manifest stands for a whole landing; with it there, the scaffold goes.
                manifest = manifest_of(work.identity, _entries(work, sources, receipts))
                _sweep(work, manifest)
                work.layout.write_text(work.layout.manifest, manifest.text())
                release(work.layout)
    finally:
        for source in sources.values():
            source.close()
    kept = len(tasks) - redone
    return Landed(work.layout.out, manifest, redone=redone, kept=kept, seconds=time.monotonic() - begun)


@dataclass(frozen=True)
class _Work:
    """What one landing is about."""

    plan: Plan
    layout: Layout
    shape: Shape
    sink: SinkPart
    identity: Identity

    def partition_by(self, dataset: str) -> tuple[str, ...]:
        return () if self.shape.envelope else tuple(self.plan.datasets[dataset].spec.partition_by)


def _work(plan: Plan, out: Path, sink: SinkPart, shape: Shape, datasets: Sequence[str]) -> _Work:
    scenario = {
        "name": plan.name,
        "digest": plan.digest,
        "seed": plan.seed,
        "engine": plan.engine,
        "target": plan.target,
        "files": _file_digests(plan, datasets),
    }
    format_ = {"format": sink.suffix().lstrip("."), **sink.model_dump(mode="json")}
    identity = Identity(scenario, versions(), format_, shape.folder, shape.envelope, tuple(datasets))
    layout = Layout(out, shape.folder, private=any(is_real(plan, dataset) for dataset in datasets))
    return _Work(plan, layout, shape, sink, identity)


def _chosen(plan: Plan, datasets: Sequence[str] | None) -> list[str]:
    """In the plan's order, so that parents come before their children."""
    seen = [name for name, dataset in plan.datasets.items() if not dataset.spec.hidden]
    unknown = [name for name in datasets or () if name not in seen]
    if unknown:
        raise InputError(f"unknown dataset '{unknown[0]}'.{did_you_mean(unknown[0], seen)}")
    return [name for name in seen if datasets is None or name in datasets]


def _file_digests(plan: Plan, datasets: Sequence[str]) -> dict[str, str]:
    """Digests of the files that generators read: they decide what is made as much as the scenario's text does."""
    made = [column.generator for name in datasets if not is_real(plan, name) for column in plan.datasets[name].columns]
    names = sorted({file for generator in made for file in generator.files()})
    return {name: digest_file(Path(plan.folder) / name) for name in names}


def _finished(work: _Work) -> Manifest | None:
    return read_manifest(work.layout.out) if (work.layout.out / MANIFEST).exists() else None


def _is_there(work: _Work, manifest: Manifest) -> bool:
    """Whether all files are there in their size; `verify_manifest` looks at every byte."""
    entries = [entry for each in manifest.datasets.values() for entry in (*each.parts, *each.rejected_parts)]
    places = [(work.layout.out / entry.file, entry.bytes) for entry in entries]
    return all(place.is_file() and place.stat().st_size == size for place, size in places)


def _target(work: _Work, dataset: str, source: Source) -> Target:
    schema = source.contract.schema
    return Target(
        work.layout,
        dataset,
        work.layout.data(dataset),
        work.sink,
        landed_schema(schema) if work.shape.envelope else schema,
        work.partition_by(dataset),
    )


def _staged(work: _Work, sources: Mapping[str, Source]) -> list[str]:
    """Datasets whose keys are judged, and whose format cannot be read back to do so: they wait as Parquet."""
    plain = isinstance(work.sink, ParquetFile)
    return [name for name in needs_judging(sources) if not plain or work.partition_by(name)]


def _tasks(
    work: _Work, sources: Mapping[str, Source], shares: Mapping[str, Sequence[Share]], staged: Sequence[str]
) -> list[ShareTask]:
    identity = hashlib.blake2b(json.dumps(work.identity.record()).encode(), digest_size=16).hexdigest()
    tasks = []
    for name, source in sources.items():
        target = _target(work, name, source)
        if name in staged:
            target = Target(work.layout, name, work.layout.staged(name), ParquetFile(), target.schema)
        tasks += [ShareTask(source, share, target, f"{identity} {share.fingerprint}") for share in shares[name]]
    return tasks


def _land_shares(work: _Work, tasks: Sequence[ShareTask], workers: int, progress: Progress) -> tuple[Receipts, int]:
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


def _entries(work: _Work, sources: Mapping[str, Source], receipts: Receipts) -> dict[str, DatasetEntry]:
    entries = {}
    for name, source in sources.items():
        kind = origin(work.plan, name)
        columns = work.plan.datasets[name].spec.columns
        about = {
            "origin": kind,
            "arrival": source.arrival,
            "generators": {column: made.kind for column, made in columns.items()} if kind == "simulated" else {},
            "contract": source.contract.to_dict(),
        }
        entries[name] = dataset_entry(about, receipts[name])
    return entries


def _sweep(work: _Work, manifest: Manifest) -> None:
    """Take away files that a broken-off try left and that the landing, done now, knows nothing of."""
    for name, entry in manifest.datasets.items():
        known = {part.file for part in (*entry.parts, *entry.rejected_parts)}
        for folder in (work.layout.data(name), work.layout.rejected / name):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and work.layout.named(path) not in known:
                    path.unlink()


@contextmanager
def _kept_or_abandoned(work: _Work) -> Iterator[None]:
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
        raise OutsideError(f"interrupted; {again}.") from None
    except OSError as error:
        reason = error.strerror or str(error).split("\n", 1)[0]
        raise OutsideError(f"{layout.out}: cannot be written ({reason}); {again}.") from error
