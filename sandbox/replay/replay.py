"""A replay, as a story: streams in order, sinks opened, rows sent at their pace, a checkpoint, a receipt."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.errors import InputError, Interrupted, OutsideError, SandboxError
from sandbox.replay.checkpoint import Checkpoint, Position, locked, read_checkpoint
from sandbox.replay.clock import Clock, SystemClock
from sandbox.replay.lane import Lane, close_all
from sandbox.replay.opening import ordered
from sandbox.replay.order import merged
from sandbox.replay.receipt import PaceReceipt, Receipt, StreamReceipt
from sandbox.replay.refused import RefusedRows
from sandbox.replay.sending import Sender, Timing, Told
from sandbox.replay.stream import Ordered, from_row
from sandbox.replay.work import Work
from sandbox.scenario.outlets import Errand
from sandbox.sinks.places import failed

if TYPE_CHECKING:
    from sandbox.world.world import World


class Stopped(OutsideError):  # noqa: N818  (the user may have wanted it)
    """A replay that stopped before its end, with the receipt of what it did."""

    def __init__(self, error: SandboxError, receipt: Receipt) -> None:
        self.receipt = receipt
        self.exit_code = error.exit_code
        super().__init__(str(error))


def replay(
    work: Work, *, world: World | None = None, clock: Clock | None = None, listen: Told | None = None
) -> Receipt:
    """Send streams to their sinks; broken off at any moment and called again, it goes on where it stopped.

    Args:
        work: what to send, where, and how.
        world: of the plan, if the caller has one already.
        clock: to pace by.
        listen: told of rows sent and of the lag, about once a second.
    Raises:
        InputError: a source does not fit its contract, or a sink cannot hold it. Nothing was sent.
        Stopped: a sink or a source failed for good, or the user broke off; it has the receipt.
    """
    clock = clock or SystemClock()
    with _in_words(work), locked(work.folder):
        # 1. Where an earlier try of the same stopped, if there was one.
        checkpoint = _checkpoint(work)
        # 2. Every source and every sink is opened before anything is sent.
        with _nothing_left(work):
            lanes = _lanes(work, checkpoint, ordered(work, checkpoint, world, clock))
        try:
            # 3. Rows are merged, and sent when they are due.
            sitting = _Sitting(work, checkpoint, lanes, clock, listen or _unheard)
            sitting.carry_out()
            return sitting.receipt
        finally:
            close_all(lanes)


@dataclass
class _Sitting:
    """One time at work, from opening to receipt."""

    work: Work
    checkpoint: Checkpoint
    lanes: Sequence[Lane]
    clock: Clock
    listen: Told
    timing: Timing = field(default_factory=Timing)
    stopped: str = ""

    def carry_out(self) -> None:
        """Send everything and settle it; whatever stops that, keep what is known."""
        self.checkpoint.sittings.append({})
        try:
            with _in_words(self.work):
                self._send()
                self._flush()
                self.checkpoint.done = True
                shutil.rmtree(self.work.folder / "sorted", ignore_errors=True)
        except SandboxError as error:
            self.stopped = str(error)
            if isinstance(error, Interrupted):
                self._flush_if_possible()
            self._settle()
            raise Stopped(error, self.receipt) from error
        except BaseException:
            self.stopped = "it failed"
            raise
        finally:
            self._settle()
            with _in_words(self.work):
                self._keep()
                self.receipt.write(self.work.folder)

    def _send(self) -> None:
        windows = merged([from_row(lane.stream, lane.position.mark, lane.began) for lane in self.lanes])
        sender = Sender(
            self.lanes,
            self.work.wishes.pace,
            self.clock,
            self._keep,
            self.listen,
            self.checkpoint,
            self.timing,
        )
        sender.send(windows)

    def _flush(self) -> None:
        begun = self.clock.seconds()
        for lane in self.lanes:
            lane.outlet.flush()
        self.timing.settled(self.clock.seconds() - begun)

    def _flush_if_possible(self) -> None:
        """Learn the fate of what is under way, so that nothing has to be sent twice; a second Ctrl-C gives that up."""
        try:
            self._flush()
        except (KeyboardInterrupt, SandboxError, OSError):
            return

    def _settle(self) -> None:
        for lane in self.lanes:
            lane.settle()
            lane.position.reserved = lane.reached

    def _keep(self) -> None:
        self.checkpoint.sittings[-1] = {"rows": self.timing.rows, "most_lag_s": round(self.timing.most_lag_s, 3)}
        for lane in self.lanes:
            lane.position.set_aside = dict(lane.stream.aside.counts)
        self.checkpoint.write(self.work.folder)

    @property
    def receipt(self) -> Receipt:
        """As things stand."""
        return Receipt(
            scenario=self.work.plan.name,
            done=self.checkpoint.done,
            streams={lane.name: _stream_receipt(lane) for lane in self.lanes},
            pace=_pace_receipt(self.work, self.timing),
            sittings=len(self.checkpoint.sittings),
            order=self.work.wishes.order,
            moved_by_s=self.checkpoint.shift_us / 1e6,
            folder=str(self.work.folder),
            stopped=self.stopped,
        )


def _checkpoint(work: Work) -> Checkpoint:
    known = None if work.wishes.fresh else read_checkpoint(work.folder)
    lasting = all(part.lasts for part in work.parts.values())
    exact = all(part.guarantee == "exactly-once" for part in work.parts.values())
    if known is not None and known.identity == work.identity and lasting and (exact or not known.done):
        known.done = False
        return known
    for left in ("sorted", "set-aside"):
        shutil.rmtree(work.folder / left, ignore_errors=True)
    return Checkpoint(work.identity, {name: Position() for name in work.streams})


def _lanes(work: Work, checkpoint: Checkpoint, streams: Mapping[str, Ordered]) -> list[Lane]:
    lanes: list[Lane] = []
    try:
        for name, stream in streams.items():
            errand = Errand(
                stream.contract,
                work.errand_name(name, checkpoint.shift_us),
                patience_s=work.wishes.patience_s,
            )
            part = work.parts[name]
            refused = RefusedRows(work.folder / f"refused-{name}.jsonl")
            outlet = part.connect(errand)
            lane = Lane(name, stream, part, work.to[name], outlet, checkpoint.streams[name], refused)
            lanes.append(lane)
            lane.begin()
    except BaseException:
        close_all(lanes)
        for stream in streams.values():
            stream.close()
        raise
    _refuse_to_mix(work, lanes)
    return lanes


def _refuse_to_mix(work: Work, lanes: Sequence[Lane]) -> None:
    """A fresh beginning cannot take back what a sink with books of its own holds."""
    holding = [lane for lane in lanes if work.wishes.fresh and lane.is_exact and lane.began]
    if holding:
        held = ", ".join(f"{lane.began:,} rows of {lane.name}" for lane in holding)
        close_all(lanes)
        raise InputError(f"{holding[0].to}: holds {held} of this replay; take them away, or name another place.")


def _stream_receipt(lane: Lane) -> StreamReceipt:
    position = lane.position
    again = sum(after - first for first, after in position.resent)
    return StreamReceipt(
        to=lane.to,
        guarantee=lane.part.guarantee,
        asked=lane.reached,
        sent=lane.reached + again,
        acknowledged=position.settled - position.refused,
        refused=position.refused,
        unknown=lane.reached - position.settled,
        retried=position.retried,
        may_be_double=tuple(position.resent),
        refused_in=str(lane.refused.path) if position.refused else None,
        reasons=dict(lane.refused.reasons),
        set_aside=lane.stream.aside.broken,
        set_aside_in=str(lane.stream.aside.folder) if lane.stream.aside.rows else None,
    )


def _pace_receipt(work: Work, timing: Timing) -> PaceReceipt:
    seconds = timing.last_s - timing.first_s
    scheduled = timing.last_due_s - (timing.first_due_s or 0.0)
    is_paced = 0 < scheduled < float("inf")
    return PaceReceipt(
        asked=work.wishes.pace.asked(),
        rows=timing.rows,
        seconds=round(seconds, 3),
        rows_per_second=round(timing.rows / seconds, 3) if seconds > 0 else 0.0,
        asked_per_second=round(timing.rows / scheduled, 3) if is_paced else None,
        error=round(seconds / scheduled - 1, 5) if is_paced else None,
        lag_s=round(timing.lag_s, 3),
        most_lag_s=round(timing.most_lag_s, 3),
    )


@contextmanager
def _nothing_left(work: Work) -> Iterator[None]:
    """Of a replay that never began, leave no folder behind."""
    try:
        yield
    except BaseException:
        if read_checkpoint(work.folder) is None:
            shutil.rmtree(work.folder, ignore_errors=True)
            with suppress(OSError):  # others have folders there
                work.folder.parent.rmdir()
                work.folder.parent.parent.rmdir()
        raise


def _unheard(rows: int, lag_s: float) -> None:
    """Nobody wants to know."""


@contextmanager
def _in_words(work: Work) -> Iterator[None]:
    """What stops a replay, in the house's words. Sinks and sources have told theirs: what is left is its own folder."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("interrupted; the same command goes on where it stopped.") from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise failed(str(error.filename or work.folder), "the replay cannot go on", error) from error
