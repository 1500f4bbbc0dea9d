"""Servers that need Java or PostgreSQL: one each for all tests, brought back after a test that killed it."""

from __future__ import annotations

import uuid

import pytest

from tests.servers import Kafka, PostgreSQL


@pytest.fixture(scope="session")
def kafka_server():
    """A real broker."""
    with Kafka() as server:
        yield server


@pytest.fixture
def kafka(kafka_server):
    """A real broker that serves; its `address` is for `bootstrap.servers`."""
    kafka_server.bring_back()
    return kafka_server


@pytest.fixture
def topic():
    """A name that no other test has."""
    return f"events-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def postgresql_server():
    """A real PostgreSQL."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server, monkeypatch):
    """A real PostgreSQL that serves, with an empty database that `postgresql://` alone leads to."""
    postgresql_server.bring_back()
    for variable, value in postgresql_server.create_database(f"test_{uuid.uuid4().hex[:12]}").items():
        monkeypatch.setenv(variable, value)
    return postgresql_server
