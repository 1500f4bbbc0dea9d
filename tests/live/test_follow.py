"""Features kept fresh from a real Kafka: killed on the way, every event lands once, as a run of the dummy has it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.landing.batch_files import files
from sandbox.landing.reading import accepted_batches
from sandbox.scenario.loader import load

SANDBOX = [sys.executable, "-c", "from sandbox.cli import main; main()"]
SCENARIO = """
sandbox: 1
name: shop
seed: 5
clock: {start: 2026-01-01, days: 6}
datasets:
  customers:
    rows: 500
    key: customer_id
    static: true
    columns: {customer_id: {serial: 1}}
  clicks:
    of: customers
    time: happened_at
    visits: {per_day: 2}
    columns: {item: {integer: {between: [1, 50]}}}
targets:
  real:
    clicks: {kafka: {servers: "SERVERS", topic: TOPIC}}
models:
  again:
    blueprint: classify
    of: customers
    at: day 4
    label: {occurs: clicks, within: 1 day}
    features: >-
      SELECT customer_id, count(item) AS clicks, sum(item) AS items
      FROM customers LEFT JOIN clicks USING (customer_id) GROUP BY 1
"""


@pytest.fixture
def scenario(kafka, topic, tmp_path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SCENARIO.replace("SERVERS", kafka.address).replace("TOPIC", topic), encoding="utf-8")
    return path


def sandbox(scenario, *words, **options):
    return subprocess.Popen([*SANDBOX, words[0], scenario.name, *words[1:]], cwd=scenario.parent, **options)


def test_killed_while_events_come_it_goes_on_and_features_are_those_of_the_dummy(scenario, kafka, topic):
    replayed = sandbox(
        scenario, "replay", "clicks", "--to", f"kafka://{kafka.address}/{topic}?partitions=3", "--rate", "900/s"
    )
    live = scenario.parent / "data" / "shop" / "live"
    words = ("run", "--target", "real", "--follow", "--every", "500ms")
    while not (followed := sandbox(scenario, *words, "--until-idle", "20s")).poll():
        time.sleep(4)
        followed.send_signal(signal.SIGKILL)  # in the middle of a batch, or between two
        followed.wait()
        if replayed.poll() is not None:
            break
    assert replayed.wait() == 0
    last = sandbox(scenario, *words, "--until-idle", "3s")
    assert last.wait() == 0
    landed = pa.concat_tables([pq.read_table(file.path) for file in files(live / "landing" / "clicks")])
    simulated = pa.Table.from_batches(accepted_batches(load(scenario).plan, "clicks"))
    keys = [("happened_at", "ascending"), ("customer_id", "ascending"), ("item", "ascending")]
    assert landed.select(simulated.column_names).sort_by(keys).equals(simulated.sort_by(keys))
    features = pq.read_table(live / "features" / "again.parquet")
    assert sum(features["clicks"].to_pylist()) == simulated.num_rows
    assert sum(features["items"].to_pylist()) == sum(simulated["item"].to_pylist())


def test_ctrl_c_is_a_way_to_stop(scenario, kafka, topic):
    sandbox(scenario, "replay", "clicks", "--to", f"kafka://{kafka.address}/{topic}?partitions=1").wait()
    followed = sandbox(
        scenario, "run", "--target", "real", "--follow", "--every", "1s", stdout=subprocess.PIPE, text=True
    )
    assert "batch 1" in followed.stdout.readline()
    followed.send_signal(signal.SIGINT)
    told = followed.communicate(timeout=60)[0]
    assert followed.returncode == 0
    assert "the same command goes on from there" in told
