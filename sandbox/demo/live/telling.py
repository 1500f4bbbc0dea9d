"""What a show tells those who look on: the moment each time, the arms once a day, the story when it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from sandbox.demo.live.arms import ArmsSoFar
from sandbox.demo.live.listeners import Listeners
from sandbox.demo.live.pace import Achieved, Pace
from sandbox.demo.live.reviews import Reviews
from sandbox.demo.live.scene import scene_of
from sandbox.demo.live.story import Story
from sandbox.demo.live.traffic import Traffic, Way
from sandbox.experiment.loop import Loop


@dataclass(eq=False)
class Telling:
    """What is to see of a loop, told as far as it is new."""

    loop: Loop
    pace: Pace
    traffic: Traffic
    reviews: Reviews
    listeners: Listeners
    _way: Way = field(init=False)
    _arms: ArmsSoFar = field(default_factory=ArmsSoFar)
    _story: Story = field(default_factory=Story)
    _told_days: tuple[int, int] = (-1, -1)
    _told_story: tuple[int, int] = (-1, -1)
    _achieved: Achieved = field(default_factory=Achieved)

    def __post_init__(self) -> None:
        """The way of the events as it is planned."""
        self._way = Way.of(self.loop.plan, self.loop.shelves.events)

    def begin(self, kinds: list[str], truth: bool) -> None:
        """Tell what does not change, and how it stands.

        Args:
            kinds: what people do, in the order of the funnel.
            truth: whether the page may show what only the world knows.
        """
        self.listeners.tell("scene", orjson.dumps(scene_of(self.loop.plan, self.loop, kinds, truth)))
        self.tell()

    def tell(self) -> None:
        """Tell what is new."""
        loop, days = self.loop, self.loop.stage.passed(self.loop.now_us)
        taken = len(loop.taken)
        if taken != self._told_story[1] and any(each.what == "break" for each in loop.taken[self._told_story[1] :]):
            self._way = Way.of(loop.plan, loop.shelves.events)
        self.listeners.tell("now", orjson.dumps(self._now()))
        is_later, is_caused = (loop.stage.since_us, days) != self._told_days, taken != self._told_story[1]
        if is_later:
            self._told_days = (loop.stage.since_us, days)
            self._story.look(loop)
            self._told_story = (-1, -1)
        if is_later or is_caused:  # another share begins a stage, also where one has just begun
            self.listeners.tell("arms", orjson.dumps(self._arms.told(loop)))
        if (len(loop.decisions), taken) != self._told_story:
            self._told_story = (len(loop.decisions), taken)
            self.listeners.tell("story", orjson.dumps(self._story.told(loop, loop.taken)))

    def went_on(self) -> None:
        """Tell what is new after a step, and how fast that was."""
        self._achieved.look(self.loop.now_us, self._happened)
        self.tell()

    def fail(self, why: str) -> None:
        """Tell that it stands still for good, and why."""
        self.listeners.tell("now", orjson.dumps({**self._now(), "failure": why, "running": False}))

    @property
    def _happened(self) -> int:
        """Rows until now, arrived or not."""
        reached = self.loop.feed.delivered
        return self.traffic.rows if reached is None else reached.events

    def _now(self) -> dict[str, Any]:
        loop, pace, reached = self.loop, self.pace, self.loop.feed.delivered
        newest = None if reached is None or reached.tally.arrived == 0 else reached.tally.latest_us
        told: dict[str, Any] = {
            "at": loop.now_us // 1000,
            "speed": pace.speed,
            "running": pace.running or pace.jump_us is not None,
            "jump": None if pace.jump_us is None else pace.jump_us // 1000,
            "over": loop.is_over,
            "failure": "",
            "achieved": [round(each, 1) for each in self._achieved.by_second],
            "rows": self._happened,
            "traffic": self.traffic.by_hour(loop.now_us, reached),
            "funnel": self.traffic.funnel(loop.now_us),
            "stages": self._way.told(loop.now_us, reached),
            "outages": self._way.outages(loop.now_us),
            "reviews": self.reviews.told(loop.now_us),
        }
        if reached is not None:
            told["lag"] = self.traffic.lag(loop.now_us, reached)
            told["fresh_s"] = None if newest is None else round((loop.now_us - newest) / 1e6)
        return told
