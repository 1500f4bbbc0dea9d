"""Compositions for whatever nobody has drawn: a few calm forms on a grid, by chance."""

from __future__ import annotations

from sandbox.catalogue.drawings.ink import Chance, Ink
from sandbox.catalogue.drawings.svg import circle, rect, shape, turned

_CELL = 76


def composition(ink: Ink, chance: Chance) -> str:
    """Nine squares, in each a quarter, a half or a whole of something round."""
    colours = (ink.main, ink.accent, ink.light, ink.dark, ink.glow)
    cells = []
    for number in range(9):
        x, y = 86 + _CELL * (number % 3), 86 + _CELL * (number // 3)
        first = chance.below(5)
        back, front = colours[first], colours[(first + 1 + chance.below(4)) % 5]
        cells.append(rect(x, y, _CELL, _CELL, back) + chance.of(_FORMS)(x, y, front, chance))
    return "".join(cells)


def _disc(x: int, y: int, fill: str, chance: Chance) -> str:
    return circle(x + _CELL / 2, y + _CELL / 2, chance.of((14, 22, 30)), fill)


def _quarter(x: int, y: int, fill: str, chance: Chance) -> str:
    return _turned(shape(f"M{x} {y}H{x + _CELL}A{_CELL} {_CELL} 0 0 1 {x} {y + _CELL}Z", fill), x, y, chance)


def _half(x: int, y: int, fill: str, chance: Chance) -> str:
    return _turned(shape(f"M{x} {y}V{y + _CELL}A{_CELL / 2:g} {_CELL / 2:g} 0 0 0 {x} {y}Z", fill), x, y, chance)


def _leaf(x: int, y: int, fill: str, chance: Chance) -> str:
    path = f"M{x} {y}A{_CELL} {_CELL} 0 0 1 {x + _CELL} {y + _CELL}A{_CELL} {_CELL} 0 0 1 {x} {y}Z"
    return _turned(shape(path, fill), x, y, chance)


def _corner(x: int, y: int, fill: str, chance: Chance) -> str:
    return _turned(shape(f"M{x} {y}H{x + _CELL}L{x} {y + _CELL}Z", fill), x, y, chance)


def _turned(drawn: str, x: int, y: int, chance: Chance) -> str:
    return turned(drawn, 90 * chance.below(4), x + _CELL / 2, y + _CELL / 2)


_FORMS = (_disc, _quarter, _quarter, _half, _leaf, _corner)
