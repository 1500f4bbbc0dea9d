"""A pipe, as a story: both ends opened, rows taken and sent on, what is settled kept, and a receipt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sandbox.errors import InputError, OutsideError, SandboxError
from sandbox.pipe.checkpoint import Checkpoint, read_checkpoint
from sandbox.pipe.intake import Intake, Judged, PassedOn
from sandbox.pipe.receipt import Pulse, Receipt
from sandbox.pipe.sending import Sending
from sandbox.pipe.work import Work
from sandbox.replay.checkpoint import locked
from sandbox.sinks.places import failed

POLL_S = 0.25


class Stopped(OutsideError):  # noqa: N818  (the user may have wanted it)
    """A pipe that could not go on, with the receipt of what it did."""

    def __init__(self, error: SandboxError, receipt: Receipt) -> None:
        self.receipt = receipt
        self.exit_code = error.exit_code
        super().__init__(str(error))


def pipe(work: Work, tell: Callable[[Pulse], None] = lambda pulse: None) -> Receipt:
    """Send on what comes, until it is time to stop; stopped in any way and called again, it goes on from there.

    Ctrl-C is a way to stop like others: what is under way is waited for, and the receipt is given.

    Args:
        work: from where to where, and until when.
        tell: told how things stand, every so often.
    Raises:
        InputError: an end does not fit; nothing was sent.
        Stopped: an end failed for good; it has the receipt.
    """
    with locked(work.folder):
        # 1. Where an earlier try of the same stopped.
        checkpoint = _checkpoint(work)
        # 2. What it left under way goes first, and then the source is opened from where it stood.
        sending = Sending(work, checkpoint)
        began = time.monotonic()
        stopped = ""
        intake: Intake | None = None
        try:
            with _in_words(work):
                sending.go_on()
                intake = _opened(work, sending)
                # 3. Rows are taken and sent on; the sink's pace is the source's.
                _carry_on(work, intake, sending, tell)
                sending.finish()
        except KeyboardInterrupt:
            _finish_if_possible(work, sending)
        except SandboxError as error:
            stopped = str(error)
            if isinstance(error, InputError) and not sending.reached:
                raise
            sending.settle()
            raise Stopped(error, sending.receipt(0.0, None, stopped)) from error
        finally:
            # 4. Whatever happened, what is known is kept.
            receipt = sending.receipt(time.monotonic() - began, _lag_of(intake), stopped)
            sending.close(receipt)
            if intake is not None:
                intake.close()
        return receipt


def _checkpoint(work: Work) -> Checkpoint:
    known = None if work.wishes.fresh else read_checkpoint(work.folder, work.identity)
    return known or Checkpoint(work.identity)


def _opened(work: Work, sending: Sending) -> Intake:
    from sandbox.sources.following import MappedFollowing

    mark = sending.latest
    raw = work.source.follow(".", mark.position)
    if work.contract is None:
        return PassedOn(raw, sending.contract)
    return Judged(MappedFollowing(raw, work.binding, work.contract, work.from_, mark.seen))


def _carry_on(work: Work, intake: Intake, sending: Sending, tell: Callable[[Pulse], None]) -> None:
    wishes = work.wishes
    began = told = came = time.monotonic()
    rows = sending.reached
    while True:
        taken = intake.poll(POLL_S)
        sending.take(taken, intake)
        now = time.monotonic()
        came = now if taken else came
        if now - told >= wishes.every_s:
            tell(sending.pulse((sending.reached - rows) / (now - told), _lag_of(intake), intake.behind_s()))
            told, rows = now, sending.reached
        if wishes.for_s is not None and now - began >= wishes.for_s:
            return
        if wishes.until_idle_s is not None and now - came >= wishes.until_idle_s:
            return


def _lag_of(intake: Intake | None) -> int | None:
    """What waits at the source, if it still answers."""
    try:
        return None if intake is None else intake.lag()
    except SandboxError:
        return None


def _finish_if_possible(work: Work, sending: Sending) -> None:
    """Learn the fate of what is under way, so that nothing has to be sent twice; a second Ctrl-C gives that up."""
    try:
        with _in_words(work):
            sending.finish()
    except (KeyboardInterrupt, SandboxError):
        return


@contextmanager
def _in_words(work: Work) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise failed(str(error.filename or work.folder), "the pipe cannot go on", error) from error
