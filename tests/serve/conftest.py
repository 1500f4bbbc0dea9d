"""A small shop, served on a free port of the loopback by a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

import sandbox
from sandbox.serve.accepted import Accepted
from sandbox.serve.recommending import Recommendations
from sandbox.serve.server import listen, serving, url_of
from sandbox.serve.serving import Served

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"datasets.customers.rows": 300, "datasets.products.rows": 60}
ARN = "arn:aws:personalize:eu-west-1:000000000000"


@dataclass(frozen=True)
class Here:
    """A server that runs, and clients of it."""

    url: str
    behind: Served

    def client(self, service: str, key: str = "any") -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="eu-west-1",
            aws_access_key_id=key,
            aws_secret_access_key="any",
        )


@pytest.fixture(scope="session")
def scenario() -> sandbox.Scenario:
    return sandbox.load(ROOT / "scenarios/telecom_loop.yaml", set=[f"{path}={value}" for path, value in SMALL.items()])


@pytest.fixture(scope="session")
def recommendations(scenario: sandbox.Scenario) -> Recommendations:
    found = Recommendations.of(scenario.plan)
    found.learn()
    return found


@contextmanager
def served(app: Any) -> Iterator[str]:
    """An app on a free port, from a thread."""
    with listen("127.0.0.1", 0) as listening:
        ready, server = threading.Event(), serving(app, listening)
        server.ready = ready.set
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            assert ready.wait(10)
            yield url_of(listening)
        finally:
            server.stop()
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture(scope="session")
def here(recommendations: Recommendations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    accepted = Accepted(tmp_path_factory.mktemp("accepted"), recommendations)
    behind = Served(recommendations, accepted)
    with served(behind.app()) as url:
        yield Here(url, behind)
    accepted.close()


@pytest.fixture(scope="session")
def runtime(here: Here) -> Any:
    return here.client("personalize-runtime")


@pytest.fixture(scope="session")
def events(here: Here) -> Any:
    return here.client("personalize-events")
