"""Which columns of a dataset tell whose visit a row belongs to, what happened and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sandbox.scenario.plan import DatasetPlan, Plan
from sandbox.world.columns.references import Parent
from sandbox.world.columns.visits import Visit

_TOLD = {name: name for name in ("event", "state", "step", "customer", "visitor")} | {"id": "visit"}


@dataclass(frozen=True, slots=True)
class Roles:
    """Columns by what they tell; empty for what none tells."""

    of: str
    """The dataset of the customers."""
    time: str
    visit: str = ""
    event: str = ""
    state: str = ""
    step: str = ""
    customer: str = ""
    visitor: str = ""

    @property
    def stop(self) -> str:
        """What tells where a visit is: the state, with the step that tells stays apart, else the event."""
        return self.state if self.state and self.step else self.event

    def to_dict(self) -> dict[str, str]:
        """Plain values, for a record."""
        return {key: value for key, value in asdict(self).items() if value}

    @classmethod
    def from_dict(cls, written: Mapping[str, str]) -> Roles:
        """From plain values."""
        return cls(**written)


def roles_of(plan: Plan, dataset: str) -> Roles | None:
    """The roles of the columns that leave the world; None for what is no stream of visits."""
    found = plan.datasets[dataset]
    if found.spec.visits is None or found.parent is None or found.contract.time is None:
        return None
    key = plan.datasets[found.parent].contract.primary_key
    told: dict[str, str] = {}
    for name in found.contract.names:
        role = _role(found, name, key[0] if len(key) == 1 else "")
        if role:
            told.setdefault(role, name)
    return Roles(found.parent, found.contract.time, **told)


def _role(found: DatasetPlan, name: str, key: str) -> str:
    generator = next((each.generator for each in found.columns if each.name == name), None)
    if isinstance(generator, Visit):
        return _TOLD.get(generator.what, "")
    return "customer" if isinstance(generator, Parent) and generator.column == key else ""
