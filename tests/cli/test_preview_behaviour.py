"""`sandbox preview --behaviour`: pictures in the terminal, figures as JSON, a page."""

import json

import pytest

SHOP = """\
sandbox: 1
name: shop
clock: {start: 2026-03-20, days: 10, zone: Europe/London}
datasets:
  people: {rows: 200, static: true, key: id, columns: {id: {serial: 1}}}
  web:
    of: people
    time: at
    visits: {per_day: 1, day: evening}
    journey:
      home: {emits: page_view, then: {about: 0.25, leave: 0.75}, after: 20s}
      about: {emits: page_view, then: {leave: 1}}
    columns: {session: {visit: id}, event: {visit: event}}
"""


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    return path


def test_the_terminal_shows_journey_funnel_week_customers_and_retention(command, scenario):
    said = command("preview", scenario, "--behaviour")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "web: how all 200 people behave"
    for title in ("Journey", "Funnel", "Week", "Customers", "Retention"):
        assert any(line.startswith(title) for line in lines)
    week = [line for line in lines if line[:4] in ("Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun ")]
    assert len(week) == 7
    assert len({line.rstrip().index("  ", 53) if "  " in line[53:].rstrip() else 0 for line in week}) == 1
    assert max(map(len, (line.rstrip() for line in lines))) <= 100


def test_json_has_the_figures(command, scenario):
    found = json.loads(command("preview", scenario, "--behaviour", "--format", "json").out)["web"]
    assert len(found["hours"]) == 168
    assert found["stops"][0]["name"] == "home"
    assert found["ways"][0]["share"] == pytest.approx(0.25, abs=0.05)
    assert sum(span["active"] for span in found["spans"]) > 0


def test_a_page_has_the_same_pictures(command, scenario, tmp_path):
    said = command("preview", scenario, "web", "--behaviour", "--out", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert said.code == 0
    assert said.out.rstrip().endswith("page.html")
    assert "the journey of web: home to about" in page
    assert "When visits begin (Europe/London)" in page


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--out", "page.html"), 2, "--out writes a page of --behaviour"),
        (("people", "--behaviour"), 2, "'people' is no simulated dataset with `visits:`. Did you mean"),
        (("--behaviour", "--out", "/dev/null/page.html"), 2, "cannot be written: /dev/null is no folder"),
    ],
)
def test_what_cannot_be_drawn_is_told(command, scenario, words, code, said):
    found = command("preview", scenario, *words)
    assert found.code == code
    assert said.removesuffix(" Did you mean") in found.out + found.err


def test_a_scenario_without_visits_is_told(command, club):
    said = command("preview", club(), "--behaviour")
    assert said.code == 2
    assert "no simulated dataset has `visits:`" in said.err
