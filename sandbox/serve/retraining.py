"""Learn anew while calls are answered: from everything that has come in, by wish or by the clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.serve.accepted import Accepted
from sandbox.serve.recommending import Recommendations


@dataclass(eq=False)
class Retraining:
    """One learning at a time, in a thread; what was learnt is adopted between two calls."""

    recommendations: Recommendations
    accepted: Accepted
    failure: str = ""
    """Why the last one did not end well."""
    _running: asyncio.Task[None] | None = None
    _clock: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether one is under way."""
        return self._running is not None and not self._running.done()

    def start(self) -> asyncio.Task[None]:
        """Begin, if none is under way."""
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._learn())
        return self._running

    def start_every(self, seconds: float) -> None:
        """Learn again and again, as long as the server runs."""
        self._clock = asyncio.get_running_loop().create_task(self._every(seconds))

    async def _every(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self.start()

    async def _learn(self) -> None:
        events = self.accepted.events
        try:
            learnt = await asyncio.to_thread(self.recommendations.learnt, events)
        except Exception as error:  # those that serve go on to serve
            self.failure = str(error) or type(error).__name__
            return
        self.failure = ""
        self.recommendations.adopt(learnt)
