"""Read ahead: what waits for a network is done by a thread of its own, while what came is worked on."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(items: Generator[Item, None, None], most: int) -> Iterator[Item]:
    """The same items, of which another thread makes up to `most` before they are asked for.

    Whatever ends them there ends them here, and who leaves early waits until the other thread has closed them.
    """
    ready: SimpleQueue[Item | _End] = SimpleQueue()
    room, left = threading.Semaphore(most), threading.Event()

    def work() -> None:
        end = _End()
        try:
            with closing(items):
                while room.acquire() and not left.is_set():
                    ready.put(next(items))
        except StopIteration:
            pass
        except BaseException as error:  # told where the items are asked for
            end = _End(error)
        ready.put(end)

    thread = threading.Thread(target=work, name="sandbox-ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := ready.get(), _End):
            yield item
            room.release()
        if item.error is not None:
            raise item.error
    finally:
        left.set()
        room.release()
        thread.join()


class _End:
    """There is no more, or something went wrong."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
