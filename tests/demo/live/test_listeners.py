"""Listeners: the newest of each kind, for any number of them, whatever they do."""

import asyncio
import threading
import tracemalloc

from sandbox.demo.live.listeners import Listeners


async def some(listener, count):
    return [await anext(listener) for _ in range(count)]


def test_who_comes_late_hears_the_newest_of_each_kind():
    async def go():
        listeners = Listeners()
        listeners.tell("scene", b"1")
        listeners.tell("now", b"2")
        listeners.tell("now", b"3")
        _, first = await some(listeners.heard(), 2)
        return first

    assert asyncio.run(go()) == b"event: scene\ndata: 1\n\nevent: now\ndata: 3\n\n"


def test_news_from_another_thread_is_heard_at_once_and_only_once():
    async def go():
        listeners = Listeners()
        listeners.tell("now", b"1")
        heard = listeners.heard()
        await some(heard, 2)
        teller = threading.Thread(target=listeners.tell, args=("now", b"2"))
        teller.start()
        found = await asyncio.wait_for(anext(heard), 5)
        teller.join()
        return found

    assert asyncio.run(go()) == b"event: now\ndata: 2\n\n"


def test_all_go_when_it_is_over():
    async def go():
        listeners = Listeners()
        gathered = [listeners.heard() for _ in range(3)]
        for each in gathered:
            await anext(each)
        assert listeners.count == 3
        listeners.close()
        left = [[text async for text in each] for each in gathered]
        return left, listeners.count

    assert asyncio.run(go()) == ([[], [], []], 0)


def test_a_hundred_who_stall_cost_no_more_the_longer_it_goes_on():
    async def go():
        listeners = Listeners()
        stalled = [listeners.heard() for _ in range(100)]
        for each in stalled:
            await anext(each)
        sizes = []
        for _ in range(3):
            for number in range(500):
                listeners.tell("now", b"%d" % number * 1_000)
                await asyncio.sleep(0)
            sizes.append(tracemalloc.get_traced_memory()[0])
        return sizes

    tracemalloc.start()
    try:
        sizes = asyncio.run(go())
    finally:
        tracemalloc.stop()
    assert sizes[-1] < sizes[0] + 200_000
