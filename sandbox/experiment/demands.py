"""What somebody asks for from outside, done to a loop: a change of the world, a share, learning anew, a step back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.experiment.decisions import Decision, rolled_back
from sandbox.experiment.inputs import Input, applied, arms_meant
from sandbox.sources.opening import world_of

if TYPE_CHECKING:
    from sandbox.experiment.loop import Loop


def do(loop: Loop, given: Input) -> None:
    """Do it at the moment that the loop has reached."""
    plan = applied(loop.plan, given, len(loop.taken))
    if plan is not loop.plan:
        loop.plan = plan
        loop.feed.go_on(plan, world_of(plan, {loop.shelves.events: loop.showing}))
        if loop.stage.counter is not None:
            loop.stage.counter.stream = loop.feed.stream
    if given.what == "share":
        _give_share(loop, given)
    for arm in arms_meant(given, loop.shelves):
        if given.what == "retrain":
            loop.retrain(arm, "demand")
        elif given.what == "roll back":
            policy = loop.shelves.arms[arm].policy
            loop.decide(rolled_back(loop.champions, arm, policy, loop.now_us, "asked for from outside"))


def _give_share(loop: Loop, given: Input) -> None:
    """Let arms have another share, of which a stage of its own tells; nothing where all of them were stopped."""
    arms = arms_meant(given, loop.shelves)
    before = loop.traffic.shares(loop.now_us)
    arms_now = loop.traffic.give(dict.fromkeys(arms, given.size), loop.now_us)
    if loop.traffic.open.isdisjoint(arms):
        return
    loop.showing.arms = arms_now
    loop.stage = loop.stage_from(loop.now_us)
    for arm in sorted(loop.traffic.open.intersection(arms)):
        policy, version = loop.shelves.arms[arm].policy, loop.champions.version(arm)
        if before[policy] == given.size:
            continue
        way = "lowered" if given.size < before[policy] else "raised"
        said = f"{way} from outside from {before[policy]:.1%} to {given.size:.1%}"
        loop.decide(Decision(loop.now_us, arm, policy, "share", version, cause="demand", because=said))
