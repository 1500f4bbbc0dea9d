"""Open `sandbox demo` and ask for all that its page needs, until it can be used: a process that a benchmark times."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from typing import Any

from tests.benchmarks.running import PROJECT

DEMO = [sys.executable, "-c", "from sandbox.cli import main; main()", "demo"]


def open_page(scenario: str) -> None:
    """Until rules are shown, and products with their pictures."""
    with tempfile.TemporaryDirectory() as out:
        words = [scenario, "--port", "0", "--no-browser", "--format", "json", "--out", out]
        with subprocess.Popen([*DEMO, *words], stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
            assert process.stdout is not None
            said = "".join(iter(process.stdout.readline, "}\n"))
            url = json.loads(said + "}")["url"]
            for each in ("", "shop/shop.css", "shop/live.js", "shop/shop.js", "shop/state"):
                _get(f"{url}/{each}")
            while not json.loads(_get(f"{url}/shop/visit?session=benchmark"))["rules"]:
                time.sleep(0.02)
            for product in json.loads(_get(f"{url}/shop/products?many=36")):
                _get(f"{url}/pictures/{product['id']}.svg")
            process.terminate()


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


if __name__ == "__main__":
    open_page(sys.argv[1])
