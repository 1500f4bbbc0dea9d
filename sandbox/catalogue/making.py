"""Make the catalogue of a scenario's products, unless the one that lies there is of the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.catalogue.picture import picture
from sandbox.catalogue.roles import Roles, roles_of
from sandbox.catalogue.store import Catalogue, Product, write
from sandbox.landing import accepted_batches

if TYPE_CHECKING:
    from sandbox.scenario.plan import Plan
    from sandbox.world.world import World

DRAWN = 1
"""Counts up when products are drawn otherwise than before."""


def catalogue_of(plan: Plan, dataset: str, path: Path, world: World | None = None) -> Catalogue:
    """The products of a dataset, drawn.

    Args:
        plan: that has the dataset, whose key is one column.
        dataset: the items that customers meet.
        path: of the SQLite file. What is there already is taken if it is of the same plan.
        world: of the plan, if there is one.
    Raises:
        InputError, OutsideError: the products cannot be read, or the catalogue not written.
    """
    is_real = dataset in plan.bindings  # what is outside may have changed since
    origin = f"{DRAWN} {dataset} {plan.digest}"
    there = Catalogue(path)
    if not is_real and there.origin() == origin:
        return there
    return write(path, origin, _drawn(plan, dataset, world))


def _drawn(plan: Plan, dataset: str, world: World | None) -> Iterator[tuple[Product, str]]:
    roles = roles_of(plan.datasets[dataset].contract)
    for batch in accepted_batches(plan, dataset, world):
        for row in batch.to_pylist():  # a drawing each
            product = _product(row, roles, dataset)
            yield product, picture(product.id, product.category, product.title, dataset)


def _product(row: dict[str, Any], roles: Roles, dataset: str) -> Product:
    id_, category = str(row[roles.key]), _text(row, roles.category)
    price = None if roles.price is None or row[roles.price] is None else float(row[roles.price])
    title = _text(row, roles.title) or f"{category or dataset} {id_}".capitalize()
    return Product(id_, title, category, price, {name: row[name] for name in roles.facts})


def _text(row: dict[str, Any], name: str | None) -> str:
    return "" if name is None or row[name] is None else str(row[name])
