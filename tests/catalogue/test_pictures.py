"""Pictures are drawn by kind, differ by product, and ask nobody for anything."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from sandbox.catalogue import picture
from sandbox.catalogue.drawings.ink import colour
from sandbox.catalogue.kinds import ANYTHING, KINDS, kind_of

WORDS = [kind.words.split()[0] for kind in KINDS]


@pytest.mark.parametrize("category", [*WORDS, "something that nobody has drawn", ""])
def test_every_kind_is_a_picture_of_its_own_for_each_product(category):
    drawn = [picture(f"P{number:05d}", category) for number in range(60)]
    assert len({svg.split("</title>")[1] for svg in drawn}) >= 30
    for svg in drawn:
        root = ElementTree.fromstring(svg)
        assert root.attrib["viewBox"] == "0 0 400 400"
        assert not re.search(r"href|url\(|<script|<style|on\w+=|nan|None", svg)


def test_the_same_product_is_drawn_the_same_for_ever():
    assert picture("P00001", "handset", "Pixel") == picture("P00001", "handset", "Pixel")
    assert picture("P00001", "handset") != picture("P00002", "handset")
    assert picture("1", "lamps") == picture("1", "lamps", dataset="books"), "the category has the first word"


def test_a_title_that_is_markup_stays_text():
    svg = picture("1", "mug", "<script>alert('x')</script> & more")
    assert ElementTree.fromstring(svg)[0].text == "<script>alert('x')</script> & more"
    assert "<script" not in svg


def test_kinds_go_by_words_of_the_category_then_the_title_then_the_dataset():
    names = {kind.words.split()[0]: kind for kind in KINDS}
    assert kind_of("Handsets", "", "") is names["handset"]
    assert kind_of("accessories") is names["accessory"]
    assert kind_of("B-17", "A ceramic mug, blue", "products") is names["mug"]
    assert kind_of("fantastic", "", "books") is names["book"]
    assert kind_of("tablecloths", "", "products") is ANYTHING


@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_colours_are_as_light_as_they_are_asked_for(hue):
    """Against CSS Color 4's own figures: relative luminance rises with lightness, whatever the hue."""
    light = [_luminance(colour(lightness, 0.1, hue)) for lightness in (0.4, 0.64, 0.8, 0.95)]
    assert light == sorted(light)
    assert _luminance(colour(0.4, 0.075, hue)) < 0.12
    assert _luminance(colour(0.955, 0.018, hue)) > 0.8


def test_known_colours_come_out_as_they_are():
    """OKLCH of pure red and blue, from the specification of CSS Color 4."""
    assert colour(0.6279, 0.2576, 29.23) in {"#ff0000", "#fe0000", "#ff0100"}
    assert colour(1, 0, 0) == "#ffffff"
    assert colour(0, 0, 0) == "#000000"


def _luminance(code: str) -> float:
    parts = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
