"""What one reads, hears and plays with: books, headphones, records, toys, balls."""

from __future__ import annotations

from sandbox.catalogue.drawings.ink import Chance, Ink
from sandbox.catalogue.drawings.svg import arc, circle, ellipse, line, mirrored, moved, orbit, rect, ring, shape, turned

_HEART = "M200 236C150 200 132 168 152 144C170 124 194 134 200 156C206 134 230 124 248 144C268 168 250 200 200 236Z"


def book(ink: Ink, chance: Chance) -> str:
    """A book, its cover composed by chance."""
    return _bound(ink, chance, chance.of((_suns, _stripes, _arches, _waves, _blocks))(ink, chance))


def crime_book(ink: Ink, chance: Chance) -> str:
    """A thriller: the magnifying glass, or a keyhole."""
    glass = ring(192, 176, 36, ink.glow, 13) + line("M219 204L248 238", ink.glow, 15)
    keyhole = circle(200, 166, 27, ink.glow) + shape("M188 180H212L222 240H178Z", ink.glow)
    moon = circle(200, 182, 48, ink.glow) + circle(222, 168, 42, ink.main)
    return _bound(ink, chance, chance.of((glass, keyhole, moon)))


def romance_book(ink: Ink, chance: Chance) -> str:
    """A love story: a heart, two rings, or a flower."""
    rings = ring(180, 184, 30, ink.glow, 10) + ring(220, 184, 30, ink.accent, 10)
    flower = "".join(turned(ellipse(200, 156, 15, 29, ink.glow), 72 * n, 200, 184) for n in range(5))
    return _bound(ink, chance, chance.of((shape(_HEART, ink.accent), rings, flower + circle(200, 184, 12, ink.accent))))


def history_book(ink: Ink, chance: Chance) -> str:
    """What was: a temple, a crown, or an hourglass."""
    temple = (
        shape("M146 160L200 124L254 160Z", ink.glow)
        + "".join(rect(154 + 34 * n, 168, 22, 56, ink.glow) for n in range(3))
        + rect(144, 228, 112, 12, ink.glow)
    )
    crown = shape("M148 222V148L178 182L200 138L222 182L252 148V222Z", ink.glow) + rect(148, 228, 104, 12, ink.accent)
    glass = shape(
        "M160 134H240Q236 170 206 184Q236 198 240 236H160Q164 198 194 184Q164 170 160 134Z", ink.glow
    ) + shape("M168 232Q176 208 200 204Q224 208 232 232Z", ink.accent)
    return _bound(ink, chance, chance.of((temple, crown, glass)))


def science_book(ink: Ink, chance: Chance) -> str:
    """How it works: an atom, planets, or a flask."""
    atom = "".join(orbit(200, 184, 56, 20, ink.glow, 6, 60 * n) for n in range(3)) + circle(200, 184, 11, ink.accent)
    planet = (
        circle(200, 184, 34, ink.accent) + orbit(200, 184, 62, 15, ink.glow, 7, -18) + circle(242, 140, 7, ink.glow)
    )
    flask = shape("M186 128H214V164L246 226Q250 240 236 240H164Q150 240 154 226L186 164Z", ink.glow) + shape(
        "M170 202H230L242 228Q244 236 236 236H164Q156 236 158 228Z", ink.accent
    )
    return _bound(ink, chance, chance.of((atom, planet, flask)))


def poetry_book(ink: Ink, chance: Chance) -> str:
    """Verses: a feather, a bird, or a leaf."""
    feather = shape("M156 240C160 170 196 134 250 124C252 180 222 218 172 226Z", ink.glow) + line(
        "M150 248L226 152", ink.main, 5
    )
    bird = shape("M142 172Q172 150 200 182Q228 150 258 172Q226 176 204 214Q200 220 196 214Q174 176 142 172Z", ink.glow)
    leaf = shape("M200 244C146 210 152 150 200 122C248 150 254 210 200 244Z", ink.glow) + line(
        "M200 254V150M200 190L222 172M200 212L178 192", ink.main, 5
    )
    return _bound(ink, chance, chance.of((feather, bird, leaf)))


def headphones(ink: Ink, chance: Chance) -> str:
    """Headphones from the front."""
    cup = chance.of((34, 24))
    return (
        line("M102 240V206A98 98 0 0 1 298 206V240", ink.dark, 20)
        + line("M146 130A92 92 0 0 1 254 130", ink.light, 9)
        + rect(74, 212, 62, 108, ink.main, cup)
        + rect(264, 212, 62, 108, ink.main, cup)
        + rect(124, 224, 24, 84, ink.accent, 12)
        + rect(252, 224, 24, 84, ink.accent, 12)
    )


def speaker(ink: Ink, chance: Chance) -> str:
    """A loudspeaker, one cone or two."""
    tall = chance.one_in(2)
    top = (
        circle(200, 122, 27, ink.dark) + circle(200, 122, 11, ink.accent)
        if tall
        else rect(170, 104, 60, 12, ink.light, 6)
    )
    return (
        rect(116, 70, 168, 258, ink.main, 26)
        + rect(116, 70, 26, 258, ink.light, 13)
        + top
        + circle(200, 232, 64, ink.dark)
        + ring(200, 232, 44, ink.main, 7)
        + circle(200, 232, 21, ink.accent)
    )


def radio(ink: Ink, chance: Chance) -> str:
    """A small radio with an aerial."""
    grille = "".join(circle(128 + 22 * (n % 4), 222 + 22 * (n // 4), 6, ink.dark) for n in range(16))
    return (
        line(f"M252 168L{286 + chance.below(24)} 68", ink.dark, 7)
        + line("M136 168C136 124 230 124 230 168", ink.dark, 12)
        + rect(84, 164, 232, 164, ink.main, 32)
        + rect(104, 196, 114, 110, ink.light, 18)
        + grille
        + circle(264, 228, 31, ink.accent)
        + line("M264 228L280 210", ink.dark, 6)
        + rect(240, 282, 48, 12, ink.glow, 6)
    )


def record(ink: Ink, chance: Chance) -> str:
    """A record half out of its sleeve."""
    return (
        circle(244, 196, 104, ink.dark)
        + "".join(ring(244, 196, r, ink.main, 2) for r in (88, 72, 56))
        + circle(244, 196, 34, ink.accent)
        + circle(244, 196, 7, ink.pale)
        + rect(72, 92, 168, 212, ink.main, 8)
        + chance.of(
            (
                circle(156, 184, 48, ink.glow),
                shape("M100 250L156 140L212 250Z", ink.glow),
                rect(106, 130, 100, 100, ink.glow, 20, 45),
            )
        )
    )


def robot(ink: Ink, chance: Chance) -> str:
    """A toy robot."""
    eyes = chance.of((12, 16))
    return (
        line("M200 92V66", ink.dark, 8)
        + circle(200, 62, 12, ink.accent)
        + rect(136, 88, 128, 92, ink.main, 26)
        + rect(152, 110, 96, 42, ink.dark, 20)
        + circle(178, 131, eyes, ink.glow)
        + circle(222, 131, eyes, ink.glow)
        + rect(148, 188, 104, 96, ink.light, 20)
        + chance.of(
            (
                circle(200, 234, 22, ink.accent),
                rect(172, 212, 56, 12, ink.accent, 6) + rect(172, 236, 56, 12, ink.main, 6),
            )
        )
        + line("M142 206L108 258M258 206L292 258", ink.dark, 16)
        + rect(156, 284, 34, 44, ink.dark, 10)
        + rect(210, 284, 34, 44, ink.dark, 10)
    )


def bricks(ink: Ink, chance: Chance) -> str:
    """Building bricks, stacked."""
    colours = [ink.main, ink.accent, ink.light, ink.dark]
    first = chance.below(4)

    def brick(x: int, y: int, studs: int, number: int) -> str:
        fill = colours[(first + number) % 4]
        return (
            "".join(rect(x + 12 + 40 * n, y - 13, 24, 18, fill, 5) for n in range(studs))
            + rect(x, y, 8 + 40 * studs, 60, fill, 9)
            + ellipse(x + 14, y + 12, 5, 3, ink.pale)
        )

    lean = chance.below(3) * 16
    return (
        brick(156 + lean - 16, 108, 2, 3)
        + brick(108, 182, 3, 1)
        + brick(240, 182, 1, 2)
        + brick(88, 256, 2, 2)
        + brick(184, 256, 3, 0)
    )


def train(ink: Ink, chance: Chance) -> str:
    """A wooden locomotive."""
    puffs = "".join(circle(126 - 18 * n, 92 - 12 * n, 13 + 5 * n, ink.pale, 0.9) for n in range(chance.below(2) + 2))
    wheels = "".join(
        circle(x, 306, r, ink.dark) + circle(x, 306, r / 2.6, ink.glow) for x, r in ((118, 24), (182, 24), (266, 34))
    )
    return (
        puffs
        + rect(112, 122, 36, 72, ink.dark, 8)
        + rect(84, 186, 164, 96, ink.main, 30)
        + rect(222, 114, 104, 168, ink.accent, 14)
        + (
            rect(244, 138, 60, 54, ink.pale, 10)
            + rect(208, 100, 132, 24, ink.dark, 10)
            + rect(76, 270, 258, 22, ink.dark, 8)
            + wheels
        )
    )


def ball(ink: Ink, chance: Chance) -> str:
    """A ball with its seams."""
    seams = chance.of(
        (
            line("M200 94V314M90 204H310M124 128Q200 204 124 280M276 128Q200 204 276 280", ink.dark, 7),
            line("M108 144Q200 214 292 144M108 264Q200 194 292 264", ink.pale, 11),
        )
    )
    return (
        circle(200, 204, 112, ink.main)
        + shape("M200 92A112 112 0 0 0 200 316A150 150 0 0 1 200 92Z", ink.light)
        + turned(seams, chance.below(60), 200, 204)
    )


def weights(ink: Ink, chance: Chance) -> str:
    """A dumb-bell."""
    half = rect(92, 142, 38, 124, ink.main, 14) + rect(62, 166, 30, 76, ink.accent, 12)
    return turned(rect(110, 190, 180, 26, ink.dark, 13) + half + mirrored(half), chance.of((-24, 24)))


def _bound(ink: Ink, chance: Chance, cover: str) -> str:
    """A cover, its spine and pages, and two lines where title and author stand."""
    return (
        rect(126, 74, 164, 258, ink.dark, 10)
        + rect(132, 82, 150, 242, ink.pale, 4)
        + rect(118, 68, 158, 252, ink.main, 10)
        + rect(118, 68, 18, 252, ink.dark, 8)
        + moved(cover, 6, 0)
        + rect(158, 90, 98, 11, ink.pale, 5.5)
        + rect(174, 270 + chance.below(2) * 8, 66, 9, ink.light, 4.5)
    )


def _suns(ink: Ink, chance: Chance) -> str:
    return circle(200, 176, 44, ink.glow) + rect(136, 180 + chance.below(20), 128, 30, ink.accent)


def _stripes(ink: Ink, chance: Chance) -> str:
    return "".join(
        rect(142 + 30 * n, 126, 16, 60 + 15 * chance.below(5), (ink.glow, ink.accent)[n % 2], 8) for n in range(4)
    )


def _arches(ink: Ink, chance: Chance) -> str:
    return "".join(
        arc(f"M{200 - r} 240V184A{r} {r} 0 0 1 {200 + r} 184V240", c, 12)
        for r, c in ((54, ink.glow), (36, ink.accent), (18, ink.light))
    )


def _waves(ink: Ink, chance: Chance) -> str:
    return "".join(
        line(
            f"M142 {142 + 26 * n}Q160 {122 + 26 * n} 178 {142 + 26 * n}T214 {142 + 26 * n}T252 {142 + 26 * n}",
            (ink.glow, ink.accent)[n % 2],
            9,
        )
        for n in range(4)
    )


def _blocks(ink: Ink, chance: Chance) -> str:
    colours = (ink.glow, ink.accent, ink.light, ink.dark)
    return "".join(
        rect(146 + 38 * (n % 3), 126 + 38 * (n // 3), 32, 32, colours[chance.below(4)], chance.of((4, 16)))
        for n in range(9)
    )
