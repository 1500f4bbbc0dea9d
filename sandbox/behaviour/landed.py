"""Behaviour as it landed, simulated or real: what the columns of a stream tell, out of its Parquet parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.behaviour.figures import Behaviour
from sandbox.behaviour.measured import Subject, measure
from sandbox.behaviour.roles import Roles
from sandbox.contract.model import Contract

if TYPE_CHECKING:
    import duckdb


def landed(
    name: str,
    contract: Contract,
    parts: Sequence[Path],
    roles: Roles,
    parent: Contract | None,
    parent_parts: Sequence[Path],
    zone: str,
) -> Behaviour | None:
    """The behaviour of a stream that landed; None where nothing did.

    Args:
        name: of the stream.
        contract: of it.
        parts: its Parquet parts.
        roles: which of its columns tell what.
        parent: the contract of the customers; None where they did not land.
        parent_parts: their Parquet parts.
        zone: IANA name; times without a zone are taken as local.
    """
    if not parts or not (roles.visit or roles.customer or roles.visitor):
        return None
    import duckdb

    time = contract.column(roles.time)
    local = "UTC" if "local" in time.type or time.parsed.name == "date" else zone
    with duckdb.connect(config={"memory_limit": "800MB", "threads": 2}) as connection:
        connection.execute("set enable_progress_bar = false; set timezone = 'UTC'")
        connection.read_parquet([str(part) for part in parts]).create_view("rows_of_stream")
        connection.execute(f"create view events as {_events(roles)}")
        people = parent is not None and _view_people(connection, parent, parent_parts)
        stays = bool(roles.state and roles.step)
        return measure(connection, Subject(name, "what landed", local, stays, people))


def _events(roles: Roles) -> str:
    visit = _column(roles.visit, f"hash({_name(roles.customer or roles.visitor)}, {_name(roles.time)})")
    who = _column(roles.customer or roles.visitor)
    if roles.visit and roles.customer:  # who is known late in a visit was the same before
        who = f"max({who}) over (partition by {visit})"
    stop = _column(roles.stop, "'event'")
    return (
        f"select {visit} as visit, {who} as who, epoch_us({_name(roles.time)}::timestamp) as moment, "
        f"{stop}::varchar as stop, {_column(roles.step, '0')} as place from rows_of_stream"
    )


def _view_people(connection: duckdb.DuckDBPyConnection, parent: Contract, parts: Sequence[Path]) -> bool:
    """Show who is there from when till when, if the customers' dataset says so."""
    since = parent.valid_from or parent.time
    if not parts or since is None or len(parent.primary_key) != 1:
        return False
    connection.read_parquet([str(part) for part in parts]).create_view("rows_of_parent")
    until = f"epoch_us({_name(parent.valid_to)}::timestamp)" if parent.valid_to else "null::bigint"
    connection.execute(
        f"create view versions as select {_name(parent.primary_key[0])} as who, "
        f"epoch_us({_name(since)}::timestamp) as since, {until} as until from rows_of_parent"
    )
    return True


def _column(name: str, otherwise: str = "null") -> str:
    return _name(name) if name else otherwise


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
