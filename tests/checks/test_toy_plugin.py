"""A plugin in a package of its own: installed, used in a scenario, and held to the checks as its author would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIO = """
sandbox: 1
name: toy
clock: {start: 2026-01-01, days: 60}
datasets:
  members:
    rows: 300
    history: true
    key: member_id
    columns:
      member_id: {serial: 1}
      seat: {even: 1000, unique: true}
      mood: {normal: {mean: 0, sd: 1}}
    leave: {hazard: {base: 0.02 per day, mood: 1.5}}
  orders:
    rows: 20
    static: true
    columns: {order_id: {serial: 1}, seat: {even: 8}}
targets:
  real: {orders: {arrow_stream: orders.arrows}}
models:
  leaving:
    blueprint: linear
    of: members
    at: day 20
    label: {leaves within: 20 days}
    features: select member_id, mood, seat from members
done:
  - leaving.roc_auc >= 0.5
"""


SANDBOX = ("-c", "from sandbox.cli import main; main()")


@pytest.fixture
def python(toy_site, tmp_path):
    """Runs Python with the plugin on its path, in an empty folder; gives what it printed."""

    def run(*words: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(toy_site)}
        command = [sys.executable, *words]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    (tmp_path / "toy.yaml").write_text(SCENARIO, encoding="utf-8")
    return run


def test_a_run_uses_its_parts(python, tmp_path):
    write = (
        "import pyarrow as pa\n"
        "rows = pa.table({'order_id': [1, 2, 3], 'seat': [4, 6, 99]})\n"
        "with pa.ipc.new_stream('orders.arrows', rows.schema) as file: file.write_table(rows)\n"
    )
    python("-c", write)
    told = python(*SANDBOX, "run", "toy.yaml", "--target", "real", "--quiet", "--format", "json")
    assert '"leaving.roc_auc >= 0.5"' in told
    assert '"seat.range": 1' in next((tmp_path / "data").rglob("manifest.json")).read_text(encoding="utf-8")


def test_a_dataset_lands_in_its_format(python, tmp_path):
    python(
        "-c",
        "from pathlib import Path\n"
        "from sandbox import registry\n"
        "from sandbox.landing import land\n"
        "from sandbox.scenario.loader import load\n"
        "sink = registry.load('sandbox.sinks', 'arrow_stream')()\n"
        "land(load('toy.yaml').plan, Path('out'), sink=sink, datasets=['orders'])\n",
    )
    assert [path.name for path in (tmp_path / "out" / "orders").iterdir()] == ["part-00000.arrows"]


def test_a_replay_is_sent_to_its_live_sink(python, tmp_path):
    told = python(*SANDBOX, "replay", "toy.yaml", "orders", "--to", "spool:out", "--format", "json")
    assert '"acknowledged": 20' in told
    assert (tmp_path / "out" / "00000000.arrow").is_file()


def test_it_stands_in_the_editors_schema(python):
    assert '"even"' in python(*SANDBOX, "schema")


def test_its_parts_keep_every_check(python, toy_plugin: Path):
    told = python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(toy_plugin / "check_parts.py"))
    assert " passed" in told
