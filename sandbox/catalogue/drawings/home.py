"""What stands in a home: mugs and kettles, lamps, chairs, and what grows on the sill."""

from __future__ import annotations

from sandbox.catalogue.drawings.ink import Chance, Ink, colour
from sandbox.catalogue.drawings.svg import circle, ellipse, line, mirrored, orbit, rect, shape, turned

LAMPLIGHT = colour(0.93, 0.085, 92)


def mug(ink: Ink, chance: Chance) -> str:
    """A mug that steams."""
    side = chance.of((1, -1))
    steam = "".join(
        line(f"M{166 + 34 * n} 128C{152 + 34 * n} 108 {182 + 34 * n} 96 {166 + 34 * n} 74", ink.light, 9)
        for n in range(3)
    )
    band = chance.of(
        (
            rect(116, 214, 168, 26, ink.glow),
            circle(200, 234, 30, ink.glow),
            line("M118 236Q140 212 162 236T206 236T250 236T284 232", ink.glow, 10),
        )
    )
    handle = orbit(200 + 92 * side, 228, 36, 42, ink.dark, 19)
    return (
        steam
        + handle
        + shape("M116 150H284V286A40 40 0 0 1 244 326H156A40 40 0 0 1 116 286Z", ink.main)
        + band
        + (ellipse(200, 150, 84, 16, ink.dark) + ellipse(200, 152, 70, 11, ink.accent))
    )


def kettle(ink: Ink, chance: Chance) -> str:
    """A kettle with a lid."""
    return (
        line("M134 170C134 70 266 70 266 170", ink.dark, 18)
        + shape("M268 214L330 156L340 170L292 262Z", ink.dark)
        + shape(
            "M144 166H256C286 200 300 254 300 292A34 34 0 0 1 266 326H134A34 34 0 0 1 100 292C100 254 114 200 144 166Z",
            ink.main,
        )
        + shape(
            "M144 166C126 200 118 254 118 300A26 26 0 0 0 134 326A34 34 0 0 1 100 292C100 254 114 200 144 166Z",
            ink.light,
        )
        + ellipse(200, 166, 58, 13, ink.dark)
        + circle(200, 146, 14, ink.accent)
        + (rect(134, 296, 132, 12, ink.glow, 6) if chance.one_in(2) else circle(206, 252, 32, ink.glow))
    )


def pot(ink: Ink, chance: Chance) -> str:
    """A cooking pot with its lid."""
    return (
        rect(70, 204, 260, 26, ink.dark, 13)
        + shape("M102 188H298V288A38 38 0 0 1 260 326H140A38 38 0 0 1 102 288Z", ink.main)
        + shape("M102 188H130V300Q130 318 144 326H140A38 38 0 0 1 102 288Z", ink.light)
        + shape("M96 182Q104 122 200 118T304 182Z", ink.accent)
        + rect(92, 174, 216, 20, ink.dark, 10)
        + rect(182, 92, 36, 30, ink.dark, 12)
        + ("".join(circle(158 + 42 * n, 262, 11, ink.glow) for n in range(3)) if chance.one_in(2) else "")
    )


def desk_lamp(ink: Ink, chance: Chance) -> str:
    """A jointed lamp and its light."""
    light = shape("M246 172L330 322H166L196 200Z", LAMPLIGHT, 0.75)
    lamp = (
        line("M138 318L116 208L212 120", ink.dark, 13)
        + circle(116, 208, 15, ink.accent)
        + circle(212, 120, 12, ink.accent)
        + shape("M200 104L276 150Q250 212 184 210Z", ink.main)
        + ellipse(228, 186, 32, 14, ink.pale, turn=-34)
        + rect(86, 306, 104, 22, ink.dark, 11)
    )
    drawn = light + lamp
    return drawn if chance.one_in(2) else mirrored(drawn)


def pendant(ink: Ink, chance: Chance) -> str:
    """A lamp that hangs."""
    shade = chance.of(
        (
            "M200 118C268 118 300 168 304 226H96C100 168 132 118 200 118Z",
            "M168 118H232L300 226H100Z",
            "M150 118H250Q284 170 272 226H128Q116 170 150 118Z",
        )
    )
    return (
        shape("M116 226H284L334 340H66Z", LAMPLIGHT, 0.7)
        + line("M200 0V120", ink.dark, 7)
        + rect(184, 98, 32, 26, ink.dark, 8)
        + circle(200, 232, 26, ink.pale)
        + shape(shade, ink.main)
        + line("M134 206H266", ink.light, 9)
    )


def floor_lamp(ink: Ink, chance: Chance) -> str:
    """A lamp on a tripod, or on one leg."""
    legs = chance.of(("M200 176L148 326M200 176L252 326M200 176V318", "M200 176V318M160 324H240"))
    return (
        circle(200, 132, 108, LAMPLIGHT, 0.75)
        + line(legs, ink.dark, 11)
        + shape("M150 74H250L286 180H114Z", ink.main)
        + shape("M150 74H178L154 180H114Z", ink.light)
        + line("M246 180V226", ink.accent, 4)
        + circle(246, 232, 8, ink.accent)
    )


def plant(ink: Ink, chance: Chance) -> str:
    """A plant in a pot."""
    many = chance.of((5, 7))
    leaves = "".join(
        turned(shape(f"M200 244C{wide} 190 164 116 200 72C236 116 {400 - wide} 190 200 244Z", fill), lean, 200, 250)
        for wide, fill, lean in (
            (152 + chance.below(12), ink.dark if n % 2 else ink.main, (n - many // 2) * 112 / many)
            for n in sorted(range(many), key=lambda n: -abs(n - many // 2))
        )
    )
    band = rect(132, 226, 136, 30, ink.accent, 10)
    return (
        leaves
        + shape("M142 240H258L244 314A16 16 0 0 1 228 328H172A16 16 0 0 1 156 314Z", ink.accent)
        + (shape("M142 256H258L256 268H144Z", ink.dark, 0.22) + band)
    )


def cactus(ink: Ink, chance: Chance) -> str:
    """A cactus in bloom."""
    thorns = "".join(line(f"M{184 + 32 * (n % 2)} {126 + 22 * n}l0 9", ink.pale, 4) for n in range(5))
    return (
        line("M200 240V118", ink.main, 66)
        + line("M206 196H262V156", ink.main, 32)
        + line("M194 216H140V182", ink.main, 32)
        + thorns
        + "".join(circle(200 + x, 80 + y, 12, ink.accent) for x, y in ((-12, 0), (12, 0), (0, -11), (0, 9)))
        + circle(200, 80, 7, ink.pale)
        + shape("M138 244H262L246 312A18 18 0 0 1 229 328H171A18 18 0 0 1 154 312Z", chance.of((ink.accent, ink.dark)))
        + rect(128, 228, 144, 28, ink.glow, 9)
    )


def watering_can(ink: Ink, chance: Chance) -> str:
    """A can that pours."""
    drops = "".join(ellipse(70 + 17 * n, 232 + 26 * (n % 2) + chance.below(12), 5, 9, ink.accent) for n in range(3))
    return (
        line("M214 180C214 100 330 120 316 250", ink.dark, 17)
        + shape("M176 262L98 176L112 164L190 206Z", ink.light)
        + shape("M70 184L124 144L132 158L84 204Z", ink.dark)
        + shape("M164 176H292L304 304A22 22 0 0 1 282 326H176A22 22 0 0 1 154 304Z", ink.main)
        + ellipse(228, 176, 64, 15, ink.dark)
        + rect(158, 252, 142, 17, ink.glow)
        + drops
    )


def armchair(ink: Ink, chance: Chance) -> str:
    """A soft chair on thin legs."""
    return (
        line("M136 292L122 334M264 292L278 334", ink.dark, 12)
        + rect(118, 94, 164, 170, ink.main, 48)
        + line("M200 112V200", ink.light, 5)
        + rect(126, 212, 148, 66, ink.light, 22)
        + rect(84, 178, 56, 124, ink.main, 28)
        + rect(260, 178, 56, 124, ink.main, 28)
        + rect(110, 268, 180, 34, ink.dark, 12)
        + rect(158, 168, 60, 56, ink.accent, 14, chance.of((-12, 10)))
    )


def vase(ink: Ink, chance: Chance) -> str:
    """A vase with three stems."""
    heads = "".join(
        line(f"M200 220Q{(200 + x) / 2:g} 170 {x} {y}", ink.dark, 6)
        + circle(x, y, 24, ink.accent)
        + circle(x, y, 9, ink.pale)
        for x, y in ((136, 122 + chance.below(18)), (204, 84 + chance.below(18)), (264, 130 + chance.below(18)))
    )
    return (
        heads
        + shape("M174 206H226Q220 232 250 258Q282 290 244 328H156Q118 290 150 258Q180 232 174 206Z", ink.main)
        + (shape("M146 262Q200 284 254 262L262 276Q200 300 138 276Z", ink.glow))
    )
