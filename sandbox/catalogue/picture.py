"""Draw the picture of a product: the thing by its kind, on paper and ground of its colours; 1 to 4 kB of SVG."""

from __future__ import annotations

from html import escape

from sandbox.catalogue.drawings.ink import Chance, Ink, ink_of
from sandbox.catalogue.drawings.svg import SIZE, circle, ellipse, rect, shape
from sandbox.catalogue.kinds import ANYTHING, kind_of

_HUES = tuple(range(0, 360, 24))
_ASIDE = (-36, -24, 0, 0, 0, 24, 36, 96, 180, -96)
"""How far a product's hue lies from its category's: near more often than far."""
_ACROSS = (60, 120, 165, 200, -70)
"""How far the accent lies from the hue: by no more than one sees as a pair, nor so near that both are one."""


def picture(product: str, category: str = "", title: str = "", dataset: str = "") -> str:
    """The SVG of a product: the same for the same words, wherever and whenever it is drawn.

    Args:
        product: its id, by which pictures of one kind differ.
        category, title, dataset: what tells its kind, the first word that is known; the category also its colours, and
            the title which thing of that kind it is.
    """
    kind = kind_of(category, title, dataset)
    family, chance = Chance(f"colours of {category}"), Chance(f"{category}\n{product}")
    hue = (family.of(_HUES) + chance.of(_ASIDE)) % 360
    ink = ink_of(chance.of(kind.hues) if kind.hues else hue, chance.of(_ACROSS))
    drawing = kind.drawing(title) or chance.of(kind.drawings)
    ground = "" if kind is ANYTHING else _ground(ink, chance)
    shadow = "" if kind is ANYTHING else ellipse(200, 334, 104, 11, ink.dark, 0.16)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img">'
        f"<title>{escape(title or category or product)}</title>"
        f"{rect(0, 0, SIZE, SIZE, ink.paper)}{ground}{shadow}{drawing(ink, chance)}</svg>"
    )


def _ground(ink: Ink, chance: Chance) -> str:
    """What the thing stands before: a disc, an arch, a horizon or a leaf."""
    return chance.of(
        (
            circle(200, 200, 158, ink.ground),
            shape("M62 400V200A138 138 0 0 1 338 200V400Z", ink.ground),
            rect(0, 252, SIZE, SIZE - 252, ink.ground),
            rect(48, 48, 304, 304, ink.ground, 64),
            shape("M52 348V148A96 96 0 0 1 148 52H348V252A96 96 0 0 1 252 348Z", ink.ground),
        )
    )
