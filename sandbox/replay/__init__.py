"""Replay: streams sent to their sinks in order, at a pace, from where the last try stopped, with a receipt."""

from sandbox.replay.receipt import PaceReceipt, Receipt, StreamReceipt
from sandbox.replay.replay import Stopped, replay
from sandbox.replay.sending import Told
from sandbox.replay.work import Wishes, Work, work_of

__all__ = ["PaceReceipt", "Receipt", "Stopped", "StreamReceipt", "Told", "Wishes", "Work", "replay", "work_of"]
