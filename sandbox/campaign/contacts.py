"""The world in which a campaign contacts somebody: a change comes at its moment to those who are named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.scenario.language import Transition
from sandbox.scenario.language.campaign import Campaign
from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.scenario.plan import ColumnPlan, Plan


class Contacted(ColumnPart):
    """Whether an entity is among those who are contacted. No scenario can say it: it comes of a model's scores."""

    key: str
    ids: Any = None
    """Arrow array of keys; None: everybody."""

    def yields(self, scope: Scope) -> pa.DataType:
        """True or false."""
        return pa.bool_()

    def generate(self, rows: Rows) -> pa.Array:
        """By the rows' keys."""
        keys = rows.column(self.key)
        if self.ids is None:
            return pa.repeat(pa.scalar(True), len(keys))
        return pc.is_in(keys, value_set=self.ids.cast(keys.type))

    def capacity(self, scope: Scope) -> int:
        """Two."""
        return 2

    def proves(self, scope: Scope) -> frozenset[str]:
        """It is never null."""
        return frozenset({"not_null"})


def with_contacts(plan: Plan, name: str, campaign: Campaign, ids: pa.Array | None) -> Plan:
    """A plan whose world has a campaign that contacts some entities.

    All else is drawn as ever: what nobody was told changes nothing.

    Args:
        plan: of the world without it.
        name: of the campaign.
        campaign: of this plan, bound without problems.
        ids: keys of those who are contacted; None: everybody who is there.
    """
    of = plan.models[campaign.model].of
    dataset = plan.datasets[of]
    (key,) = dataset.contract.primary_key
    column = f"_contacted_{name}"
    contacted = ColumnPlan(column, Contacted(key=key, ids=ids), pa.bool_(), hidden=True, reads=(key,))
    contact = Transition.model_construct(
        hazard=None, after=None, since=None, share=1.0, at=campaign.at, set=dict(campaign.set), when=column
    )
    transitions = {**dataset.spec.transitions, column: contact}
    spec = dataset.spec.model_copy(update={"transitions": transitions})
    # A contact comes first of all that comes at its moment, so that it is told apart from nobody's by itself alone.
    changed = replace(dataset, spec=spec, columns=(*dataset.columns, contacted))
    return replace(plan, datasets={**plan.datasets, of: changed})
