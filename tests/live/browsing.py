"""A demo that runs as a user starts it, and the system's Chromium to look at it with."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 60_000
"""A page on a machine that is busy with other tests is slow, not broken."""
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "No Chromium on this machine (apt-get install chromium)."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def demo(scenario: str, out: Path, *words: str) -> Iterator[str]:
    """`sandbox demo` on a free port, until Ctrl-C; where it is."""
    command = [*_command(scenario), "--port", "0", "--no-browser", "--format", "json", "--out", str(out), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _told(process)["url"]
        finally:
            process.terminate()
            process.wait(30)
    assert process.returncode == 0


def keep(scenario: str, out: Path, file: Path, *words: str) -> None:
    """`sandbox demo --export`."""
    subprocess.run([*_command(scenario), "--out", str(out), "--export", str(file), "--quiet", *words], check=True)


def _command(scenario: str) -> list[str]:
    return [sys.executable, "-c", "from sandbox.cli import main; main()", "demo", str(ROOT / "scenarios" / scenario)]


def _told(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("}"):
            break
    found: dict[str, Any] = json.loads(said)
    return found
