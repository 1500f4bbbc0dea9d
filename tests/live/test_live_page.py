"""Through the live dashboard in a real browser: it plays, a connector breaks and recovers, and nothing goes wrong."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.live.browsing import PATIENCE_MS, chromium, demo

SMALL = (
    "--set", "datasets.customers.rows=4000", "--set", "datasets.products.rows=80", "--set", "experiment.ramp=[]",
    "--set", "models.voucher.review.reviewers=1",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The dashboard of a small show; in the end all that it asked for was its own, and nothing went wrong."""
    with demo("telecom_loop.yaml", tmp_path_factory.mktemp("data"), *SMALL) as url, chromium() as browser:
        found = browser.new_page(viewport={"width": 1440, "height": 900})
        found.set_default_timeout(PATIENCE_MS)
        asked, wrong = [], []
        found.on("request", lambda request: asked.append(request.url))
        found.on("pageerror", lambda error: wrong.append(str(error)))
        found.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        found.goto(url)
        found.locator("#live").click()  # from the shop
        expect(found.locator("#clock")).to_have_text(re.compile("2026"), timeout=PATIENCE_MS)
        yield found
        found.close()
        assert not wrong
        assert [each for each in asked if not each.startswith((url, "data:"))] == []


def stage(page, name):
    return page.locator(".stop", has=page.locator(".name", has_text=re.compile(f"^{name}$")))


def test_it_says_what_it_does_before_there_is_anything_to_see(page):
    """Another page whose news never come."""
    fresh = page.context.browser.new_page()
    fresh.route("**/live/news", lambda route: None)
    fresh.goto(page.url)
    expect(fresh.locator("#opening")).to_contain_text("time stands still until you press play")
    expect(fresh.locator("#arms")).to_be_hidden()
    fresh.close()
    expect(page.locator("#opening")).to_be_hidden()


def test_it_stands_still_until_play_is_pressed(page):
    expect(page.locator("#rate")).to_contain_text("standing still")
    expect(page.locator("#day")).to_contain_text("day 15 of 60")
    before = page.locator("#clock").inner_text()
    page.locator("[data-speed='3600']").click()
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    expect(page.locator("#clock")).not_to_have_text(before)


def test_a_day_later_there_are_figures(page):
    page.locator("[data-hours='24']").click()
    expect(page.locator("#arms-chart .line")).to_have_count(2)
    expect(page.locator("#arms-chart .true")).to_have_count(0)
    expect(page.locator("#interval-key")).to_have_text("95 % interval")
    expect(page.locator("#truth-key")).to_be_hidden()
    page.locator("#truth-switch").click()
    expect(page.locator("#arms-chart .true")).to_have_count(2)
    expect(page.locator("#truth-key")).to_be_visible()
    expect(page.locator("#story li").first).to_be_visible()
    expect(page.locator("#funnel .steps li")).to_have_count(5)


def test_a_connector_breaks_and_recovers(page):
    connector = stage(page, "connector")
    page.locator("#play").click()
    page.locator("[data-do='break']").click()
    expect(connector).to_have_class(re.compile("down"))
    expect(connector.locator(".told")).to_contain_text("down until")
    page.locator("[data-speed='10000']").click()
    expect(connector.locator(".waits")).to_contain_text("waiting")
    expect(stage(page, "lake").locator(".told")).to_contain_text("h old")
    expect(page.locator("#traffic-chart .outage")).to_have_count(1)
    page.locator("[data-hours='24']").click()
    expect(connector).not_to_have_class(re.compile("down"))
    expect(stage(page, "lake").locator(".told")).to_contain_text(re.compile(r"\d+ (s|min) old"))
    expect(page.locator("#story")).to_contain_text("The connector broke for 24 h")


def test_decisions_wait_for_reviewers_who_go_home_and_fall_ill(page):
    desk = page.locator("#review .desk")
    expect(desk.locator("[data-of='by_people']")).to_have_text(re.compile("[1-9]"))
    expect(desk.locator(".waiting-line")).to_have_count(1)
    expect(desk.locator(".latest li").first).to_contain_text("customer")
    page.locator("[data-speed='600']").click()
    page.locator("[data-do='fall ill']").click()
    expect(desk.locator(".people .said")).to_contain_text("1 ill")
    expect(desk.locator(".person.ill")).to_have_count(1)
    page.locator("[data-do='help out']").click()
    expect(desk.locator(".people .said")).to_contain_text("1 helping out")
    page.locator("[data-hours='168']").click()
    expect(page.locator("#rate")).to_contain_text("events a second", timeout=PATIENCE_MS)
    expect(desk.locator("[data-of='given_up']")).to_have_text(re.compile("[1-9]"))
    expect(desk.locator(".person.ill")).to_have_count(0)
    expect(page.locator("#story")).to_contain_text("A reviewer fell ill for 2 days")


def test_every_button_does_something_that_is_told(page):
    for what, told in (
        ("retrain", "Somebody asked for a retraining"),
        ("campaign", "A campaign began"),
        ("poison", "was poisoned"),
        ("share", "The model was given 25 %"),
        ("roll back", "Somebody rolled back"),
    ):
        page.locator(f"[data-do='{what}']").click()
        page.locator("[data-speed='10000']").click()
        expect(page.locator("#story")).to_contain_text(told)


def test_it_goes_by_the_keyboard(page):
    page.locator("body").click(position={"x": 5, "y": 5})
    going = page.locator("#play").get_attribute("aria-pressed")
    page.keyboard.press(" ")
    expect(page.locator("#play")).not_to_have_attribute("aria-pressed", going)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-speed='3600']")).to_have_attribute("aria-checked", "true")
    page.locator("[data-speed='3600']").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-speed='600']")).to_have_attribute("aria-checked", "true")
    expect(page.locator("[data-speed='600']")).to_be_focused()


@pytest.mark.parametrize("width", [390, 1920])
def test_it_fits_a_phone_and_a_projector(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#play")).to_be_in_viewport()
