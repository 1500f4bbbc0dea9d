"""The connector: rows of a source that goes on, sent on as they come; stopped at any moment, it goes on there."""

from sandbox.pipe.pipe import Stopped, pipe
from sandbox.pipe.receipt import Pulse, Receipt
from sandbox.pipe.work import Wishes, Work, work_of

__all__ = ["Pulse", "Receipt", "Stopped", "Wishes", "Work", "pipe", "work_of"]
