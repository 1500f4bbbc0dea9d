"""What kind of thing a product is, by the words that its category, its title or its dataset has."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sandbox.catalogue.drawings import home, leisure, phones, wear
from sandbox.catalogue.drawings.abstract import composition
from sandbox.catalogue.drawings.ink import Chance, Ink

Drawing = Callable[[Ink, Chance], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing: the words that name it, and the ways in which it is drawn."""

    words: str
    drawings: tuple[Drawing, ...]
    hues: tuple[int, ...] = ()
    """Of things that have a colour of their own; others take what chance gives."""

    def drawing(self, title: str) -> Drawing | None:
        """The way that a title names, such as a kettle's among those of the kitchen; None where it names none."""
        told = set(re.findall(r"[a-z]+", title.lower()))
        named = [drawing for drawing in self.drawings if set(drawing.__name__.split("_")) <= told]
        return named[0] if named else None


ANYTHING = Kind("", (composition,))
KINDS = (
    Kind("crime thriller mystery detective horror", (leisure.crime_book,)),
    Kind("romance love", (leisure.romance_book,)),
    Kind("history biography politics", (leisure.history_book,)),
    Kind("science physics nature mathematics fantasy", (leisure.science_book,)),
    Kind("poetry poem drama verse", (leisure.poetry_book,)),
    Kind("handset phone mobile smartphone telephone device", (phones.handset, phones.handset_back)),
    Kind("tariff plan sim subscription contract data prepaid", (phones.sim_card, phones.tariff)),
    Kind("accessory charger cable case adapter", (phones.charger, phones.earbuds, phones.phone_case)),
    Kind("broadband router internet wifi fibre fiber network", (phones.router, phones.globe)),
    Kind("mug cup tea coffee drinkware", (home.mug,)),
    Kind("kitchen cook cooking pan kettle cookware dish crockery", (home.mug, home.kettle, home.pot)),
    Kind("light lighting lamp lantern candle", (home.desk_lamp, home.pendant, home.floor_lamp)),
    Kind("garden plant flower outdoor seed nature", (home.plant, home.cactus, home.watering_can), (125, 140, 155, 170)),
    Kind("furniture chair sofa couch table home living bedroom", (home.armchair, home.vase, home.floor_lamp)),
    Kind("decoration decor vase ornament", (home.vase,)),
    Kind("book novel read reading magazine fiction title", (leisure.book,)),
    Kind("audio headphone speaker sound hifi", (leisure.headphones, leisure.speaker, leisure.radio)),
    Kind("music record vinyl album song film movie", (leisure.record,)),
    Kind("toy game kids child children baby puzzle", (leisure.robot, leisure.bricks, leisure.train)),
    Kind("sport ball fitness football gym outdoors", (leisure.ball, leisure.weights)),
    Kind("shoe sneaker boot footwear trainer", (wear.shoe,)),
    Kind("shirt clothes clothing fashion apparel top dress jacket women men wear", (wear.shirt,)),
    Kind("bag luggage suitcase purse wallet backpack", (wear.bag,)),
    Kind("watch jewellery jewelry clock ring", (wear.watch,)),
    Kind("drink wine beer bottle juice water spirits", (wear.bottle,)),
    Kind("food fruit grocery groceries vegetable fresh snack", (wear.fruit, wear.bottle)),
    Kind("beauty cosmetic skincare health care hygiene perfume", (wear.jar,)),
    Kind("gift present card voucher party", (wear.present,)),
    Kind("computer laptop computing office software tablet", (wear.laptop,)),
    Kind("camera photo photography", (wear.camera,)),
    Kind("tv television screen monitor electronics video", (wear.screen, wear.camera, wear.laptop)),
)
"""The more special first: a word that two kinds have means the first of them."""
_BY_WORD = {word: kind for kind in reversed(KINDS) for word in kind.words.split()}


@lru_cache(maxsize=65_536)
def kind_of(*told: str) -> Kind:
    """The kind that the first text with a word that is known tells; a composition where none does.

    Args:
        told: a product's category, then its title, then what its dataset is called.
    """
    for text in told:
        for word in re.findall(r"[a-z]+", text.lower()):
            for form in (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"):
                if form in _BY_WORD:
                    return _BY_WORD[form]
    return ANYTHING
