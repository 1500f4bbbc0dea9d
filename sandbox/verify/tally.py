"""Count what breaks, batch by batch, in memory that does not grow: one tally a share, added up in the shares' order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.checks import Checked
from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.masking import masked
from sandbox.contract.model import Contract
from sandbox.contract.rejected import REASONS
from sandbox.contract.rules import Rule, rules_of
from sandbox.verify.days import rows_by_day
from sandbox.verify.findings import Offender

FIRST = 3
_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass
class Tally:
    """What was seen of a dataset."""

    contract: Contract
    zone: str
    show_pii: bool = False
    rows: int = 0
    bad: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    since_us: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[Offender]] = field(default_factory=dict)
    days: Counter[int] = field(default_factory=Counter)
    """Rows by day, counted from 1970 in the zone."""
    newest_us: int | None = None

    def add(self, checked: Checked, where: str) -> None:
        """Count a batch that came from `where`."""
        good, bad = checked.accepted, checked.rejected
        self.rows += good.num_rows + bad.num_rows
        self.bad += bad.num_rows
        self.counts.update(checked.counts)
        if bad.num_rows:
            self._offenders(bad, where)
        if self.contract.time is not None and good.num_rows:
            self._times(good.column(self.contract.time))

    def broken(self, rule: str, rows: int, since_us: int | None, first: list[Offender]) -> None:
        """Count a rule that was judged over all rows."""
        self.counts[rule] += rows
        if since_us is not None:
            self.since_us[rule] = since_us
        self.first[rule] = first[:FIRST]

    def __iadd__(self, other: Tally) -> Tally:
        """Add what another share holds, which comes after this one."""
        self.rows, self.bad = self.rows + other.rows, self.bad + other.bad
        self.counts.update(other.counts)
        self.days.update(other.days)
        for rule, since_us in other.since_us.items():
            self.since_us[rule] = min(since_us, self.since_us.get(rule, since_us))
        for rule, offenders in other.first.items():
            self.first[rule] = [*self.first.get(rule, []), *offenders][:FIRST]
        if other.newest_us is not None:
            self.newest_us = max(other.newest_us, self.newest_us or other.newest_us)
        return self

    def _offenders(self, bad: pa.RecordBatch, where: str) -> None:
        reasons = bad.column(REASONS)
        names, rows = reasons.flatten(), pc.list_parent_indices(reasons).to_numpy()
        arrived = bad.column(ENVELOPE).field("arrived_at").cast(pa.int64()).to_numpy(zero_copy_only=False)
        for rule in names.unique().to_pylist():
            mine = rows[np.asarray(pc.equal(names, rule))]
            known = arrived[mine][arrived[mine] > 0]
            if len(known):
                self.since_us[rule] = min(int(known.min()), self.since_us.get(rule, int(known.min())))
            room = FIRST - len(self.first.get(rule, ()))
            if room > 0:
                shown = offenders(self.contract, rule, bad.take(pa.array(mine[:room])), where, self.show_pii)
                self.first[rule] = [*self.first.get(rule, []), *shown]

    def _times(self, times: pa.Array) -> None:
        moments = times.cast(_MOMENT, safe=False) if not pa.types.is_date(times.type) else times.cast(_MOMENT)
        known = moments.drop_null().cast(pa.int64()).to_numpy()
        if not len(known):
            return
        newest = int(known.max())
        self.newest_us = max(newest, self.newest_us or newest)
        self.days.update(rows_by_day(known, self.zone))


def offenders(contract: Contract, rule: str, rows: pa.RecordBatch, where: str, show_pii: bool) -> list[Offender]:
    """Rows as offenders against a rule: the columns that it is about, or all where the row could not be taken apart."""
    about = columns_of(contract, rule)
    names = [name for name in rows.schema.names if name in (about or contract.names)]
    told = masked(rows.select(names), contract, show_pii).to_pylist()
    return [Offender(where, {name: value for name, value in row.items() if about or value is not None}) for row in told]


def columns_of(contract: Contract, rule: str) -> tuple[str, ...]:
    """The columns that a rule of the contract is about; none for a row that could not be taken apart."""
    return next((each.columns for each in rules_of(contract) if each.name == rule), ())


def about_rule(contract: Contract, name: str) -> str:
    """A rule in words."""
    found: Rule | None = next((rule for rule in rules_of(contract) if rule.name == name), None)
    return found.about if found else "can be taken apart as its format says"
