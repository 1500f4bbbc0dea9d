"""The forms in which a history leaves the world: its versions, its table as of a moment, or the stream of its changes.

Each is an ordinary dataset with a contract of its own. Other datasets are as ever, but that none points any more at
entities of whom a table as of a moment holds only some.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox.contract.model import Column, Contract
from sandbox.contract.rules import rules_of
from sandbox.contract.types import Part, Type
from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.scenario import quantities

if TYPE_CHECKING:
    from sandbox.scenario.plan import Plan

CHANGED_AT, SEQUENCE, OPERATION, BEFORE, AFTER = "changed_at", "sequence", "operation", "before", "after"
OPERATIONS = ("insert", "update", "delete")


@dataclass(frozen=True, slots=True)
class Scd2:
    """Versions with `valid_from` and `valid_to`: slowly changing dimensions of type 2."""

    def __str__(self) -> str:
        return "scd2"


@dataclass(frozen=True, slots=True)
class AsOf:
    """The rows that were in force at a moment (microseconds UTC), without `valid_from` and `valid_to`."""

    moment_us: int

    def __str__(self) -> str:
        moment = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=self.moment_us)
        return f"as of {moment} UTC"


@dataclass(frozen=True, slots=True)
class Changes:
    """Inserts, updates and deletes, with the row before and after: as structs, or flat as columns `before_…`."""

    flat: bool = False

    def __str__(self) -> str:
        return "flat changes" if self.flat else "changes"


Form = Scd2 | AsOf | Changes
SCD2 = Scd2()


def in_form(plan: Plan, form: Form) -> Plan:
    """The plan with its histories in another form.

    Raises:
        InputError: there is no history to give, one is real, or a moment lies after the clock's end.
    """
    histories = [name for name, dataset in plan.datasets.items() if dataset.spec.history and not dataset.spec.hidden]
    real = [name for name in histories if name in plan.bindings]
    if form == SCD2:
        return plan
    if not histories:
        raise InputError(f"{plan.file}: has no history, whose table could be given as of a time or as changes.")
    if real:
        names = ", ".join(f"'{name}'" for name in real)
        raise InputError(f"{names}: comes from the target '{plan.target}', and is given as it is there.")
    if isinstance(form, AsOf) and form.moment_us > plan.clock.end_us:
        raise InputError(f"{form}: lies after the clock's end; nobody knows what will be then.")
    if isinstance(form, Changes):
        problems = [problem for name in histories for problem in _name_problems(plan.datasets[name].contract, form)]
        if problems:
            raise InputError(problems)
    return replace(plan, form=form)


def formed(plan: Plan, history: str = "scd2", as_of: object = None, *, flat: bool = False) -> Plan:
    """The plan with its histories in the form that users name: `scd2` or `changes`, or as of a moment.

    Raises:
        InputError: there is no such form or moment, both are asked for, or as for `in_form`.
    """
    written: dict[str, Form] = {"scd2": SCD2, "changes": Changes(flat)}
    if history not in written:
        raise InputError(f"history: unknown form '{history}'.{did_you_mean(history, written)}")
    if as_of is not None and history != "scd2":
        raise InputError("as of: a table as of a time has no changes; ask for one of the two.")
    return in_form(plan, written[history] if as_of is None else as_of_form(plan, as_of))


def formed_of(plan: Plan, dataset: str, history: str = "scd2", as_of: object = None) -> Plan:
    """The same for the sake of one dataset. Raises InputError, as `formed`; or it is no history."""
    found = formed(plan, history, as_of)
    if found.form != SCD2 and not plan.datasets[dataset].spec.history:
        raise InputError(f"'{dataset}' is no history; only a history's rows change.")
    return found


def as_of_form(plan: Plan, moment: object) -> AsOf:
    """The table as of a moment as users write it, `day 30` or a date.

    Raises:
        InputError: it is no moment.
    """
    try:
        return AsOf(plan.clock.calendar.at_us(quantities.moment(moment)))
    except ValueError as error:
        raise InputError(Problem(str(error), "as of")) from None


def form_of(plan: Plan, dataset: str) -> Form:
    """In which form a dataset leaves; what is no history is as ever."""
    return plan.form if plan.datasets[dataset].spec.history else SCD2


def contract_of(plan: Plan, dataset: str) -> Contract:
    """The contract of a dataset in the form in which it leaves."""
    contract, form = plan.datasets[dataset].contract, form_of(plan, dataset)
    if isinstance(plan.form, AsOf):
        kept = [key for key in contract.foreign_keys if not plan.datasets[key.dataset].spec.history]
        contract = replace(contract, foreign_keys=tuple(kept))
    if isinstance(form, AsOf):
        return _as_of(contract)
    return _changes(contract, form.flat) if isinstance(form, Changes) else contract


def proven_of(plan: Plan, dataset: str) -> frozenset[str]:
    """Names of the contract's rules that hold by the making, in the form in which the dataset leaves."""
    if not isinstance(form_of(plan, dataset), Changes):
        return plan.datasets[dataset].proven
    return frozenset(rule.name for rule in rules_of(contract_of(plan, dataset)) if not rule.across)


def value_columns(contract: Contract) -> tuple[Column, ...]:
    """The columns of a history without its versions' begin and end."""
    return tuple(column for column in contract.columns if column.name not in _ends(contract))


def entity_key(contract: Contract) -> tuple[str, ...]:
    """The columns that name the entity of each change in a stream of changes; none for any other contract."""
    if contract.names[:3] != (CHANGED_AT, SEQUENCE, OPERATION):
        return ()
    return tuple(name for name in contract.primary_key if name != SEQUENCE)


def _ends(contract: Contract) -> tuple[str | None, str | None]:
    return contract.valid_from, contract.valid_to


def _as_of(contract: Contract) -> Contract:
    ends = set(_ends(contract))
    return replace(
        contract,
        columns=value_columns(contract),
        expectations=tuple(rule for rule in contract.expectations if ends.isdisjoint(rule.columns)),
        unique=tuple(group for group in contract.unique if ends.isdisjoint(group)),
        valid_from=None,
        valid_to=None,
        static=True,
    )


def _changes(contract: Contract, flat: bool) -> Contract:
    keys = [replace(contract.column(key), unique=False) for key in contract.primary_key]
    return Contract(
        dataset=contract.dataset,
        columns=(
            Column(CHANGED_AT, "timestamp", about="When the row changed."),
            Column(SEQUENCE, "int64", about="Counts the changes of a key from 0.", ge=0),
            Column(OPERATION, "enum", values=OPERATIONS, about="What was done."),
            *keys,
            *_images(value_columns(contract), flat),
        ),
        primary_key=(*contract.primary_key, SEQUENCE),
        time=CHANGED_AT,
        version=contract.version,
        about=contract.about,
        owner=contract.owner,
        contact=contract.contact,
    )


def _images(columns: Sequence[Column], flat: bool) -> list[Column]:
    """The row before and after. A change tells what was there; whether that was good is not judged again."""
    abouts = {BEFORE: "The row before; none of an insert.", AFTER: "The row after; none of a delete."}
    if flat:
        return [
            Column(f"{side}_{c.name}", str(_told(c)), nullable=True, pii=c.pii, about=c.about)
            for side in abouts
            for c in columns
        ]
    struct = str(Type("struct", parts=tuple(Part(column.name, _told(column), True) for column in columns)))
    is_pii = any(column.pii for column in columns)
    return [Column(side, struct, nullable=True, pii=is_pii, about=about) for side, about in abouts.items()]


def _told(column: Column) -> Type:
    return Type("string") if column.parsed.is_text else column.parsed


def _name_problems(contract: Contract, form: Changes) -> list[Problem]:
    own = (CHANGED_AT, SEQUENCE, OPERATION, *(image.name for image in _images(value_columns(contract), form.flat)))
    said = "its change stream has a column of that name; give the key another one."
    return [Problem(said, f"datasets.{contract.dataset}.columns.{key}") for key in contract.primary_key if key in own]
