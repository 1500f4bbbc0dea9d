"""How many rows a day children have that come by a `rate`: held against what the world makes of the rate that is said.

The rate may be SQL over columns that nobody sees, and those it is about come and leave. So the world is asked with the
rate as it stands, and the rate is off by as many times as its children are too few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from sandbox.calibrate.families import FEW, nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.knobs import scaled
from sandbox.gap.sides import dummy_plan
from sandbox.landing.reading import accepted_batches
from sandbox.scenario.plan import Plan
from sandbox.world.rowsets import Whole

_PEOPLE = 16_000
_ROWS = 200_000
"""The world is asked about as many people as have so many children, or about so many people."""


def fit_rates(evidence: Evidence) -> Iterator[Fitted]:
    """The rate of children whose parents are real, so that those without any are seen too."""
    spec, above, clock = evidence.planned.spec, evidence.planned.parent, evidence.plan.clock
    if spec.rate is None or above is None or above not in evidence.plan.bindings or above not in evidence.all_observed:
        return
    seen, time = evidence.observed, evidence.planned.contract.time
    if time is None or time not in seen.table.column_names:
        return
    at_us = _us(seen.table[time].combine_chunks())
    inside = (at_us >= clock.start_us) & (at_us < clock.end_us)
    if inside.sum() < FEW or seen.people < FEW:
        return
    span = int(at_us[inside].min()), int(at_us[inside].max())
    parents = evidence.all_observed[above].rows
    each = seen.rows / parents
    made, of = _made(evidence.plan, evidence.dataset, time, span, int(min(_ROWS / max(each, 1e-9), _PEOPLE)) + 1)
    if not made:
        return
    share = seen.rows / max(seen.table.num_rows, 1)
    mean = float(inside.sum()) * share / parents
    factor = mean / (made / of)
    counts = np.bincount(seen.entities[inside]).astype(np.float64)
    variance = max(float((counts**2).sum()) * share / parents - mean**2, mean)
    deviation = float(np.sqrt(variance * (1 / parents + 1 / max(of, 1))) / mean)  # of the real people, and the world's
    said = spec.rate
    low, high = (factor * float(np.exp(side * 1.96 * deviation)) for side in (-1, 1))
    interval = " to ".join(f"{nice(end * (1.0 if isinstance(said, str) else float(said)), 3)}" for end in (low, high))
    interval = f"{interval} times" if isinstance(said, str) else interval
    off = min(abs(1 / factor - 1), 1.0)
    new = str(scaled(said, factor)) if isinstance(said, str) else scaled(said, factor)
    told = seen.told(int(inside.sum()))
    yield Fitted((*evidence.path, "rate"), new, told, interval, round(off, 4), agrees=low <= 1 <= high)


def _made(plan: Plan, dataset: str, time: str, span: tuple[int, int], rows: int) -> tuple[int, int]:
    """How many children the world makes within a span, and of how many parents."""
    parent = plan.datasets[str(plan.datasets[dataset].parent)]
    rows = rows if parent.rows > 0 else parent.rows
    asked, made = replace(plan, datasets={**plan.datasets, parent.name: replace(parent, rows=rows)}), 0
    for batch in accepted_batches(dummy_plan(asked), dataset):
        at_us = _us(batch.column(time))
        made += int(((at_us >= span[0]) & (at_us <= span[1])).sum())
    return made, rows


def _us(times: pa.Array) -> Whole:
    return np.asarray(times.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64()).fill_null(0), np.int64)
