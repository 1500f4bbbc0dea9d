"""Whose a row is: the columns by which the rows of a dataset belong together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sandbox.scenario.plan import Plan
from sandbox.world.columns.references import Parent
from sandbox.world.columns.visits import Visit


def entity_of(plan: Plan, dataset: str) -> str | None:
    """The column that says whose a row is.

    The key of the parent, or the entity that a model of this dataset names, or the only foreign key.
    """
    found = plan.datasets[dataset]
    keys = [key for key in found.contract.foreign_keys if len(key.columns) == 1]
    of_parent = [key.columns[0] for key in keys if key.dataset == found.parent]
    of_models = [model.entity for model in plan.models.values() if model.of == dataset and model.entity]
    of_history = [found.contract.primary_key[0]] if found.contract.valid_from and found.contract.primary_key else []
    only = [keys[0].columns[0]] if len(keys) == 1 else []
    return next(iter([*of_parent, *of_models, *of_history, *only]), None)


@dataclass(frozen=True, slots=True)
class Whose:
    """The columns by which rows belong together."""

    entity: str | None
    """That of whom each row is; None: each row is alone."""
    occasion: str | None = None
    """That of the order or visit that a row of nobody known is part of; None: each of these is alone."""

    def without(self, names: Collection[str]) -> Whose:
        """Those of the columns that are there."""
        return Whose(*(None if name in names else name for name in (self.entity, self.occasion)))


def whose_of(plan: Plan, dataset: str) -> Whose:
    """The columns by which the rows of a dataset belong together.

    Lines of one invoice without a customer are no more alone than those with one: halves of the data that have some of
    them each know each other by it, and the floor would be too low.
    """
    entity, found = entity_of(plan, dataset), plan.datasets[dataset]
    above = plan.datasets[found.parent].spec if found.parent is not None else None
    if entity is None or above is None:
        return Whose(entity)
    key = above.columns.get(above.key) if isinstance(above.key, str) else None
    told = [key.options.told_by] if key is not None else []
    handed_on = [
        column.name
        for column in found.columns
        if (isinstance(column.generator, Parent) and column.generator.column == above.key)
        or (isinstance(column.generator, Visit) and column.generator.what == "id")
    ]
    tells = (name for name in (*told, *handed_on) if name in found.contract.names and name != entity)
    return Whose(entity, next(tells, None))
