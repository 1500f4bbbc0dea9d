"""The pictures of the guide on the demo, taken anew: `python -m tests.live.pictures [FOLDER]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.live.browsing import ROOT, chromium, demo

PICTURES = ROOT / "sandbox/docs/pictures"


def take(folder: Path) -> None:
    """Shop a little, and look three times."""
    with tempfile.TemporaryDirectory() as out, demo("telecom_loop.yaml", Path(out)) as url, chromium() as browser:
        wide = browser.new_page(viewport={"width": 1360, "height": 860}, color_scheme="light")
        _ready(wide, url)
        wide.screenshot(path=folder / "demo.png")
        wide.locator("#model button.card").nth(1).click()
        wide.get_by_role("button", name="Add to basket").click()
        wide.locator("#handle").click()
        wide.wait_for_timeout(900)
        wide.locator("#toast").evaluate("toast => toast.classList.remove('shown')")
        wide.evaluate("scrollTo(0, 0)")
        wide.wait_for_timeout(400)
        wide.screenshot(path=folder / "demo-click.png")
        phone = browser.new_page(viewport={"width": 390, "height": 760}, color_scheme="dark")
        _ready(phone, url)
        phone.screenshot(path=folder / "demo-phone.png")


def _ready(page: Page, url: str) -> None:
    page.goto(f"{url}/")
    page.locator("#model button.card").first.wait_for(timeout=60_000)
    page.wait_for_function("[...document.images].every(image => image.loading === 'lazy' || image.complete)")
    page.wait_for_timeout(800)


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
