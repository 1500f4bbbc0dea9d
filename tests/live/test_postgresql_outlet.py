"""A table of a real PostgreSQL keeps every check of live sinks."""

from __future__ import annotations

from sandbox.checks import OutletSample, check_outlet, rows_of
from sandbox.checks.samples_of_outlets import refused_by_a_table
from sandbox.sinks.databases import PostgresqlTable
from sandbox.sources.postgresql import PostgresqlRows
from tests.servers.postgresql import PASSWORD


def table_of(folder):
    return "t" + "".join(letter for letter in folder.name if letter.isalnum())


def test_the_sink_keeps_every_check(postgresql):
    def read(folder, contract):
        return rows_of(PostgresqlRows(table=table_of(folder)), folder)

    check_outlet(
        OutletSample(
            lambda folder: PostgresqlTable(table=table_of(folder), write="append"),
            read,
            lost=frozenset({"map<string, int64?>"}),  # jsonb orders the keys of an object
            refusing=refused_by_a_table,
            most_pending=1,
            unreachable=lambda folder: PostgresqlTable(port=1),
            secrets={"PGPASSWORD": PASSWORD},
        ),
        "postgresql",
    )
