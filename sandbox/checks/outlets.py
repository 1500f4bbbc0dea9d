"""Live sinks: what is sent arrives, whole and in order, and what the sink says of it is true, after a crash too."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sandbox.checks.check import Broken, Suite, shown
from sandbox.checks.outlet_subject import OutletSubject, in_sequence, numbered
from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account

_LONG = 300


def hard_values_arrive(subject: OutletSubject) -> Broken | None:
    """Limits of integers, NaN, nulls, Unicode, zones and nesting are at the other side as they were sent."""
    with subject.place() as place:
        contract, batch = subject.hard()
        with place.opened(contract) as outlet:
            outlet.send(batch)
            outlet.flush()
        return _same(place.read(contract), subject.texts(contract, [batch]))


def rows_of_a_key_stay_in_order(subject: OutletSubject) -> Broken | None:
    """Many batches, small ones and large ones, arrive with the rows of each key in the order of their sending."""
    with subject.place() as place:
        contract, batch = numbered(300)
        with place.opened(contract) as outlet:
            for first, after in ((0, 1), (1, 2), (2, 40), (40, 41), (41, 300)):
                outlet.send(batch.slice(first, after - first))
            outlet.flush()
        return in_sequence(place.table(contract), 300)


def an_empty_batch_is_nothing(subject: OutletSubject) -> Broken | None:
    """A batch without rows is taken, counts nothing, and nothing arrives; what follows it does."""
    with subject.place() as place:
        contract, batch = numbered(5)
        with place.opened(contract) as outlet:
            outlet.send(batch.slice(0, 0))
            outlet.flush()
            if outlet.account() != Account():
                return Broken(f"{outlet.account()} after an empty batch", f"{Account()}")
            outlet.send(batch)
            outlet.flush()
        return in_sequence(place.table(contract), 5)


def closing_again_changes_nothing(subject: OutletSubject) -> Broken | None:
    """A second `close` does nothing, and what was flushed stays."""
    with subject.place() as place:
        contract, batch = numbered(5)
        outlet = place.open(contract)
        outlet.send(batch)
        outlet.flush()
        outlet.close()
        place.close()
        return in_sequence(place.table(contract), 5)


def the_account_adds_up(subject: OutletSubject) -> Broken | None:
    """At any time settled <= acknowledged + refused <= sent, none of them falls, and after a flush all are equal."""
    with subject.place() as place:
        contract, batch = numbered(200)
        with place.opened(contract) as outlet:
            before = Account()
            for first in range(0, 200, 20):
                outlet.send(batch.slice(first, 20))
                now = outlet.account()
                known = now.acknowledged + now.refused
                if now.sent != first + 20 or not now.settled <= known <= now.sent:
                    return Broken(f"{now} after {first + 20} rows", "sent rows counted, and no more known than sent")
                fallen = [name for name in ("acknowledged", "settled") if getattr(now, name) < getattr(before, name)]
                if fallen:
                    return Broken(
                        f"{fallen[0]} fell to {getattr(now, fallen[0])}", f"{getattr(before, fallen[0])} or more"
                    )
                before = now
            outlet.flush()
            now = outlet.account()
            done = (now.sent, now.acknowledged, now.refused, now.settled)
            return None if done == (200, 200, 0, 200) else Broken(f"{now} after a flush", "200 rows in all of them")


def what_is_settled_is_there_after_a_crash(subject: OutletSubject) -> Broken | None:
    """Left in the middle without a word, a sink has what it called settled; sent on from there, nothing is missing.

    An exactly-once sink then has no row twice; another one none but those that were sent and not settled.
    """
    with subject.place() as place:
        contract, batch = numbered(120)
        crashed = place.open(contract)
        for first in range(0, 80, 10):
            crashed.send(batch.slice(first, 10))
        settled = crashed.account().settled
        with place.opened(contract, ask_held=False) as outlet:
            held = outlet.held()
            begin = settled if held is None else held
            if not settled <= begin <= 80:
                return Broken(f"{begin} rows held", f"from the {settled} that were settled to the 80 that were sent")
            outlet.send(batch.slice(begin))
            outlet.flush()
        found = place.table(contract).column("number").to_pylist()
        missing = sorted(set(range(120)) - set(found))
        if missing:
            return Broken(f"row {missing[0]} missing, and {len(missing) - 1} more", "every row")
        may_be = range(settled, 80) if held is None else range(0)
        doubled = sorted(row for row in set(found) if found.count(row) > 1 and row not in may_be)
        return Broken(f"row {doubled[0]} twice", f"no row twice but of {may_be}") if doubled else None


def books_are_kept_where_promised(subject: OutletSubject) -> Broken | None:
    """An exactly-once sink tells how many rows it holds, from 0 on, of the same errand alone; others tell None."""
    with subject.place() as place:
        contract, batch = numbered(30)
        exact = subject.part_at(place.folder).guarantee == "exactly-once"
        with place.opened(contract, ask_held=False) as outlet:
            first = outlet.held()
            outlet.send(batch)
            outlet.flush()
        with place.opened(contract, ask_held=False) as outlet:
            second = outlet.held()
        wanted = (0, 30) if exact else (None, None)
        return None if (first, second) == wanted else Broken(f"{first} rows held, then {second}", f"{wanted}")


def refused_rows_are_told(subject: OutletSubject) -> Broken | None:
    """A row that the sink will never take is named once, with a reason; all others arrive, and the account says so."""
    with subject.place() as place:
        if subject.sample.refusing is None:
            return None
        contract, batch, wanted = subject.sample.refusing()
        with place.opened(contract) as outlet:
            outlet.send(batch)
            outlet.flush()
            told = sorted(outlet.refusals(), key=lambda refusal: refusal.row)
            account = outlet.account()
            again = outlet.refusals()
        rows = [refusal.row for refusal in told]
        if rows != sorted(wanted) or again:
            return Broken(f"the rows {shown(rows)} refused, then {len(again)} more", shown(sorted(wanted)))
        if not all(refusal.reason.strip() for refusal in told):
            return Broken("a refusal without a reason", "a reason")
        if (account.refused, account.acknowledged) != (len(wanted), batch.num_rows - len(wanted)):
            return Broken(f"{account}", f"{len(wanted)} refused and the others acknowledged")
        kept = batch.filter(pa.array(~np.isin(np.arange(batch.num_rows), list(wanted))))
        return _same(place.read(contract), subject.texts(contract, [kept]))


def sending_waits_for_the_sink(subject: OutletSubject) -> Broken | None:
    """However much is sent, no more rows are under way than the sample allows: `send` waits."""
    with subject.place() as place:
        most = subject.sample.most_pending
        contract, batch = numbered(max(most // 4, 1))
        with place.opened(contract) as outlet:
            for _ in range(9):
                outlet.send(batch)
                now = outlet.account()
                pending = now.sent - now.acknowledged - now.refused
                if pending > most:
                    return Broken(f"{pending:,} rows under way", f"{most:,} at most")
            outlet.flush()
    return None


def who_does_not_answer_is_told(subject: OutletSubject) -> Broken | None:
    """A sink that cannot be reached ends in an OutsideError with words, after the patience that it was given."""
    if subject.sample.unreachable is None:
        return None
    told = subject.unreachable_error()
    if not isinstance(told, OutsideError):
        return Broken("no error" if told is None else f"{type(told).__name__}: {told}"[:_LONG], "an OutsideError")
    return (
        None if len(str(told)) > 10 and "\n" not in str(told) else Broken(shown(str(told)), "what failed, in one line")
    )


def secrets_are_never_shown(subject: OutletSubject) -> Broken | None:
    """What the environment holds in secret stands in no configuration, no text and no error of the part."""
    with subject.place() as place:
        part = subject.part_at(place.folder)
        texts = {
            "its repr": repr(part),
            "its fields": str(part.model_dump()),
            "touches": str(part.touches()),
            "an error": str(subject.unreachable_error()) if subject.sample.unreachable else "",
        }
        for name, text in texts.items():
            if any(secret in text for secret in subject.sample.secrets.values()):
                return Broken(f"a secret in {name}", "none")
    return None


def _same(found: list[str], wanted: list[str]) -> Broken | None:
    """Whether the same rows arrived, in whatever order: an outlet may have partitions."""
    found, wanted = sorted(found), sorted(wanted)
    if len(found) != len(wanted):
        return Broken(f"{len(found):,} rows", f"{len(wanted):,}")
    for seen, expected in zip(found, wanted, strict=True):
        if seen != expected:
            at = next((place for place, (a, b) in enumerate(zip(seen, expected, strict=False)) if a != b), 0)
            return Broken(shown(seen[max(at - 20, 0) :]), shown(expected[max(at - 20, 0) :]))
    return None


SUITE = Suite(
    "sandbox.outlets",
    (
        hard_values_arrive,
        rows_of_a_key_stay_in_order,
        an_empty_batch_is_nothing,
        closing_again_changes_nothing,
        the_account_adds_up,
        what_is_settled_is_there_after_a_crash,
        books_are_kept_where_promised,
        refused_rows_are_told,
        sending_waits_for_the_sink,
        who_does_not_answer_is_told,
        secrets_are_never_shown,
    ),
)
