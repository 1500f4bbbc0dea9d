"""Keep features fresh while a real source goes on: land what came, put it into the mart, make the features anew."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.contract.checks import Checked
from sandbox.contract.conform import Conformed
from sandbox.errors import InputError
from sandbox.landing import Shape, land
from sandbox.landing.arriving import LATE, Arriving, Came, Standing, arriving
from sandbox.mart import LivingMart, Put, Question, feature_table, living
from sandbox.mart.cut import time_of
from sandbox.runs.listening import Listener, ignore, landing
from sandbox.runs.pulse import Beat, Pulse
from sandbox.runs.questions import features_of, question_of, visible_contracts
from sandbox.scenario.loader import Loaded
from sandbox.scenario.plan import Plan
from sandbox.sources.following import MappedFollowing
from sandbox.sources.opening import can_be_followed, is_real, open_following

MOST_ROWS = 500_000
"""A batch is closed when so many rows have come, however short a time it took: memory stays flat while catching up."""


@dataclass(frozen=True, slots=True)
class FollowWishes:
    """How a scenario is followed."""

    out: Path
    """The folder that is kept fresh."""
    every_s: float = 5.0
    """A batch is closed after so long."""
    lateness_s: float | None = None
    """Events older than the newest by more than this are set aside; None: none is."""
    for_s: float | None = None
    """Stop after so long; None: never."""
    idle_s: float | None = None
    """Stop when nothing came for so long; None: never."""
    workers: int = 1
    listen: Listener = ignore

    @property
    def lateness_us(self) -> int | None:
        """The lateness that is allowed, in microseconds."""
        return None if self.lateness_s is None else round(self.lateness_s * 1e6)


Tell = Callable[[Pulse], None]


def follow(loaded: Loaded, wishes: FollowWishes, tell: Tell) -> int:
    """Follow the sources that go on, until told to stop; what cannot be followed lands once, at the beginning.

    Called again it goes on where it stopped, whatever stopped it; each row lands once.

    Returns:
        The batches that count so far.
    Raises:
        InputError: no source of the target can be followed, or one does not fit its contract.
        OutsideError: a source or the disk failed for good; everything up to the last batch is kept.
    """
    plan = loaded.plan
    followed = [name for name in visible_contracts(plan) if can_be_followed(plan, name)]
    if not followed:
        target = f"of the target '{plan.target}'" if plan.target else "without a target"
        raise InputError(
            f"nothing {target} can be followed; kafka, kinesis, postgresql and folders can (see --target)."
        )
    questions = {name: question_of(loaded, name) for name in plan.models}
    identity = {name: _identity(plan, name) for name in followed}
    with ExitStack() as stack:
        # 1. What stands still lands once; what goes on, goes on after its checkpoint.
        still = _land_once(plan, [name for name in visible_contracts(plan) if name not in followed], wishes)
        private = any(is_real(plan, name) for name in followed)
        landed = stack.enter_context(arriving(wishes.out, identity, private))
        sources = {name: stack.enter_context(_opened(plan, name, landed)) for name in followed}
        # 2. The mart is filled with all of it.
        mart = stack.enter_context(living(visible_contracts(plan), _reads(loaded, questions), plan.clock.zone))
        for name, parts in still.items():
            for part in parts:
                with pq.ParquetFile(part) as file:
                    _fill(mart, name, file.iter_batches())
        for name in followed:
            _fill(mart, name, landed.landed(name))
        # 3. Batch after batch: land it, put it in, make the features.
        for gathered in _gathered(sources, wishes):
            begun, before = time.monotonic(), dict(landed.standings)
            rows = landed.land(_came(sources, gathered), wishes.lateness_us)
            put = {name: _fill(mart, name, rows[name]) for name in followed}
            moment_us = max(
                (now.newest_us for now in landed.standings.values() if now.newest_us is not None), default=0
            )
            made = _features(mart, questions, moment_us, wishes.out) if moment_us else {}
            beats = [_beat(name, before, landed, put[name], sources[name]) for name in followed]
            tell(Pulse(landed.batch, time.monotonic() - begun, beats, made, _iso(moment_us) if moment_us else None))
        return landed.batch


def _land_once(plan: Plan, datasets: Sequence[str], wishes: FollowWishes) -> Mapping[str, Sequence[Path]]:
    """The files of the datasets that do not go on, simulated ones among them."""
    if not datasets:
        return {}
    shape, told = Shape("landing", envelope=True), landing(wishes.listen)
    landed = land(
        plan, wishes.out / "still", shape=shape, workers=wishes.workers, datasets=datasets, progress=told, force=True
    )
    return {name: landed.parts(name) for name in datasets}


Gathered = Mapping[str, Sequence[Conformed | Checked]]


def _gathered(sources: Mapping[str, MappedFollowing], wishes: FollowWishes) -> Iterator[Gathered]:
    """What came of each dataset, a batch at a time, until it is time to stop."""
    begun = last = time.monotonic()
    while wishes.for_s is None or time.monotonic() - begun < wishes.for_s:
        came: dict[str, list[Conformed | Checked]] = {name: [] for name in sources}
        until, rows = time.monotonic() + wishes.every_s, 0
        while rows < MOST_ROWS and (left := until - time.monotonic()) > 0:
            for name, source in sources.items():
                found = source.poll(min(left, wishes.every_s) / len(sources) / 4)
                came[name] += found
                rows += sum(map(_rows, found))
        if rows:
            last = time.monotonic()
            yield came
        elif wishes.idle_s is not None and time.monotonic() - last >= wishes.idle_s:
            return


def _rows(found: Conformed | Checked) -> int:
    if isinstance(found, Checked):
        return int(found.accepted.num_rows + found.rejected.num_rows)
    return int(found.batch.num_rows)


def _came(sources: Mapping[str, MappedFollowing], gathered: Gathered) -> list[Came]:
    return [Came(source.contract, gathered[name], source.position(), source.seen) for name, source in sources.items()]


@contextmanager
def _opened(plan: Plan, name: str, landed: Arriving) -> Iterator[MappedFollowing]:
    stands = landed.standings[name]
    source = open_following(plan, name, stands.position, stands.seen)
    try:
        yield source
    finally:
        source.close()


def _reads(loaded: Loaded, questions: Mapping[str, Question]) -> dict[str, set[str]]:
    """The columns that the features of all models read; a dataset that none reads is only landed."""
    reads: dict[str, set[str]] = {}
    for question in questions.values():
        for dataset, columns in features_of(loaded, question).reads.items():
            reads.setdefault(dataset, set()).update(columns)
        reads.setdefault(question.of, set()).add(question.entity)
    return reads


def _fill(mart: LivingMart, dataset: str, batches: Iterator[pa.RecordBatch] | Sequence[pa.RecordBatch]) -> Put:
    total = Put()
    if dataset in mart.columns:
        for batch in batches:
            total += mart.put(dataset, batch)
    return total


def _features(mart: LivingMart, questions: Mapping[str, Question], moment_us: int, out: Path) -> dict[str, int]:
    """Make the features of every model, and put each in its place as a whole."""
    folder, made = out / "features", {}
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, question in questions.items():
        table = feature_table(mart, question, moment_us)
        aside = folder / f".{name}.parquet"
        pq.write_table(table, aside)
        aside.replace(folder / f"{name}.parquet")
        made[name] = table.num_rows
    return made


def _beat(name: str, before: Mapping[str, Standing], landed: Arriving, put: Put, source: MappedFollowing) -> Beat:
    was, now = before[name], landed.standings[name]
    return Beat(
        dataset=name,
        accepted=now.accepted - was.accepted,
        rejected=now.rejected - was.rejected,
        late=now.broken.get(LATE, 0) - was.broken.get(LATE, 0),
        put=put,
        newest=None if now.newest_us is None else _iso(now.newest_us),
        age_s=None if now.newest_us is None else round(time.time() - now.newest_us / 1e6, 1),
        lag=source.lag(),
    )


def _iso(moment_us: int) -> str:
    return time_of(moment_us).isoformat()


def _identity(plan: Plan, dataset: str) -> str:
    """What the rows of a dataset follow from: another contract or kind of source is another landing."""
    told = [plan.bindings[dataset].kind, plan.datasets[dataset].contract.to_dict()]
    return hashlib.blake2b(json.dumps(told, sort_keys=True, default=str).encode(), digest_size=16).hexdigest()
