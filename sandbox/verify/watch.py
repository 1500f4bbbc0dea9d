"""Verify a source that goes on: the same counts and likely causes, told again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.rules import rules_of
from sandbox.errors import InputError
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import can_be_followed, open_following, origin
from sandbox.verify.findings import Finding
from sandbox.verify.likely import Cause, causes_of
from sandbox.verify.noticed import Noticed
from sandbox.verify.promised import Promised, promised
from sandbox.verify.tally import Tally
from sandbox.verify.verify import chosen, finding

if TYPE_CHECKING:
    from sandbox.sources.following import MappedFollowing

Tell = Callable[[Sequence[Finding], Mapping[str, int | None]], None]
_SURE = 20


@dataclass(frozen=True, slots=True)
class WatchWishes:
    """How long, and how often it is told."""

    every_s: float = 5.0
    for_s: float | None = None
    idle_s: float | None = None
    show_pii: bool = False


def watch(plan: Plan, datasets: Sequence[str] | None, wishes: WatchWishes, tell: Tell) -> list[Finding]:
    """Hold what comes against the contracts, from where each source says itself, until it is time to stop.

    Keys need all rows and are not judged; whether an event came twice is for `run --follow` to count.

    Args:
        datasets: which; by default all that can be followed.
        tell: told of the findings so far, and of the rows that wait at each source.
    Raises:
        InputError: nothing can be followed, or a dataset that was named cannot.
        OutsideError: a source does not answer any more.
    """
    names = [name for name in chosen(plan, datasets) if datasets or can_be_followed(plan, name)]
    stuck = [name for name in names if not can_be_followed(plan, name)]
    if stuck or not names:
        whose = f"'{stuck[0]}'" if stuck else "nothing of the target"
        raise InputError(f"{whose} can be watched; only what goes on can: kafka, kinesis, postgresql, folders.")
    dummies = {name: promised(plan, name) for name in names}
    with ExitStack() as stack:
        watched = [
            _Watched(plan, stack.enter_context(closing(open_following(plan, name))), dummies[name], wishes.show_pii)
            for name in names
        ]
        for _ in _beats(wishes, watched):
            until = time.monotonic() + wishes.every_s
            while (left := until - time.monotonic()) > 0:
                for each in watched:
                    each.poll(min(left, wishes.every_s) / len(watched) / 4)
            tell([each.finding() for each in watched], {each.dataset: each.source.lag() for each in watched})
        return [each.finding() for each in watched]


class _Watched:
    """A source, and what was seen of it so far."""

    def __init__(self, plan: Plan, source: MappedFollowing, dummy: Promised, show_pii: bool) -> None:
        self.plan, self.source, self.dummy = plan, source, dummy
        self.tally = Tally(source.contract, plan.clock.zone, show_pii)
        self.check = RowCheck(source.contract)
        self.noticed = Noticed()

    @property
    def dataset(self) -> str:
        return self.source.contract.dataset

    def poll(self, wait_s: float) -> None:
        """Count what came since."""
        for rows in self.source.poll(wait_s):
            self.noticed.extra = self.source.ignored()
            self.noticed.add(rows)
            checked = rows if isinstance(rows, Checked) else self.check(rows)
            self.tally.add(checked, f"row {self.tally.rows + 1:,} on")

    def finding(self) -> Finding:
        """What there is to say by now."""
        unjudged = [f"{rule.name}: needs all rows" for rule in rules_of(self.source.contract) if rule.across]
        found = finding(self.tally, origin(self.plan, self.dataset), unjudged)
        return replace(found, likely=self._likely())

    def _likely(self) -> list[Cause]:
        return causes_of(
            self.source.contract,
            self.plan.clock.zone,
            self.noticed,
            self.dummy,
            missing=[name for name in self.source.lacking() if self._was_expected(name)],
            days=self.tally.days,
            show_pii=self.tally.show_pii,
        )

    def _was_expected(self, name: str) -> bool:
        """Whether the dummy would have had some twenty values by now: a message may leave out what it has not."""
        if name not in self.dummy.table.column_names or not self.dummy.table.num_rows:
            return False
        filled = 1 - int(self.dummy.table[name].null_count) / self.dummy.table.num_rows
        return bool(filled * self.noticed.seen >= _SURE)


def _beats(wishes: WatchWishes, watched: Sequence[_Watched]) -> Iterator[None]:
    """Once each time that something is to be told, until it is time to stop."""
    begun = last = time.monotonic()
    seen = -1
    while True:
        rows = sum(each.tally.rows for each in watched)
        now = time.monotonic()
        if rows != seen:
            seen, last = rows, now
        if wishes.for_s is not None and now - begun >= wishes.for_s:
            return
        if wishes.idle_s is not None and now - last >= wishes.idle_s:
            return
        yield
