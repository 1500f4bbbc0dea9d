"""Reading ahead: the same items in the same order, the same end, and nothing left open."""

from __future__ import annotations

import threading

import pytest

from sandbox.sources.ahead import read_ahead


def test_it_gives_the_same_and_runs_only_so_far_ahead():
    made, seen = [], []

    def items():
        for item in range(20):
            made.append(item)
            yield item

    for item in read_ahead(items(), 3):
        seen.append(item)
        assert len(made) <= len(seen) + 3
    assert seen == list(range(20))


def test_what_ends_the_items_ends_it():
    def items():
        yield 1
        raise OSError("gone")

    ahead = read_ahead(items(), 2)
    assert next(ahead) == 1
    with pytest.raises(OSError, match="gone"):
        next(ahead)


def test_who_leaves_early_leaves_nothing_open():
    closed = threading.Event()

    def items():
        try:
            yield from range(1_000_000)
        finally:
            closed.set()

    ahead = read_ahead(items(), 2)
    assert next(ahead) == 0
    ahead.close()
    assert closed.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "sandbox-ahead"]
