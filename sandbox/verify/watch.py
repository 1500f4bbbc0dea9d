"""Verify a source that goes on: the same counts, told again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.rules import rules_of
from sandbox.errors import InputError
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import can_be_followed, open_following, origin
from sandbox.verify.findings import Finding
from sandbox.verify.tally import Tally
from sandbox.verify.verify import chosen, finding

Tell = Callable[[Sequence[Finding], Mapping[str, int | None]], None]


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
    with ExitStack() as stack:
        sources = {name: stack.enter_context(closing(open_following(plan, name))) for name in names}
        tallies = {name: Tally(source.contract, plan.clock.zone, wishes.show_pii) for name, source in sources.items()}
        checks = {name: RowCheck(source.contract) for name, source in sources.items()}
        for _ in _beats(wishes, tallies):
            until = time.monotonic() + wishes.every_s
            while (left := until - time.monotonic()) > 0:
                for name, source in sources.items():
                    for rows in source.poll(min(left, wishes.every_s) / len(sources) / 4):
                        checked = rows if isinstance(rows, Checked) else checks[name](rows)
                        tallies[name].add(checked, f"row {tallies[name].rows + 1:,} on")
            tell(_findings(plan, tallies), {name: source.lag() for name, source in sources.items()})
        return _findings(plan, tallies)


def _beats(wishes: WatchWishes, tallies: dict[str, Tally]) -> Iterator[None]:
    """Once each time that something is to be told, until it is time to stop."""
    begun = last = time.monotonic()
    seen = -1
    while True:
        rows = sum(tally.rows for tally in tallies.values())
        now = time.monotonic()
        if rows != seen:
            seen, last = rows, now
        if wishes.for_s is not None and now - begun >= wishes.for_s:
            return
        if wishes.idle_s is not None and now - last >= wishes.idle_s:
            return
        yield


def _findings(plan: Plan, tallies: dict[str, Tally]) -> list[Finding]:
    return [finding(tally, origin(plan, name), _unjudged(tally)) for name, tally in tallies.items()]


def _unjudged(tally: Tally) -> list[str]:
    return [f"{rule.name}: needs all rows" for rule in rules_of(tally.contract) if rule.across]
