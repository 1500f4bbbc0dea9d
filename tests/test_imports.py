"""What is quick stays quick: no verb loads a library that it has no use for. Told by what is loaded, not by a clock."""

import os
import subprocess
import sys

import pytest

HEAVY = (
    "pandas",
    "sklearn",
    "scipy",
    "skops",
    "faker",
    "plotly",
    "sqlglot",
    "duckdb",
    "pyarrow",
    "numpy",
    "pydantic",
    "yaml",
    "rich",
)

THREE = """
sandbox: 1
name: three
seed: 1
clock: {start: 2026-01-01, days: 30, zone: UTC}
datasets:
  shops:
    rows: 1000
    static: true
    key: shop_id
    columns:
      shop_id: {serial: 1}
      size: {choice: {small: 3, large: 1}}
  customers:
    rows: 1000
    static: true
    key: customer_id
    columns:
      customer_id: {serial: 1}
      shop_id: {ref: shops}
  orders:
    rows: 1000
    time: at
    columns:
      at: {times: {}}
      customer_id: {ref: customers}
      amount: {lognormal: {median: 3, sigma: 1}, decimals: 2}
"""


def loaded(script, *words):
    """The heavy libraries that a fresh process has loaded after `script`."""
    tell = f"import sys, atexit; atexit.register(lambda: print('LOADED', *[m for m in {HEAVY} if m in sys.modules]))"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", f"{tell}\n{script}", *map(str, words)], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("LOADED")[2].split())


def verb(*words):
    return loaded("from sandbox.cli import main; main()", *words)


@pytest.fixture
def three(tmp_path):
    path = tmp_path / "three.yaml"
    path.write_text(THREE)
    return path


def test_importing_the_package_loads_nothing():
    assert loaded("import sandbox; dir(sandbox)") == set()


@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("--version",)])
def test_help_loads_nothing(words):
    assert verb(*words) == set()


def test_listing_runs_loads_no_library_of_models(tmp_path):
    assert not verb("runs", "--out", tmp_path) & {"pandas", "sklearn", "faker", "plotly", "sqlglot"}


def test_checking_trains_nothing_and_needs_no_pandas(club):
    assert not verb("check", club()) & {"pandas", "sklearn", "scipy", "skops", "plotly"}


def test_previewing_and_generating_load_what_they_use(three, tmp_path):
    unused = {"pandas", "sklearn", "scipy", "skops", "plotly", "sqlglot"}
    assert not verb("preview", three) & unused
    assert not verb("generate", three, "--out", tmp_path / "out") & unused


def test_a_run_without_models_loads_no_scikit_learn(three, tmp_path):
    assert not verb("run", three, "--out", tmp_path / "runs") & {"pandas", "sklearn", "plotly"}


def test_leaving_pandas_out_takes_it_from_nobody():
    script = """
from sandbox.lean import leave_pandas_out
leave_pandas_out()
import sys, pyarrow as pa
table = pa.table({"a": [1, None]})
assert "pandas" not in sys.modules
assert type(table.to_pandas()).__name__ == "DataFrame"
import pandas
assert pa.Table.from_pandas(pandas.DataFrame({"a": [1]})).num_rows == 1
assert pa.array(pandas.Series([1.0, float("nan")]), from_pandas=True).null_count == 1
"""
    assert "pandas" in loaded(script)
