"""Pictures of the guides on demo, live dashboard and experiments anew: `python -m tests.live.pictures [FOLDER]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

import sandbox
from sandbox.report.experiment_page import write_experiment_page
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


def take_live(folder: Path) -> None:
    """Two weeks of an experiment, and a connector that has been down for sixteen hours."""
    with tempfile.TemporaryDirectory() as out, demo("telecom_loop.yaml", Path(out)) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1240, "height": 1700}, color_scheme="light")
        page.goto(f"{url}/live")
        page.locator("#clock", has_text="2026").wait_for(timeout=60_000)
        for words in ('[data-hours="168"]', '[data-hours="168"]', '[data-do="break"]'):
            _pressed(page, words)
        page.request.post(f"{url}/live/act", data={"do": "jump", "hours": 16})
        _still(page)
        page.locator("#truth-switch").click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(5_000)  # a word about what was caused goes by
        last = page.locator("#review-card").bounding_box()
        assert last is not None
        height = last["y"] + last["height"] + 16
        page.screenshot(path=folder / "live.png", clip={"x": 0, "y": 0, "width": 1240, "height": height})


def _pressed(page: Page, words: str) -> None:
    page.locator(words).click()
    _still(page)


def _still(page: Page) -> None:
    page.wait_for_timeout(1_500)
    page.locator("#rate", has_text="standing still").wait_for(timeout=300_000)


def take_experiment(folder: Path) -> None:
    """The guide's own experiment, as its page tells it."""
    guide = (ROOT / "sandbox/docs/experiments.md").read_text(encoding="utf-8")
    text = guide.partition("# file: trial.yaml\n")[2].partition("```")[0]
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        scenario, page = Path(name) / "trial.yaml", Path(name) / "trial.html"
        scenario.write_text(text, encoding="utf-8")
        loaded = sandbox.load(scenario)
        write_experiment_page(page, loaded.plan.scenario, loaded.experiment())
        looked = browser.new_page(viewport={"width": 1180, "height": 1200}, color_scheme="light")
        looked.goto(page.as_uri())
        looked.locator(".plotly, .js-plotly-plot").first.wait_for()
        looked.wait_for_timeout(1_500)
        looked.screenshot(path=folder / "experiment.png")


def _ready(page: Page, url: str) -> None:
    page.goto(f"{url}/")
    page.locator("#model button.card").first.wait_for(timeout=60_000)
    page.wait_for_function("[...document.images].every(image => image.loading === 'lazy' || image.complete)")
    page.wait_for_timeout(800)


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    take(chosen)
    take_live(chosen)
    take_experiment(chosen)
