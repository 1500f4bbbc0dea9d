"""Killed at any moment and started again, a landing ends with the same bytes as if it had never stopped."""

import random
import signal
import subprocess
import sys
import time

import pytest

from sandbox.landing import land
from sandbox.scenario.loader import load

MANY = """
sandbox: 1
name: many
seed: 3
clock: {start: 2026-01-01, days: 30}
datasets:
"""
TABLE = """  table_%d:
    rows: 80_000
    static: true
    key: id
    columns:
      id: {serial: 1}
      fee: {lognormal: {median: 20, sigma: 1}, decimals: 2, check: {le: 200}}
      word: {choice: {a: 1, b: 2}}
      other: {uniform: [0, 1000], decimals: 0, type: int32}
    unique: [[other, fee]]
"""
SCRIPT = """
import sys
from pathlib import Path
from sandbox.landing import land
from sandbox.scenario.loader import load
plan = load(sys.argv[1], None, {}).plan
print("begun", flush=True)
land(plan, Path(sys.argv[2]), workers=int(sys.argv[3]))
"""


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_landing_goes_on_to_the_same_bytes(tmp_path, workers):
    scenario = tmp_path / "many.yaml"
    scenario.write_text(MANY + "".join(TABLE % at for at in range(6)))
    plan = load(scenario, None, {}).plan
    begun = time.monotonic()
    whole = land(plan, tmp_path / "whole", workers=workers)
    lasts_s = time.monotonic() - begun
    assert whole.manifest.datasets["table_0"].broken["(other, fee).unique"] > 0
    chance = random.Random(workers)
    for _ in range(2):
        command = [sys.executable, "-c", SCRIPT, str(scenario), str(tmp_path / "killed"), str(workers)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"begun\n"
            time.sleep(chance.uniform(0, lasts_s))
            process.send_signal(signal.SIGKILL)
    resumed = land(plan, tmp_path / "killed", workers=workers)
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    assert resumed.already_done or resumed.kept + resumed.redone == 6
