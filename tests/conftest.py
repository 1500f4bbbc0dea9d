"""A small club whose members leave: a scenario with everything in it that a run has, and one run of it."""

from __future__ import annotations

import contextlib
import gc
import io
import os
from dataclasses import dataclass

import pytest
from hypothesis import settings

# Data of tests is small, and workers share the cores: a second thread of OpenMP would only spin for what others need.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Machines differ, and so do their neighbours: how long an example takes proves nothing.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what lasts as long as the tests: these, and all libraries."""
    gc.collect()
    gc.freeze()


CLUB = """
sandbox: 1
name: club
about: Who leaves a small club?
seed: 3
clock: {start: 2026-01-01, days: 60, zone: UTC}
datasets:
  members:
    about: Everybody who pays.
    owner: The treasurer
    expected: 2026-12-01
    rows: 600
    key: member_id
    history: true
    columns:
      member_id: {serial: 1}
      full_name: {fake: name, pii: true}
      mood: {normal: {mean: 0, sd: 1}}
      level: {integer: [0, 9], check: {le: 8}}
    leave: {hazard: {base: 0.02 per day, mood: 1.5}}
  visits:
    of: members
    rate: 0.1
    time: visited_at
    columns:
      minutes: {exponential: {mean: 40}, decimals: 0}
models:
  leaving:
    blueprint: classify
    of: members
    at: [day 10, day 25]
    label: {leaves within: 30 days}
    features: "select member_id, mood from members"
    candidates: [majority, logistic]
    spike: {trials: 2}
    bootstrap: 200
done:
  - leaving.roc_auc >= 0.6
"""


@dataclass(frozen=True)
class Said:
    """What a command line said, and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def command():
    """Call the command line inside this process: `command("check", path).code`."""
    from sandbox.cli import main

    def call(*words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as stop:
            main([str(word) for word in words])
        return Said(stop.value.code or 0, out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="session")
def club_text():
    """The club's scenario, changed by replacing text."""

    def changed(*changes):
        text = CLUB
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return text

    return changed


@pytest.fixture
def club(tmp_path, club_text):
    """Write the club's scenario, changed by replacing text, and give its path."""

    def write(*changes, name="club.yaml"):
        path = tmp_path / name
        path.write_text(club_text(*changes), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def club_runs(tmp_path_factory):
    """A folder with two runs of the club, the second with a feature less; and the first one's `Run`."""
    import sandbox

    folder = tmp_path_factory.mktemp("club")
    path = folder / "club.yaml"
    path.write_text(CLUB, encoding="utf-8")
    first = sandbox.load(path).run(folder / "runs")
    blunt = CLUB.replace("select member_id, mood from", "select member_id, level from")
    path.write_text(blunt, encoding="utf-8")
    sandbox.load(path).run(folder / "runs")
    path.write_text(CLUB, encoding="utf-8")
    return folder, first


@pytest.fixture(scope="session")
def aws_server():
    """moto's server for Kinesis and S3, one for all tests of a process."""
    from tests.servers import Aws

    with Aws() as server:
        yield server


@pytest.fixture
def aws(aws_server, monkeypatch):
    """Kinesis and S3 with nothing in them, found by boto3 and pyarrow through their variables."""
    aws_server.bring_back()
    aws_server.reset()
    for variable, value in aws_server.environment.items():
        monkeypatch.setenv(variable, value)
    return aws_server


@pytest.fixture
def schema_registry():
    """A schema registry with nothing in it; its `address` is the URL."""
    from tests.servers import SchemaRegistry

    with SchemaRegistry() as registry:
        yield registry
