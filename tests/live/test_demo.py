"""Through the whole shop in a real browser, as somebody who shows it, and the page that is kept of it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.live.browsing import chromium, demo, keep

SMALL = ("--scale", "0.1")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def url(out):
    with demo("telecom_loop.yaml", out, *SMALL) as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def opened(browser):
    """Opens a page; in the end, everything that it asked for came from where it came from, and nothing went wrong."""
    pages = []

    def open_(address, **options):
        page = browser.new_page(**{"viewport": {"width": 1440, "height": 900}, **options})
        page.set_default_timeout(60_000)
        asked, wrong = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        pages.append((page, address, asked, wrong))
        page.goto(address)
        expect(page.locator("#model button.card").first).to_be_visible(timeout=60_000)
        return page

    yield open_
    for page, address, asked, wrong in pages:
        page.close()
        assert not wrong
        assert [each for each in asked if not each.startswith((address.split("#")[0], "data:"))] == []


def shelf(page, name):
    return page.locator(f"#{name} > li").evaluate_all("cards => cards.map(card => card.dataset.id)")


def choose(page, customer):
    page.locator("#who").click()
    page.locator("#number").fill(customer)
    page.get_by_role("button", name=f"Customer {customer} ").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Customer {customer}")


def test_both_shelves_are_filled_and_differ(url, opened):
    page = opened(f"{url}/")
    assert len(shelf(page, "rules")) == len(shelf(page, "model")) == 6
    assert set(shelf(page, "rules")) != set(shelf(page, "model"))
    expect(page.locator("#rules-by")).to_have_text("best sellers, by category")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Customer \d+"))
    expect(page.locator("#grid img").first).to_have_js_property("complete", True)
    assert page.locator("#grid img").first.evaluate("image => image.naturalWidth") > 0


def test_a_click_changes_the_model_at_once_and_reaches_the_features_later(url, opened, out):
    page = opened(f"{url}/")
    page.locator("#who").click()
    page.get_by_role("button", name="A new visitor").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A new visitor")
    page.locator("#handle").click()
    expect(page.locator("#features dd").first).to_have_text("0")
    before = shelf(page, "model")
    page.locator("#grid button.card").nth(4).click()
    page.get_by_role("dialog").get_by_role("heading", level=2).wait_for()
    expect(page.locator("#told")).to_have_text(re.compile(r"product view: in \w+, there in "))
    assert shelf(page, "model") != before
    page.keyboard.press("Escape")
    expect(page.locator("#told")).to_have_text("product view: the features know", timeout=30_000)
    expect(page.locator("#chain .stop:not(.has)")).to_have_count(0)
    expect(page.locator("#features dd").first).to_have_text("1 was 0")
    expect(page.locator("#events .where").first).to_have_text("in the features")
    lines = (out / "telecom_loop" / "demo" / "events" / "web_events.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["event"] == "product_view"


def test_what_is_bought_is_told_and_not_shown_again(url, opened, out):
    page = opened(f"{url}/")
    choose(page, "12")
    item = shelf(page, "model")[0]
    page.locator("#model button.card").first.click()
    page.get_by_role("button", name="Add to basket").click()
    expect(page.locator("#count")).to_have_text("1")
    page.locator("#basket").click()
    page.get_by_role("button", name="Buy", exact=True).click()
    expect(page.locator("#toast")).to_have_text(re.compile("Bought: "))
    expect(page.locator(f'#model [data-id="{item}"], #rules [data-id="{item}"]')).to_have_count(0)
    lines = (out / "telecom_loop" / "demo" / "events" / "web_events.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert [each["event"] for each in told if each["customer_id"] == 12] == [
        "click",
        "product_view",
        "basket",
        "purchase",
    ]
    assert {each["product_id"] for each in told if each["customer_id"] == 12} == {item}


def test_what_was_closed_stays_closed_however_late_an_answer_comes(url, opened):
    page = opened(f"{url}/")
    page.route("**/shop/product?*", lambda route: (page.wait_for_timeout(700), route.continue_()))
    page.locator("#grid button.card").first.click()
    expect(page.locator("#product")).to_be_visible()
    with page.expect_response("**/shop/product?*"):
        page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    expect(page.locator("#product")).to_be_hidden()


def test_it_learns_anew_from_what_was_done_here(url, opened):
    page = opened(f"{url}/")
    page.locator("#learn").click()
    expect(page.locator("#toast")).to_have_text("The model has learnt anew.")
    expect(page.locator("#learn")).to_be_enabled()


def test_the_keyboard_is_enough(url, opened):
    page = opened(f"{url}/")
    page.keyboard.press("/")
    page.keyboard.type("charger")
    expect(page.locator("#grid > li").first).to_be_visible()
    expect(page.locator("#grid .title").filter(has_not_text="charger")).to_have_count(0)
    page.locator("#rules button.card").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    nameless = "all => all.filter(each => !each.innerText.trim() && !each.getAttribute('aria-label')).length"
    assert page.locator("button:visible").evaluate_all(nameless) == 0


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1440, 900), (1920, 1080)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen_in_light_and_dark(url, opened, width, height, scheme):
    page = opened(f"{url}/", viewport={"width": width, "height": height}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#model button.card").first.click()
    expect(page.locator("#product")).to_be_visible()
    assert page.locator("#product").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth + 1")
    lightness = "Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
    assert (page.evaluate(lightness) < 80) is (scheme == "dark")


def test_a_kept_page_goes_on_without_a_server(opened, tmp_path):
    file = tmp_path / "kept.html"
    keep("telecom_loop.yaml", tmp_path, file, "--scale", "0.1")
    page = opened(file.as_uri())
    before = shelf(page, "model")
    assert len(before) == len(shelf(page, "rules")) == 6
    page.locator("#model button.card").nth(2).click()
    page.get_by_role("button", name="Buy now").click()
    expect(page.locator("#toast")).to_have_text(re.compile("Bought: "))
    assert before[2] not in shelf(page, "model")
    page.locator("#who").click()
    page.get_by_role("button", name="A new visitor").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A new visitor")
    visitor = shelf(page, "model")
    page.locator("#grid button.card").nth(4).click()
    page.keyboard.press("Escape")
    assert shelf(page, "model") != visitor
    expect(page.locator("#learn")).to_be_hidden()
