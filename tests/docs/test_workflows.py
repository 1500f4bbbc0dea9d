"""The workflows, ours and the one that the guide shows, are such as GitHub reads, and ours runs what must hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def steps(text: str) -> list[dict[str, Any]]:
    workflow = yaml.load(text, Loader=yaml.BaseLoader)  # so that `on` stays a word
    assert {"name", "on", "jobs"} <= workflow.keys()
    found = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert all(("uses" in step) != ("run" in step) for step in found)
    return found


def test_ours_runs_everything_that_must_hold():
    for path in (ROOT / ".github" / "workflows").iterdir():
        assert any("bash .ci/run" in step.get("run", "") for step in steps(path.read_text(encoding="utf-8")))
    assert (ROOT / ".ci" / "run").is_file()


def test_the_guides_keeps_what_the_plugin_keeps():
    guide = (ROOT / "sandbox" / "docs" / "fixtures-in-ci.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n# file: \.github/workflows/.*?\n(.*?)```", guide, re.DOTALL)
    told = steps(found[1])
    cache = next(step for step in told if step.get("uses", "").startswith("actions/cache@"))
    assert "env.SANDBOX_CACHE" in cache["with"]["path"]
    assert "steps.tables.outputs.key" in cache["with"]["key"]
    assert "sandbox cache-key" in next(step for step in told if step.get("id") == "tables")["run"]
