"""What a telephone company sells: handsets, tariffs, accessories, routers."""

from __future__ import annotations

from sandbox.catalogue.drawings.ink import Chance, Ink
from sandbox.catalogue.drawings.svg import circle, ellipse, line, orbit, rect, ring, shape, turned

_FOOT = "V303A19 19 0 0 1 241 322H159A19 19 0 0 1 140 303Z"
"""The lower end of a screen, from its right edge to its left one."""


def handset(ink: Ink, chance: Chance) -> str:
    """A telephone from its front, with something on its screen."""
    return (
        rect(132, 62, 136, 268, ink.dark, 26)
        + rect(140, 70, 120, 252, ink.glow, 19)
        + chance.of((_hills, _tiles, _orbit))(ink, chance)
        + rect(180, 79, 40, 9, ink.dark, 4.5)
        + rect(178, 308, 44, 4, ink.dark, 2)
    )


def handset_back(ink: Ink, chance: Chance) -> str:
    """A telephone from behind, leaning a little: its cameras."""
    lenses = chance.below(2) + 2
    cameras = "".join(
        circle(168, 110 + 42 * number, 17, ink.dark) + circle(168, 110 + 42 * number, 8, ink.light)
        for number in range(lenses)
    )
    return (
        rect(120, 66, 142, 264, ink.dark, 28, 8)
        + turned(rect(134, 66, 142, 264, ink.main, 28) + rect(144, 80, 48, 18 + 42 * lenses, ink.light, 22), 8)
        + turned(cameras + circle(232, 110, 6, ink.glow) + circle(205, 236, 15, ink.light), 8)
    )


def sim_card(ink: Ink, chance: Chance) -> str:
    """A SIM card with how much is in it as bars."""
    bars = chance.below(3) + 3
    gold = rect(142, 196, 84, 74, ink.glow, 12) + line(
        "M142 221H174V245H142M226 221H194V245H226M184 196V221M184 245V270", ink.dark, 4
    )
    signal = "".join(rect(170 + 19 * n, 152 - 13 * n, 12, 14 + 13 * n, ink.pale, 4) for n in range(bars))
    return shape(
        "M130 70H228L280 122V310A20 20 0 0 1 260 330H130A20 20 0 0 1 110 310V90A20 20 0 0 1 130 70Z", ink.main
    ) + (shape("M228 70L280 122V150L200 70Z", ink.light) + gold + signal + rect(142, 290, 116, 10, ink.dark, 5))


def tariff(ink: Ink, chance: Chance) -> str:
    """A speech bubble and the waves of a mast: what a month of talking is."""
    dots = "".join(circle(154 + 36 * n, 160, 10, ink.pale) for n in range(3))
    waves = "".join(
        line(
            f"M{252 - 15 * n} {262 - 15 * n}A{22 * (n + 1)} {22 * (n + 1)} 0 0 1 {284 + 15 * n} {262 - 15 * n}",
            ink.dark,
            9,
        )
        for n in range(chance.below(2) + 1)
    )
    return (
        rect(84, 88, 212, 144, ink.main, 28)
        + shape("M132 228H186L132 274Z", ink.main)
        + dots
        + circle(268, 288, 58, ink.glow)
        + waves
        + circle(268, 288, 12, ink.dark)
        + line("M268 288V326", ink.dark, 9)
    )


def charger(ink: Ink, chance: Chance) -> str:
    """A plug with its cable in a loop."""
    loop = chance.of(
        (
            "M200 230C200 320 320 330 316 250S210 160 130 200S70 320 150 326",
            "M200 230C200 300 130 340 96 290S150 190 220 230S330 300 300 336",
        )
    )
    return (
        line(loop, ink.light, 12)
        + rect(154, 92, 92, 110, ink.main, 24)
        + rect(174, 56, 12, 44, ink.dark, 5)
        + rect(214, 56, 12, 44, ink.dark, 5)
        + rect(184, 198, 32, 38, ink.dark, 9)
        + shape("M206 112L180 154H198L192 184L222 140H203Z", ink.glow)
    )


def earbuds(ink: Ink, chance: Chance) -> str:
    """Two earbuds above their case."""

    def bud(x: int, side: int) -> str:
        return (
            rect(x - 11, 110, 22, 82, ink.light, 11, -8 * side)
            + circle(x + 9 * side, 112, 31, ink.main)
            + circle(x + 20 * side, 110, 12, ink.dark)
        )

    return (
        bud(152, -1)
        + bud(248, 1)
        + rect(112, 214, 176, 112, ink.accent, 44)
        + line("M112 258H288", ink.dark, 5)
        + rect(184, 251, 32, 14, ink.dark, 7)
        + circle(200, 292, 6, ink.pale)
    )


def phone_case(ink: Ink, chance: Chance) -> str:
    """A soft case with a pattern."""

    def dots() -> str:
        return "".join(
            circle(168 + 32 * (n % 3), 176 + 34 * (n // 3), 9, ink.glow if (n + n // 3) % 2 else ink.pale)
            for n in range(12)
        )

    def waves() -> str:
        return "".join(
            line(
                f"M140 {190 + 30 * n}Q160 {168 + 30 * n} 180 {190 + 30 * n}T220 {190 + 30 * n}T260 {190 + 30 * n}",
                ink.glow,
                8,
            )
            for n in range(4)
        )

    def sun() -> str:
        return circle(200, 238, 44, ink.glow) + shape(
            "M140 262Q170 232 200 262T260 262V296A24 24 0 0 1 236 320H164A24 24 0 0 1 140 296Z", ink.light
        )

    return (
        rect(128, 62, 144, 270, ink.dark, 32)
        + rect(136, 70, 128, 254, ink.accent, 26)
        + chance.of((dots, waves, sun))()
        + rect(150, 84, 56, 62, ink.dark, 20)
        + circle(178, 102, 10, ink.light)
        + circle(178, 128, 10, ink.light)
    )


def router(ink: Ink, chance: Chance) -> str:
    """A router with its aerials and waves above it."""
    masts = chance.of(((130, 270), (124, 200, 276)))
    aerials = "".join(line(f"M{x} 252L{x + (x - 200) * 0.16:g} 142", ink.dark, 13) for x in masts)
    waves = "".join(
        line(f"M{200 - 26 * n} {122 - 15 * n}Q200 {92 - 26 * n} {200 + 26 * n} {122 - 15 * n}", ink.accent, 11)
        for n in (1, 2, 3)
    )
    lights = "".join(
        circle(126 + 24 * n, 284, 6.5, ink.glow if n < 2 + chance.below(3) else ink.dark) for n in range(4)
    )
    return (
        aerials
        + waves
        + circle(200, 130, 9, ink.accent)
        + rect(84, 244, 232, 78, ink.main, 30)
        + rect(84, 296, 232, 26, ink.dark, 13)
        + rect(84, 244, 232, 66, ink.main, 30)
        + lights
        + rect(246, 279, 46, 10, ink.light, 5)
    )


def globe(ink: Ink, chance: Chance) -> str:
    """The net around the globe."""
    lean = chance.of((-24, 24))
    return (
        circle(200, 196, 108, ink.main)
        + ellipse(200, 196, 50, 108, ink.light, 0.55)
        + line("M94 196H306M112 138H288M112 254H288", ink.pale, 5)
        + orbit(200, 196, 146, 42, ink.dark, 8, lean)
        + circle(200 + 5.4 * lean, 138 if lean > 0 else 136, 15, ink.accent)
    )


def _hills(ink: Ink, chance: Chance) -> str:
    high = chance.below(40)
    return (
        circle(chance.of((178, 222)), 150, 24, ink.accent)
        + shape(
            f"M140 {232 - high}Q170 {190 - high} 200 {226 - high}T260 {214 - high}{_FOOT}",
            ink.light,
        )
        + shape(
            f"M140 {270 - high}Q180 {226 - high} 216 {262 - high}T260 {258 - high}{_FOOT}",
            ink.main,
        )
    )


def _tiles(ink: Ink, chance: Chance) -> str:
    colours = (ink.main, ink.accent, ink.light, ink.pale)
    first = chance.below(4)
    return (
        rect(154, 104, 92, 52, ink.pale, 12)
        + rect(166, 120, 40, 7, ink.main, 3.5)
        + rect(166, 134, 60, 7, ink.light, 3.5)
        + "".join(
            rect(154 + 33 * (n % 3), 174 + 34 * (n // 3), 26, 26, colours[(n + first + n // 3) % 4], 8)
            for n in range(9)
        )
    )


def _orbit(ink: Ink, chance: Chance) -> str:
    return (
        ring(200, 200, 40, ink.main, 18)
        + circle(200, 200, 17, ink.accent)
        + line(f"M156 {268 + chance.below(10)}H244M168 290H232", ink.light, 9)
    )
