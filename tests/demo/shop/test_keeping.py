"""A shop to keep is one file that asks nobody for anything, and knows what the server knew."""

from __future__ import annotations

import json
import re

import pytest

from sandbox.demo.shop.keeping import keep, page_of, told_of
from sandbox.errors import InputError, OutsideError


def test_everything_is_inside(looked_at, tmp_path):
    size = keep(looked_at, tmp_path / "new" / "shop.html")
    page = (tmp_path / "new" / "shop.html").read_text(encoding="utf-8")
    assert size == len(page.encode())
    outside = set(re.findall(r'https?://[^"\s\\]+', page))
    assert outside == {"http://www.w3.org/2000/svg"}, "a name of a language, which nobody asks for"
    assert not re.findall(r"<(?:link|img|script|iframe)[^>]+(?:src|href)=\"(?!data:)", page)
    assert "default-src 'none'" in page
    assert "@example.com" not in page
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["shop.html"]


def test_its_lists_begin_as_the_servers(looked_at):
    told = told_of(looked_at)
    for side in ("rules", "model"):
        for person, kept in zip(told["people"], told["sides"][side]["lists"], strict=False):
            owned = {item for item, _, sold in person["did"] if sold}
            places = [item for item, _ in kept if item not in owned][:6]
            live = looked_at.visit("other", person["shopper"]["id"])[side]
            assert [told["products"][place]["id"] for place in places] == [each["id"] for each in live]


def test_a_click_adds_what_the_server_would_add(looked_at):
    """Somebody new looks at one product: the page's list is that of the server for the very same."""
    told = told_of(looked_at)
    assert (told["sides"]["rules"]["adds"], told["sides"]["model"]["adds"]) == ("mean", "sum")
    place = max(range(len(told["products"])), key=lambda each: len(told["sides"]["model"]["rows"][each]))
    item = told["products"][place]["id"]
    for side, policy in (("rules", "rules"), ("model", "recommender")):
        kept = [told["products"][each]["id"] for each, _ in told["sides"][side]["rows"][place]]
        live = looked_at.recommendations.ask(policy, None, 6, item=item).items
        assert [each for each in kept if each != item][:6] == live


def test_a_title_cannot_end_the_script(looked_at):
    told = told_of(looked_at)
    told["products"][0]["title"] = "</script><script>alert(1)</script>"
    page = page_of(told)
    assert "<script>alert(1)" not in page
    found = re.search(r'<script type="application/json" id="kept">(.*?)</script>', page, re.DOTALL)
    assert json.loads(found[1])["products"][0]["title"] == "</script><script>alert(1)</script>"


def test_where_it_cannot_be_written_it_says_so(looked_at, tmp_path):
    with pytest.raises(InputError, match="is a folder; name a file in it"):
        keep(looked_at, tmp_path)
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutsideError, match="cannot be written"):
        keep(looked_at, tmp_path / "taken" / "demo.html")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
