"""schemathesis asks the plain API whatever its OpenAPI allows and forbids: every answer is one that it tells of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.serve.conftest import here, recommendations, scenario

__all__ = ["here", "recommendations", "scenario"]


def test_every_answer_is_as_the_document_says(here, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{here.url}/openapi.json", "--seed", "8"]
    limits = ["--max-examples", "60", "--workers", "2", "--exclude-path", "/retrain"]
    done = subprocess.run([*command, *limits], cwd=tmp_path, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout[-6000:]
