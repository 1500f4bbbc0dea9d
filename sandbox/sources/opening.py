"""Where a dataset comes from: the only place that knows a real source from a simulated one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from sandbox import registry
from sandbox.contract.rules import foreign_key_name
from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.scenario.addressed import part_at, split_address
from sandbox.scenario.forms import contract_of, form_of, proven_of
from sandbox.scenario.parts import Share, Source, SourcePart
from sandbox.scenario.plan import Plan

if TYPE_CHECKING:
    from sandbox.delivery.bringing import Reached
    from sandbox.sources.following import MappedFollowing
    from sandbox.world.streams.stream import Policy
    from sandbox.world.world import World

GROUP = "sandbox.sources"


def open_source(plan: Plan, dataset: str, world: World | None = None, reached: Reached | None = None) -> Source:
    """Open the source of a dataset: the chosen target's, or the world.

    Args:
        plan: decides by its bindings.
        world: made from the plan where none is given.
        reached: how far the delivery of the stream had come before the plan's span; from its start otherwise.
    Raises:
        InputError: the source's columns do not fit the contract, or an option of the binding is wrong.
        OutsideError: it cannot be opened.
    """
    contract = contract_of(plan, dataset)
    binding = plan.bindings.get(dataset)
    if binding is not None:
        from sandbox.sources.mapped import mapped

        return mapped(binding.source.open(plan.folder), binding, contract, f"targets.{plan.target}.{dataset}")
    from sandbox.sources.simulated import SimulatedSource

    world = world or world_of(plan)
    # Keys of the dummy parent prove nothing about the real one that stands in its place.
    into_real = {foreign_key_name(key) for key in contract.foreign_keys if key.dataset in plan.bindings}
    proven = proven_of(plan, dataset) - into_real
    if plan.delivery is not None and dataset in plan.delivery.streams:
        from sandbox.sources.delivered import DeliveredSource

        return DeliveredSource(world, contract, proven, plan.span, reached)
    return SimulatedSource(world, contract, proven, form_of(plan, dataset), plan.span)


def world_of(plan: Plan, policies: Mapping[str, Policy] | None = None) -> World:
    """The world of a plan, whose rows refer to the real rows of what its target makes real.

    Args:
        plan: whose datasets are made.
        policies: decide what is shown, by stream, where it is not the rules of history.
    Raises:
        InputError, OutsideError: as `open_source`, of the real datasets that are referred to.
    """
    from sandbox.sources.anchoring import anchored
    from sandbox.world.world import World

    return World(anchored(plan), policies=policies)


def open_sources(plan: Plan, datasets: Sequence[str], world: World | None = None) -> dict[str, Source]:
    """Open several sources over one world; what is wrong with any is said at once.

    Raises:
        InputError, OutsideError: as `open_source`.
    """
    if world is None and any(dataset not in plan.bindings for dataset in datasets):
        world = world_of(plan)
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for dataset in datasets:
        try:
            sources[dataset] = open_source(plan, dataset, world)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return sources


def can_be_followed(plan: Plan, dataset: str) -> bool:
    """Whether a dataset comes from a source that goes on: a topic, a stream, a table, a folder."""
    binding = plan.bindings.get(dataset)
    return binding is not None and type(binding.source).follow is not SourcePart.follow


def open_following(
    plan: Plan, dataset: str, position: Mapping[str, str] | None = None, seen: int = 0
) -> MappedFollowing:
    """Open the source of a dataset to go on, after a position.

    Args:
        plan: binds the dataset to a source that `can_be_followed`.
        position: of `MappedFollowing.position`; None: from where the binding says.
        seen: rows that came before it.
    Raises:
        InputError: an option of the binding makes no sense.
        OutsideError: it cannot be opened.
    """
    from sandbox.sources.following import MappedFollowing

    binding, contract = plan.bindings[dataset], contract_of(plan, dataset)
    raw = binding.source.follow(plan.folder, position)
    return MappedFollowing(raw, binding, contract, f"targets.{plan.target}.{dataset}", seen)


def source_at(address: str) -> tuple[str, SourcePart]:
    """Kind and configuration of the source that an address names, such as `kinesis://clicks?region=eu-west-1`.

    Raises:
        InputError: there is no such source, or a field of it is wrong.
    """
    kind, location, fields = split_address(address)
    if kind not in registry.names(GROUP):
        raise InputError(f"{address}: unknown source '{kind}'.{did_you_mean(kind, registry.names(GROUP))}")
    part = registry.load(GROUP, kind)
    if not issubclass(part, SourcePart):
        raise InputError(f"{address}: '{kind}' is no source.")
    try:
        addressed = part.addressed(location)
    except ValueError as error:
        raise InputError(f"{address}: {error}") from None
    return kind, part_at(part, address, addressed, fields)


def reached_by(source: Source) -> Reached | None:
    """How far the delivery of a stream has come: what its source of a later span goes on from; None of others."""
    found: Reached | None = getattr(source, "reached", None)
    return found


def first_shares(source: Source, rows: int) -> Sequence[Share]:
    """Shares that begin with the first rows, as quick to name as the source allows."""
    quick = getattr(source, "first_share", None)
    return [quick(rows)] if quick is not None else source.shares()


def orders_of(source: Source) -> frozenset[str]:
    """By what the rows of all shares, one after the other, are in order: `event` time, `arrival`, or nothing."""
    told: Callable[[], frozenset[str]] | None = getattr(source, "orders", None)
    return frozenset() if told is None else told()


def is_real(plan: Plan, dataset: str) -> bool:
    """Whether a dataset comes from outside: what it writes is then for its owner's eyes only."""
    return dataset in plan.bindings


def origin(plan: Plan, dataset: str) -> str:
    """`simulated`, or the kind of the real source, for the manifest."""
    return plan.bindings[dataset].kind if dataset in plan.bindings else "simulated"


def ignored_columns(plan: Plan, dataset: str) -> tuple[str, ...]:
    """Columns of a real source that nobody asked for; none of a simulated one."""
    if dataset not in plan.bindings:
        return ()
    source = open_source(plan, dataset)
    try:
        return unasked_of(source)
    finally:
        source.close()


def unasked_of(source: Source) -> tuple[str, ...]:
    """The same of a source that is open."""
    from sandbox.sources.mapped import MappedSource

    return source.ignored() if isinstance(source, MappedSource) else ()


def lacking_columns(plan: Plan, dataset: str) -> tuple[str, ...]:
    """Columns of the contract that a real source has not and that have no default; none of a simulated one."""
    from sandbox.contract.conform import Conform

    if dataset not in plan.bindings:
        return ()
    binding = plan.bindings[dataset]
    raw = binding.source.open(plan.folder)
    try:
        return Conform(contract_of(plan, dataset), rename=binding.rename).lacking(raw.schema())
    finally:
        raw.close()


def repeated_in(source: Source) -> list[tuple[str, str]]:
    """Files of a real source that hold the rows of another one, and that one; none of a simulated one."""
    from sandbox.sources.mapped import MappedSource
    from sandbox.sources.repeated import repeated_files

    return repeated_files(source.raw) if isinstance(source, MappedSource) else []


def touches(plan: Plan) -> dict[str, Mapping[str, Sequence[str]]]:
    """What the chosen target opens, by dataset: `{"file": [...], "host": [...]}`, without secrets."""
    return {dataset: binding.source.touches() for dataset, binding in plan.bindings.items()}
