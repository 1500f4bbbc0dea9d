"""Verify datasets against their contracts: read every row once, judge it, keep only its keys, tell what was found."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.rules import rules_of
from sandbox.errors import InputError, did_you_mean
from sandbox.landing.progress import Meter, Progress, silent
from sandbox.landing.workers import Stop, each
from sandbox.scenario.parts import Share, Source
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import open_sources, origin, repeated_in, unasked_of
from sandbox.verify.findings import BrokenRule, Finding, Volume
from sandbox.verify.keys import KeptKeys, judge_keys, key_columns
from sandbox.verify.lacking import without_lacking
from sandbox.verify.likely import Cause, causes_of
from sandbox.verify.noticed import Noticed
from sandbox.verify.promised import Promised, promised
from sandbox.verify.tally import Tally, about_rule


@dataclass(frozen=True)
class _Task:
    source: Source
    share: Share
    columns: tuple[str, ...]


@dataclass(frozen=True)
class _Seen:
    task: _Task
    tally: Tally
    keys: KeptKeys
    noticed: Noticed | None
    """Of a real source."""


def verify(
    plan: Plan,
    datasets: Sequence[str] | None = None,
    *,
    workers: int = 1,
    progress: Progress = silent,
    show_pii: bool = False,
    dummies: Mapping[str, Promised] | None = None,
) -> list[Finding]:
    """Hold the sources of a plan against their contracts.

    Args:
        plan: says where each dataset comes from.
        datasets: which; by default those that are real, or all where none is.
        workers: threads.
        progress: told of rows done.
        show_pii: show personal data of offenders.
        dummies: what `promised` gave before, by dataset.
    Raises:
        InputError: no such dataset, or a binding does not fit its source.
        OutsideError: a source cannot be read, or there is no room for the keys.
    """
    names = chosen(plan, datasets)
    judged, missing = without_lacking(plan, names)
    sources = open_sources(judged, names)
    contracts = {name: source.contract for name, source in sources.items()}
    columns = {name: key_columns(contract, contracts) for name, contract in contracts.items()}
    try:
        tasks = [_Task(source, share, columns[name]) for name, source in sources.items() for share in source.shares()]
        with tempfile.TemporaryDirectory(prefix="sandbox-verify-") as folder:
            seen = _seen(plan, tasks, Path(folder), workers, progress, show_pii)
            kept = {name: [one.keys for one in seen[name]] for name in sources}
            findings = []
            for name, source in sources.items():
                tally = Tally(source.contract, plan.clock.zone, show_pii)
                for one in seen[name]:
                    tally += one.tally
                unjudged = judge_keys(tally, kept, source.proven, Path(folder), workers)
                lacks = missing.get(name, ())
                found = finding(tally, origin(plan, name), unjudged)
                likely = _likely(plan, source, seen[name], tally, lacks, (dummies or {}).get(name))
                broken = [*_absent(lacks, tally), *found.broken]
                bad = tally.rows if lacks else tally.bad
                findings.append(replace(found, bad_rows=bad, broken=broken, likely=likely))
            return findings
    finally:
        for source in sources.values():
            source.close()


def finding(tally: Tally, source: str, unjudged: Sequence[str]) -> Finding:
    """What a tally says, worst rule first."""
    contract = tally.contract
    broken = [
        BrokenRule(
            name=rule,
            about=about_rule(contract, rule),
            rows=rows,
            share=rows / tally.rows,
            since=_iso(tally.since_us.get(rule)),
            first=tally.first.get(rule, []),
        )
        for rule, rows in sorted(tally.counts.items(), key=lambda counted: (-counted[1], counted[0]))
    ]
    age = None if tally.newest_us is None else round(time.time() - tally.newest_us / 1e6, 1)
    return Finding(
        dataset=contract.dataset,
        source=source,
        rows=tally.rows,
        bad_rows=tally.bad,
        rules=len(rules_of(contract)),
        broken=broken,
        unjudged=unjudged,
        newest=_iso(tally.newest_us),
        age_s=age,
        volume=_volume(tally.days),
    )


def _absent(missing: Sequence[str], tally: Tally) -> list[BrokenRule]:
    """A broken rule for each column that is not there at all."""
    about = "the column is there"
    return [BrokenRule(f"{name}.missing", f"{name}: {about}", tally.rows, 1.0, None, []) for name in missing]


def _likely(
    plan: Plan,
    source: Source,
    seen: Sequence[_Seen],
    tally: Tally,
    missing: Sequence[str],
    dummy: Promised | None,
) -> list[Cause]:
    """What likely happened to a real source's rows; of a simulated one, nothing did."""
    dataset = source.contract.dataset
    if dataset not in plan.bindings:
        return []
    noticed = Noticed(unasked_of(source))
    for one in seen:
        noticed += one.noticed or Noticed()
    return causes_of(
        plan.datasets[dataset].contract,
        plan.clock.zone,
        noticed,
        dummy or promised(plan, dataset),
        missing=missing,
        days=tally.days,
        repeated=repeated_in(source),
        show_pii=tally.show_pii,
    )


def chosen(plan: Plan, datasets: Sequence[str] | None) -> list[str]:
    """The datasets that are named; without names the real ones, or all where none is. Raises InputError."""
    seen = [name for name, dataset in plan.datasets.items() if not dataset.spec.hidden]
    unknown = [name for name in datasets or () if name not in seen]
    if unknown:
        raise InputError(f"unknown dataset '{unknown[0]}'.{did_you_mean(unknown[0], seen)}")
    real = [name for name in seen if name in plan.bindings]
    return [name for name in seen if name in (datasets or real or seen)]


def _seen(
    plan: Plan, tasks: Sequence[_Task], folder: Path, workers: int, progress: Progress, show_pii: bool
) -> dict[str, list[_Seen]]:
    totals: dict[str, int] = {}
    for task in tasks:
        known = totals.get(task.source.contract.dataset, 0)
        totals[task.source.contract.dataset] = -1 if min(known, task.share.rows) < 0 else known + task.share.rows
    meter, stop = Meter(totals, progress), Stop()

    def look(task: _Task) -> _Seen:
        contract = task.source.contract
        tally = Tally(contract, plan.clock.zone, show_pii)
        check = RowCheck(contract, task.source.proven)
        noticed = Noticed(unasked_of(task.source)) if contract.dataset in plan.bindings else None
        path = folder / f"{contract.dataset}-{task.share.index:06d}.parquet"
        keys = KeptKeys(path, task.share.name, contract, task.columns)
        for batch in task.source.batches(task.share):
            stop.check()
            if noticed is not None:
                noticed.add(batch)
            checked = batch if isinstance(batch, Checked) else check(batch)
            tally.add(checked, task.share.name)
            keys.add(checked.accepted)
            meter.add(contract.dataset, checked.accepted.num_rows + checked.rejected.num_rows)
        keys.close()
        return _Seen(task, tally, keys, noticed)

    found: dict[str, list[_Seen]] = {name: [] for name in totals}
    for one in each(tasks, look, workers, stop, meter.tell):
        found[one.task.source.contract.dataset].append(one)
    meter.tell(at_once=True)
    return {name: sorted(some, key=lambda one: one.task.share.index) for name, some in found.items()}


def _volume(days: Mapping[int, int]) -> Volume | None:
    if not days:
        return None
    named = {day: str(np.datetime64(day, "D")) for day in sorted(days)}
    first, last = min(days), max(days)
    lowest, highest = min(named, key=lambda day: days[day]), max(named, key=lambda day: days[day])
    # A span of centuries comes of one wrong date: its empty days would tell nothing and fill pages.
    between = range(first, min(last, first + 3 * 366) + 1)
    return Volume(
        days=last - first + 1,
        median=float(statistics.median(days.values())),
        lowest=(named[lowest], days[lowest]),
        highest=(named[highest], days[highest]),
        empty=[str(np.datetime64(day, "D")) for day in between if day not in days],
        by_day={name: days[day] for day, name in named.items()},
    )


def _iso(moment_us: int | None) -> str | None:
    return None if moment_us is None else f"{np.datetime64(moment_us, 'us')}+00:00".replace(".000000", "")
