"""Open the demo of a scenario: products, rules and page at once, and the model while one looks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.catalogue import catalogue_of
from sandbox.demo.shop.clock import Clock
from sandbox.demo.shop.learning import Learning
from sandbox.demo.shop.shelves import Shelves, policies_of
from sandbox.demo.shop.shop import Shop
from sandbox.demo.shop.shoppers import Shoppers
from sandbox.demo.shop.travel import Travel
from sandbox.errors import InputError, OutsideError
from sandbox.serve.accepted import Accepted
from sandbox.serve.recommending import Recommendations

if TYPE_CHECKING:
    from sandbox.demo.live.opening import Stage
    from sandbox.runs.ended import Run
    from sandbox.scenario.plan import Plan
    from sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a demo is to be."""

    folder: Path
    """Where the catalogue and what happens in the shop are kept."""
    run: Run | None = None
    """What to learn from; None: a simulation."""
    events: str | None = None
    """The stream, where there are several."""
    speed: float = 60.0
    """How much faster than a watch the shop's time goes."""
    show_pii: bool = False


@contextmanager
def opened(plan: Plan, world: World | None, wishes: Wishes) -> Iterator[Shop]:
    """The shop of a plan, whose model begins to learn.

    Raises:
        InputError: no stream tells which customer met which item, or the items cannot be shown.
        OutsideError: the folder cannot be written.
    """
    recommendations = Recommendations.of(plan, world, None if wishes.run is None else wishes.run.folder, wishes.events)
    source = recommendations.origin.source
    if plan.datasets[source.items].spec.hidden:
        raise InputError(f"{plan.file}: '{source.items}' is hidden, so there are no products to show.")
    catalogue = catalogue_of(plan, source.items, wishes.folder / "catalogue.sqlite", world)
    accepted = Accepted(wishes.folder / "events", recommendations)
    shelves = Shelves(recommendations, policies_of(plan, list(recommendations.parts)))
    shoppers = Shoppers(plan, source.customers, wishes.show_pii)
    shoppers.read_first(world)

    def learn() -> int:
        if not shelves.history:
            shelves.read_history(world)
        learnt = recommendations.learnt(accepted.events)
        recommendations.adopt(learnt)
        shoppers.read_all(world)
        shelves.find_telling(shop.actions.slots)
        return len(learnt.knowledge.events)

    origin = "a simulation" if wishes.run is None else f"run {wishes.run.folder.name}"
    shop = Shop(
        recommendations,
        accepted,
        catalogue,
        shelves,
        shoppers,
        Travel(plan, source.dataset),
        Clock(plan.clock.end_us, wishes.speed),
        Learning(learn, origin),
    )
    shop.learning.start()
    try:
        yield shop
    finally:
        accepted.close()


def forget(folder: Path) -> None:
    """Forget everything that happened in a shop. Raises OutsideError: it cannot be removed."""
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        raise OutsideError(f"{folder}: cannot be removed ({error}).") from None


def pages_of(shop: Shop, live: Stage | None = None) -> Any:
    """The pages as an ASGI app, with the live dashboard's where there is one.

    Raises:
        InputError: the extra `serve` is not installed.
    """
    from sandbox.demo.live.routes import routes_of as routes_of_live
    from sandbox.demo.shop.routes import routes_of
    from sandbox.registry import from_extra

    routes = [*routes_of(shop), *(routes_of_live(live) if live is not None else [])]
    return from_extra("starlette.applications", "serve").Starlette(routes=routes)
