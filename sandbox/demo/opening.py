"""Open the demo of a scenario: products, rules and page at once, and the model while one looks."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.catalogue import catalogue_of
from sandbox.demo.shop.asked import Told, asked_of
from sandbox.demo.shop.clock import Clock
from sandbox.demo.shop.learning import Learning
from sandbox.demo.shop.shelves import Shelves, policies_of
from sandbox.demo.shop.shop import Shop
from sandbox.demo.shop.shoppers import Shoppers
from sandbox.demo.shop.travel import Travel
from sandbox.errors import InputError, OutsideError, SandboxError
from sandbox.landing.claim import alone_in
from sandbox.runs.basis import SOURCES, Basis
from sandbox.serve.accepted import BUSY, Accepted
from sandbox.serve.app import App, Asgi, open_to_pages
from sandbox.serve.calling import Handler
from sandbox.serve.guarding import Guard
from sandbox.serve.recommending import Recommendations

if TYPE_CHECKING:
    from sandbox.demo.live.opening import Stage
    from sandbox.runs.ended import Run
    from sandbox.scenario.loader import Loaded
    from sandbox.scenario.plan import Plan
    from sandbox.serve.predicting import Predictions
    from sandbox.world.world import World


_UNTIL_SHOWN_S = 0.4
"""How long a page takes from its first question until it stands there with its pictures."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a demo is to be."""

    folder: Path
    """Where the catalogue and what happens in the shop are kept."""
    basis: Basis = SOURCES
    """What to learn from."""
    events: str | None = None
    """The stream, where there are several."""
    speed: float = 60.0
    """How much faster than a watch the shop's time goes."""
    show_pii: bool = False
    patience_s: float = 0.0
    """How long the model waits for somebody to look before it learns: what it takes is not taken from the page."""


@contextmanager
def opened(plan: Plan, world: World | None, wishes: Wishes) -> Iterator[Shop]:
    """The shop of a plan, whose model begins to learn.

    Raises:
        InputError: no stream tells which customer met which item, or the items cannot be shown.
        OutsideError: the folder cannot be written.
    """
    recommendations = Recommendations.of(plan, world, wishes.basis, wishes.events)
    source = recommendations.origin.source
    if plan.datasets[source.items].spec.hidden:
        raise InputError(f"{plan.file}: '{source.items}' is hidden, so there are no products to show.")
    catalogue = catalogue_of(plan, source.items, wishes.folder / "catalogue.sqlite", world)
    accepted = Accepted(wishes.folder / "events", recommendations)
    shelves = Shelves(recommendations, policies_of(plan, list(recommendations.parts)))
    shoppers = Shoppers(plan, source.customers, wishes.show_pii)
    shelves.read_history(world)
    if not shoppers.take_time:
        shoppers.read_first(world)

    def learn() -> int:
        if not shop.learning.times and shop.looked_at.wait(wishes.patience_s):
            time.sleep(min(wishes.patience_s, _UNTIL_SHOWN_S))
        if shoppers.take_time:  # whoever learns lives through all of it too
            shoppers.read_all(world)
        learnt = recommendations.learnt(accepted.events)
        recommendations.adopt(learnt)
        if not shoppers.take_time:
            shoppers.read_all(world)
        shelves.find_telling(shop.actions.slots)
        return len(learnt.knowledge.events)

    asked, run = asked_of(plan, source), wishes.basis.folder
    knows = None if asked is None else Told(recommendations.origin, asked, wishes.basis.run)
    origin = "a simulation" if run is None else f"run {run.name}"
    shop = Shop(
        recommendations,
        accepted,
        catalogue,
        shelves,
        shoppers,
        Travel(plan, source.dataset),
        Clock(plan.clock.end_us, wishes.speed),
        Learning(learn, origin),
        knows,
    )
    shop.learning.start()
    try:
        yield shop
    finally:
        if knows is not None:
            knows.close()
        accepted.close()


def forget(folder: Path) -> None:
    """Forget everything that happened in a shop. Raises OutsideError: it cannot be removed, or somebody shops there."""
    events = folder / "events"
    try:
        with alone_in(events, BUSY) if events.is_dir() else nullcontext():
            if folder.is_dir():
                shutil.rmtree(folder)
    except OSError as error:
        raise OutsideError(f"{folder}: cannot be removed ({error}).") from None


def app_of(
    shop: Shop,
    live: Stage | None = None,
    is_loopback: bool = True,
    predict: Callable[[], Predictions] | None = None,
) -> Asgi:
    """The pages of a shop as an ASGI app, and beside them the API as `sandbox serve` has it, once it can answer.

    Args:
        shop: what the pages show.
        live: what the live dashboard shows, where there is one.
        is_loopback: whether only this machine is meant to see it.
        predict: makes what models say of everybody; asked for once, after the shop has learnt.
    Raises:
        InputError: the extra `serve` is not installed.
    """
    handlers: dict[tuple[str, str], Handler] = {}
    shop.learning.then(lambda: handlers.update(_api(shop, predict)))
    return open_to_pages(App(handlers, _pages(shop, live), Guard(is_loopback=is_loopback)))


def _pages(shop: Shop, live: Stage | None) -> Asgi:
    from sandbox.demo.live.routes import routes_of as routes_of_live
    from sandbox.demo.shop.routes import routes_of
    from sandbox.registry import from_extra

    routes = [*routes_of(shop), *(routes_of_live(live) if live is not None else [])]
    found: Asgi = from_extra("starlette.applications", "serve").Starlette(routes=routes)
    return found


def predictions(loaded: Loaded, shop: Shop, run: Run | None) -> Predictions:
    """What the models of a run say of everybody; where they cannot be had, why not."""
    from sandbox.serve.predicting import Predictions

    customers = shop.recommendations.origin.source.customers
    try:
        return Predictions.of(loaded, customers, run)
    except SandboxError as error:
        return replace(Predictions.of(loaded, customers, None), mend=f"cannot be answered: {error}")


def _api(shop: Shop, predict: Callable[[], Predictions] | None) -> dict[tuple[str, str], Handler]:
    from sandbox.serve.serving import Served  # it takes a second, which the page need not wait for

    served = Served(shop.recommendations, shop.accepted)
    if predict is not None:
        served = replace(served, predictions=predict())
    return {**served.wire(), **served.plain.handlers}
