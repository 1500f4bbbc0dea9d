"""Who looks on: each is sent the newest of each kind of news, and what they were too slow for is left out.

So a listener costs a few bytes whatever they do, and one who stalls holds up nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

MOST = 1_000
"""Listeners at once."""
PATIENCE_S = 15.0
"""After so long without news a listener is told that the line is open."""


@dataclass(eq=False)
class Listeners:
    """Those who look on, and the newest news."""

    count: int = 0
    _news: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """By kind: which news it was, counted over all kinds, and as it is sent."""
    _last: int = 0
    _fresh: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _closed: bool = False

    def tell(self, kind: str, text: bytes) -> None:
        """Send news to all, from any thread; `text` has no line breaks."""
        self._last += 1
        self._news[kind] = (self._last, b"event: %b\ndata: %b\n\n" % (kind.encode(), text))
        self._wake()

    def close(self) -> None:
        """Let all of them go, from any thread."""
        self._closed = True
        self._wake()

    async def heard(self) -> AsyncIterator[bytes]:
        """What one listener is sent, in the form of server-sent events: at first the newest of each kind."""
        self._loop = asyncio.get_running_loop()
        self.count += 1
        seen = 0
        try:
            yield b"retry: 1000\n\n"
            while not self._closed:
                fresh = self._fresh
                some = sorted(news for news in self._news.values() if news[0] > seen)
                if some:
                    seen = some[-1][0]
                    yield b"".join(text for _, text in some)
                    continue
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        await fresh.wait()
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self.count -= 1

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._rouse)

    def _rouse(self) -> None:
        self._fresh, before = asyncio.Event(), self._fresh
        before.set()
