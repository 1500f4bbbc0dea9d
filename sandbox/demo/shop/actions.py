"""What one can do in the shop, as the events by which the scenario's journey tells it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.scenario.language import Journey

USUAL_SLOTS = 6
"""How long a shelf is where the scenario has none."""


@dataclass(frozen=True, slots=True)
class Actions:
    """Events by action; an action without events is not on offer."""

    click: tuple[str, ...]
    """On a product of a shelf: the click, then the look at the product."""
    view: tuple[str, ...]
    """Of a product found elsewhere."""
    basket: tuple[str, ...]
    buy: tuple[str, ...]
    """From the basket on, up to the goal."""
    slots: int = USUAL_SLOTS

    def events(self, action: str) -> tuple[str, ...]:
        """Those of an action by its name. Raises KeyError: there is no such action."""
        return {"click": self.click, "view": self.view, "basket": self.basket, "buy": self.buy}[action]


def actions_of(journey: Journey | None, goal: str | None) -> Actions:
    """Read the actions off a journey.

    The way from looking at a product to the goal is the shortest over states that stay with the same item; its first
    step is the basket where it has several.

    Args:
        journey: of the stream; without one nothing can be done but looking on.
        goal: the event that is a sale.
    """
    states = {} if journey is None else journey.states
    looked = next((name for name, state in states.items() if state.item not in (None, "same") and state.emits), None)
    if looked is None:
        return Actions((), (), (), ())
    view = (str(states[looked].emits),)
    shelf = next((state.shows for state in states.values() if state.shows is not None), None)
    click = (shelf.emits, *view) if shelf is not None and shelf.emits is not None else view
    way = _way(journey, looked, goal)
    basket, buy = (way[:1], way[1:]) if len(way) > 1 else ((), way)
    return Actions(click, view, basket, buy, USUAL_SLOTS if shelf is None else min(shelf.slots, 12))


def _way(journey: Journey | None, start: str, goal: str | None) -> tuple[str, ...]:
    """Events on the shortest way from a state to the goal, without the state's own; empty where none leads there."""
    assert journey is not None
    ways: deque[tuple[str, tuple[str, ...]]] = deque([(start, ())])
    seen = {start}
    while ways:
        at, told = ways.popleft()
        for name in journey.states[at].then:
            state = journey.states.get(name)
            if state is None or name in seen or state.item != "same":
                continue
            seen.add(name)
            further = (*told, state.emits) if state.emits else told
            if state.emits == goal:
                return further
            ways.append((name, further))
    return ()
