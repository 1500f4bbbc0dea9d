"""Keep what became of each event on its way, apart with the truth, and tell it in short for the record.

It is made anew from the world, as all truth is, and its sums must be those that landing has counted.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from sandbox.delivery.ledger import EDGES_US, Ledger
from sandbox.delivery.schedule import downtimes
from sandbox.errors import OutsideError
from sandbox.landing import Landed
from sandbox.landing.workers import Stop, each
from sandbox.runs.folder import RunFolder
from sandbox.runs.listening import Listener
from sandbox.runs.record import DeliveryRecord
from sandbox.runs.truths import written
from sandbox.scenario.plan import ClockPlan, Plan
from sandbox.sources.delivered import DeliveredSource
from sandbox.sources.opening import open_source
from sandbox.world.periods import HOUR_US
from sandbox.world.rowsets import Whole
from sandbox.world.world import World

_MOST_PIECES = 240
_MOST_OUTAGES = 500


def keep_deliveries(
    world: World, plan: Plan, landed: Landed, folder: RunFolder, workers: int, listen: Listener
) -> list[DeliveryRecord]:
    """Write the fates of the events of each delivered stream, a share at a time, and give the streams' ledgers.

    Raises:
        OutsideError: the disk does not let us, or the sums are not those of the landing.
    """
    records = []
    for name in plan.delivery.streams if plan.delivery is not None else ():
        source = open_source(plan, name, world) if name not in plan.bindings else None
        if not isinstance(source, DeliveredSource):
            continue
        _keep(source, name, folder, workers, listen)
        ledger = source.ledger()
        if ledger.sums() != landed.manifest.datasets[name].delivery:
            raise OutsideError(f"{name}: its delivery came out otherwise than when it landed; run it anew.")
        records.append(_record(source, name, ledger, plan))
    return records


def _keep(source: DeliveredSource, name: str, folder: RunFolder, workers: int, listen: Listener) -> None:
    shares, stop, home = list(source.shares()), Stop(), folder.fates(name)

    def write(number: int) -> int:
        stop.check()
        return written(home / f"{number:05d}.parquet", iter([source.fates(shares[number])]))

    def tell() -> None:
        listen(f"{name}: its delivery", 0, None)

    rows = sum(each(range(len(shares)), write, workers, stop, tell))
    rows += written(home / f"{len(shares):05d}.parquet", iter([source.open_fates()]))
    sums = source.ledger().sums()
    if rows != sums["carried"] + sums["sent"] + sums["repeated"]:
        raise AssertionError(f"{name}: {rows} fates of {sums}")


def _record(source: DeliveredSource, name: str, ledger: Ledger, plan: Plan) -> DeliveryRecord:
    assert plan.delivery is not None
    cells = np.flatnonzero(ledger.tally.lateness)
    ends = EDGES_US / 1e6
    hours = -(-len(ledger.tally.sent_by_hour) // _MOST_PIECES)
    sent, arrived = (_in_pieces(counts, hours) for counts in (ledger.tally.sent_by_hour, ledger.tally.arrived_by_hour))
    return DeliveryRecord(
        stream=name,
        sums=ledger.sums(),
        late_s=plan.delivery.late_us / 1e6,
        lateness=[[float(ends[cell]), int(ledger.tally.lateness[cell])] for cell in cells],
        starts=[_iso(plan.clock.start_us + piece * hours * HOUR_US) for piece in range(len(sent))],
        sent=sent,
        arrived=arrived,
        outages=_outages(source, plan.clock),
    )


def _outages(source: DeliveredSource, clock: ClockPlan) -> list[dict[str, Any]]:
    found = []
    for stage in source.chain.stages:
        for each_ in downtimes(stage.working, clock.end_us):
            told: dict[str, Any] = {
                "stage": stage.plan.name,
                "starts": _iso(each_.starts_us),
                "ends": _iso(each_.ends_us),
            }
            found.append(told if each_.partitions is None else told | {"partitions": list(each_.partitions)})
    return sorted(found, key=lambda outage: outage["starts"])[:_MOST_OUTAGES]


def _in_pieces(by_hour: Whole, hours: int) -> list[int]:
    padded = np.zeros(-(-len(by_hour) // hours) * hours, np.int64)
    padded[: len(by_hour)] = by_hour
    return [int(count) for count in padded.reshape(-1, hours).sum(axis=1)]


def _iso(moment_us: int) -> str:
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=moment_us)).isoformat()
