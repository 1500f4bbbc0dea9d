"""Both sides of a dataset: the real data as its source gives it, and the dummy as the scenario makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.contract.model import Contract
from sandbox.errors import InputError
from sandbox.gap.belonging import Whose, whose_of
from sandbox.gap.overhearing import Overheard, overheard
from sandbox.gap.sharing import shared
from sandbox.gap.side import MOST_ROWS, Side, side_of
from sandbox.landing.reading import accepted_batches
from sandbox.scenario.plan import Plan
from sandbox.verify.promised import Promised, promised


@dataclass(frozen=True, eq=False)
class Dummy:
    """The dummy of a dataset, made once for several comparisons."""

    side: Side
    promised: Promised


@dataclass(frozen=True, eq=False)
class Sides:
    """A dataset, twice."""

    contract: Contract
    entity: str | None
    """The column whose equal values make rows belong together; None: each row is alone."""
    dummy: Side
    real: Side


def sides_of(
    plan: Plan,
    dataset: str,
    most_rows: int = MOST_ROWS,
    dummy: Side | None = None,
    heard: Overheard | None = None,
) -> Sides:
    """Read a dataset from its real source, and make it anew as the dummy.

    Args:
        plan: binds the dataset to a real source.
        dataset: which.
        most_rows: of each side; beyond it entities are left out.
        dummy: where it was made before.
        heard: the real dataset, where it is open already.
    Raises:
        InputError: the dataset is not real in this plan, or no real row keeps the contract.
        OutsideError: the source cannot be read.
    """
    if dataset not in plan.bindings:
        raise InputError(f"'{dataset}' is not real in the target '{plan.target}': there is nothing to compare it with.")
    heard = heard or overheard(plan, dataset)
    told = whose_of(plan, dataset)
    contract, whose = heard.contract, told.without(heard.lacking)
    if whose != told:
        dummy = None

    def read(which: str) -> Side:
        if which == "real":
            return side_of(heard.rows(), contract, whose, most_rows)
        return dummy or _made(plan, dataset, whose, most_rows)

    made, real = shared(read, ("dummy", "real"))
    if not real.rows:
        raise InputError(f"no row of the real {dataset} keeps the contract; see `sandbox verify`.")
    return Sides(contract, whose.entity, made, real)


def dummy_of(plan: Plan, dataset: str, most_rows: int = MOST_ROWS) -> Dummy:
    """What the scenario makes, whatever stands in its place."""
    return Dummy(_made(plan, dataset, whose_of(plan, dataset), most_rows), promised(plan, dataset))


def _made(plan: Plan, dataset: str, whose: Whose, most_rows: int) -> Side:
    rows = accepted_batches(dummy_plan(plan), dataset, envelope=True)
    return side_of(rows, plan.datasets[dataset].contract, whose, most_rows)


def dummy_plan(plan: Plan) -> Plan:
    """The plan with nothing real in it."""
    return replace(plan, bindings={}, target=None)
