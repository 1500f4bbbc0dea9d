"""Real servers for tests and for a developer's laptop: each starts on a free port and leaves nothing behind.

    python -m tests.servers kafka postgresql

starts them and prints where they are, until Ctrl-C. `tests/live` holds the tests that need Java or PostgreSQL; moto
and the schema registry need neither, so every test may use them.
"""

from tests.servers.aws import Aws
from tests.servers.kafka import Kafka
from tests.servers.postgresql import PostgreSQL
from tests.servers.registry import SchemaRegistry
from tests.servers.server import ServerError

__all__ = ["Aws", "Kafka", "PostgreSQL", "SchemaRegistry", "ServerError"]
