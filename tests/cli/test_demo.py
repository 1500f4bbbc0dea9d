"""`sandbox demo`, as somebody types it; in a browser it is tried in tests/live."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


@pytest.mark.parametrize("name", ["telco_churn", "online_retail", "open_bandit"])
def test_a_scenario_without_products_says_what_is_missing(name, tmp_path, command):
    said = command("demo", SCENARIOS / f"{name}.yaml", "--out", tmp_path)
    assert said.code == 2
    assert "no stream tells which customer did what with which item" in said.err
    assert list(tmp_path.iterdir()) == []


def test_one_page_to_keep(tmp_path, command):
    file = tmp_path / "kept.html"
    words = (
        SCENARIOS / "feed.yaml",
        "--scale",
        "0.1",
        "--export",
        file,
        "--out",
        tmp_path / "data",
        "--format",
        "json",
    )
    told = command("demo", *words)
    assert told.code == 0
    assert json.loads(told.out) == {"file": str(file), "bytes": file.stat().st_size}


def test_a_run_of_another_scenario_is_refused(tmp_path, command):
    said = command("demo", SCENARIOS / "feed.yaml", "--run", "shop/1", "--out", tmp_path)
    assert said.code == 2
    assert "shop/1" in said.err


@pytest.mark.parametrize("verb", ["demo", "serve"])
@pytest.mark.parametrize("library", ["orjson", "starlette", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(verb, library, tmp_path):
    """In a process of its own: what is imported once stays."""
    hidden = f"import sys; sys.modules['{library}'] = None; from sandbox.cli import main; main()"
    words = [verb, str(SCENARIOS / "feed.yaml"), "--scale", "0.05", "--port", "0", "--out", str(tmp_path)]
    said = subprocess.run([sys.executable, "-c", hidden, *words], capture_output=True, text=True, timeout=120)
    assert said.returncode == 2
    assert said.stderr == f"{library} is not installed; install it: python -m pip install 'sandbox[serve]'.\n"
