"""A shop to keep: one page with everything inside, which opens from a disk, for those who saw the demo."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from sandbox.demo.shop.features import history_of
from sandbox.demo.shop.pages import asset
from sandbox.errors import InputError, OutsideError
from sandbox.models.recommend.rankers import ByFactors, ByGroup, BySimilarItems
from sandbox.models.recommend.showing import NOBODY, best_of, scored
from sandbox.models.recommend.steady import Steady
from sandbox.whole import write_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sandbox.demo.shop.shop import Shop
    from sandbox.experiment.serving import Served

MOST_PRODUCTS = 1_500
"""More would make the file too large to send."""
BASE, ROWS = 150, 40
"""How many items are kept of a list, and of what goes with one item."""
TRIPS = 40
"""Ways through the delivery that are kept, one after the other."""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

Scored = list[list[float]]
"""Places of products, each with its score; the best first."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The products of a kept page by the places of items, those left out at -1."""

    shop: Shop
    places: NDArray[np.int64]

    @classmethod
    def of(cls, shop: Shop, ids: Sequence[str]) -> Kept:
        """Products in the order of some ids."""
        at = {each: place for place, each in enumerate(ids)}
        return cls(shop, np.array([at.get(each, -1) for each in shop.recommendations.now.ids], np.int64))

    def best(self, scores: NDArray[np.float32], many: int) -> list[Scored]:
        """The best of each row that are kept."""
        scores = np.where(self.places < 0, -np.inf, scores).astype(np.float32)
        return [
            [[int(self.places[item]), float(f"{row[item]:.4g}")] for item in chosen if item != NOBODY and row[item] > 0]
            for row, chosen in zip(scores, best_of(scores, many), strict=True)
        ]

    def side(self, policy: str, seen: Any) -> dict[str, Any]:
        """A policy as the page goes on with it: lists of all who may be chosen, and what each click adds.

        Args:
            policy: its name.
            seen: who has met what; the last row is of nobody.
        """
        served = self.shop.recommendations.champion(policy).served
        base = scored(served.ranker, seen, np.arange(seen.shape[0]), served.fallback)
        adds = _adds(served)
        rows = self.rows(served) if adds != "nothing" else []
        return {"adds": adds, "lists": self.best(np.array(base), BASE), "rows": rows}

    def rows(self, served: Served) -> list[Scored]:
        """What goes with each product that is kept, by its place."""
        kept = np.flatnonzero(self.places >= 0)
        kept = kept[np.argsort(self.places[kept], kind="stable")]
        alone = sparse.csr_array(sparse.eye_array(len(self.places), dtype=np.float32, format="csr")[kept])
        found: list[Scored] = [[] for _ in range(int(self.places.max(initial=-1)) + 1)]
        best = self.best(np.array(served.ranker.scores(alone, kept)), ROWS)
        for item, row in zip(self.places[kept], best, strict=True):
            found[item] = row
        return found


def keep(shop: Shop, path: Path) -> int:
    """Write a shop as one page, once its model has learnt.

    Args:
        path: of the file, which is replaced.
    Returns:
        its size in bytes.
    Raises:
        InputError: it is a folder.
        OutsideError: the model could not learn, or the file cannot be written.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file in it, such as {path / 'demo.html'}.")
    if shop.shelves.elsewhere is not None:
        said = f"'{shop.shelves.policies.model}' is asked elsewhere, and a page that is kept asks nobody"
        raise InputError(f"--export: {said}; export the scenario without the target that puts it there.")
    shop.learning.wait()
    if shop.learning.state != "ready":
        raise OutsideError(f"there is nothing to keep: {shop.learning.failure}")
    text = page_of(told_of(shop))
    write_whole(path, text)
    return len(text.encode())


def told_of(shop: Shop) -> dict[str, Any]:
    """Everything that the page asks a server for, as plain values."""
    now = shop.recommendations.now
    people = shop.regulars()
    ids = _products(shop)
    kept = Kept.of(shop, ids)
    met = [now.met.items(each.id) for each in people] + [np.zeros(0, np.int64)]
    ends = np.cumsum([0, *map(len, met)])
    ones = np.ones(int(ends[-1]), np.float32)
    seen = sparse.csr_array((ones, np.concatenate(met), ends), shape=(len(met), len(now.ids)))
    policies = shop.shelves.policies
    state = shop.state()
    return {
        "state": {**state, "products": len(ids), "live": False, "asked": None},
        "now": shop.clock.begins_us,
        "products": shop.products(ids),
        "pictures": [shop.catalogue.picture(each) or "" for each in ids],
        "people": [_person(shop, each.id, ids) for each in people],
        "sides": {"rules": kept.side(policies.rules, seen), "model": kept.side(policies.model, seen)},
        "trips": [_trip(shop, number) for number in range(TRIPS)],
    }


def page_of(told: Mapping[str, Any]) -> str:
    """The page with style, script and answers inside."""
    # What is no part of a script's text in HTML is written otherwise in JSON: no title can end it.
    answers = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str).replace("<", "\\u003c")
    page = asset("shop.html")
    for found, instead in (
        ('<link rel="stylesheet" href="shop/shop.css">', f"<style>\n{asset('shop.css')}</style>"),
        ('<script src="shop/live.js" defer></script>\n', ""),
        ('<script src="shop/shop.js" defer></script>\n', ""),
        ("<title>Shop</title>", f"<title>{html.escape(str(told['state']['name']))}</title>"),
        (
            '<meta charset="utf-8">',
            f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        ),
        (
            "</body>",
            f'<script type="application/json" id="kept">{answers}</script>\n<script>\n{asset("kept.js")}</script>\n'
            f"<script>\n{asset('shop.js')}</script>\n</body>",
        ),
    ):
        assert page.count(found) == 1, found
        page = page.replace(found, instead)
    return page


def _adds(served: Served) -> str:
    """How a click changes scores: those of the product come on top, are weighed in, or nothing does."""
    ranker = served.ranker.ranker if isinstance(served.ranker, Steady) else served.ranker
    if isinstance(ranker, ByGroup):
        return "mean"
    return "sum" if isinstance(ranker, BySimilarItems | ByFactors) else "nothing"


def _products(shop: Shop) -> list[str]:
    """Ids of those that are kept: all, or as many as fit, those that many meet first."""
    ids = [each.id for each in shop.catalogue.page(many=MOST_PRODUCTS + 1)]
    if len(ids) <= MOST_PRODUCTS:
        return ids
    now = shop.recommendations.now
    _, met = now.knowledge.events.counts()
    return [now.ids[place] for place in np.argsort(-met, kind="stable")[:MOST_PRODUCTS]]


def _person(shop: Shop, customer: str, ids: Iterable[str]) -> dict[str, Any]:
    """Somebody with what they did, by the places of products; and of these what is kept no more, as -1."""
    at = {each: place for place, each in enumerate(ids)}
    did = history_of(shop.recommendations.now, customer)
    found = shop.visit("kept", customer)
    events = [
        [at.get(item, -1), int(when), int(sold)]
        for item, when, sold in zip(did.items, did.at_us, did.sold, strict=True)
    ]
    return {"shopper": found["shopper"], "did": events}


def _trip(shop: Shop, number: int) -> dict[str, Any]:
    happened_us = shop.clock.begins_us + number * 97_000_000
    trip = shop.travel.trip(f"kept {number}", happened_us, {})
    return {"left": [round((moment - happened_us) / 1e6, 3) for moment in trip.left_us], "lost": trip.is_lost}
