"""What one wears, carries, eats and gives, and the machines on a desk."""

from __future__ import annotations

from sandbox.catalogue.drawings.ink import Chance, Ink
from sandbox.catalogue.drawings.svg import arc, circle, ellipse, line, mirrored, rect, ring, shape, turned

_SHIRT = "M152 90L88 126L112 186L142 172V318H258V172L288 186L312 126L248 90Q200 128 152 90Z"


def shirt(ink: Ink, chance: Chance) -> str:
    """A shirt with short sleeves and a print."""
    prints = (
        "".join(rect(142, 190 + 32 * n, 116, 14, ink.glow) for n in range(4)),
        circle(200, 212, 34, ink.accent),
        shape("M160 240L200 172L240 240Z", ink.accent),
        rect(142, 206, 116, 40, ink.accent) + rect(142, 220, 116, 12, ink.pale),
    )
    return shape(_SHIRT, ink.main) + chance.of(prints) + line("M152 90Q200 146 248 90", ink.dark, 13)


def shoe(ink: Ink, chance: Chance) -> str:
    """A trainer from its side."""
    laces = line("M186 172L214 150M206 190L234 166M228 204L252 182", ink.pale, 8)
    stripe = chance.of(
        (
            line("M132 238Q180 240 204 210", ink.glow, 13),
            line("M118 204L150 252M142 198L174 252", ink.glow, 12),
            circle(146, 228, 17, ink.glow),
        )
    )
    drawn = (
        shape("M84 160Q110 184 142 172L180 138Q190 132 198 142L262 208Q320 218 326 268V276H84Z", ink.main)
        + laces
        + stripe
    )
    drawn += (
        shape("M258 206Q320 216 326 270H282Q286 226 246 212Z", ink.light)
        + rect(74, 270, 260, 34, ink.pale, 16)
        + rect(74, 286, 260, 18, ink.accent, 9)
    )
    return drawn if chance.one_in(2) else mirrored(drawn)


def bag(ink: Ink, chance: Chance) -> str:
    """A bag with two handles."""
    return (
        arc("M152 180V140A48 48 0 0 1 248 140V180", ink.dark, 15)
        + shape("M102 166H298L314 304A22 22 0 0 1 292 328H108A22 22 0 0 1 86 304Z", ink.main)
        + chance.of(
            (
                rect(92, 232, 216, 30, ink.glow),
                circle(200, 248, 38, ink.glow),
                shape("M102 166H298L302 204Q200 262 98 204Z", ink.light),
            )
        )
        + circle(152, 186, 8, ink.dark)
        + circle(248, 186, 8, ink.dark)
    )


def watch(ink: Ink, chance: Chance) -> str:
    """A watch and its strap."""
    return (
        rect(160, 42, 80, 316, ink.main, 22)
        + rect(174, 42, 12, 316, ink.light)
        + circle(200, 200, 88, ink.dark)
        + circle(200, 200, 72, ink.pale)
        + line(f"M200 200V150M200 200L{228 + chance.below(14)} {210 + chance.below(20)}", ink.dark, 8)
        + "".join(turned(circle(200, 138, 5, ink.accent), 90 * n) for n in range(4))
        + circle(200, 200, 9, ink.accent)
        + rect(286, 186, 18, 28, ink.dark, 6)
    )


def bottle(ink: Ink, chance: Chance) -> str:
    """A bottle with a label."""
    return (
        rect(178, 56, 44, 34, ink.dark, 8)
        + shape(
            "M182 88H218V142Q264 166 264 214V304A24 24 0 0 1 240 328H160A24 24 0 0 1 136 304V214Q136 166 182 142Z",
            ink.main,
        )
        + shape("M182 88H194V148Q152 172 152 220V312Q136 308 136 300V214Q136 166 182 142Z", ink.light)
        + rect(136, 214, 128, 70, ink.pale)
        + chance.of(
            (
                circle(200, 249, 23, ink.accent),
                shape("M168 270Q176 226 232 228Q228 272 168 270Z", ink.accent),
                line("M160 238H240M160 260H214", ink.accent, 10),
            )
        )
    )


def fruit(ink: Ink, chance: Chance) -> str:
    """An apple, or a pear."""
    apple = "M200 148C140 108 92 156 100 224C108 296 160 344 200 318C240 344 292 296 300 224C308 156 260 108 200 148Z"
    pear = "M200 108C244 108 236 168 258 208C300 276 256 332 200 326C144 332 100 276 142 208C164 168 156 108 200 108Z"
    return (
        shape(chance.of((apple, pear)), ink.main)
        + ellipse(150, 234, 16, 40, ink.light, turn=14)
        + line("M200 150Q198 106 216 78", ink.dark, 11)
        + shape("M214 116Q240 74 290 84Q276 126 214 116Z", ink.accent)
    )


def jar(ink: Ink, chance: Chance) -> str:
    """A jar and a tube, as on a bathroom's shelf."""
    return (
        shape("M210 104H306L296 290H220Z", ink.accent)
        + rect(222, 286, 72, 42, ink.dark, 9)
        + line(f"M236 150H280M240 174H{262 + chance.below(14)}", ink.pale, 9)
        + rect(88, 218, 142, 110, ink.main, 24)
        + rect(80, 182, 158, 44, ink.dark, 14)
        + chance.of((circle(160, 274, 24, ink.glow), rect(116, 258, 86, 32, ink.glow, 8)))
    )


def present(ink: Ink, chance: Chance) -> str:
    """A box with a bow."""
    return (
        shape(
            "M200 132C150 130 128 98 150 82C176 66 198 100 200 132C202 100 224 66 250 82C272 98 250 130 200 132Z",
            ink.dark,
        )
        + rect(106, 180, 188, 148, ink.main, 12)
        + (
            "".join(circle(134 + 33 * (n % 5), 224 + 40 * (n // 5), 7, ink.light) for n in range(15))
            if chance.one_in(2)
            else ""
        )
        + rect(92, 132, 216, 60, ink.light, 12)
        + rect(180, 132, 40, 196, ink.accent)
    )


def laptop(ink: Ink, chance: Chance) -> str:
    """A computer that is open."""
    screens = (
        "".join(
            rect(130 + 36 * n, 232 - (36 + 20 * n), 24, 36 + 20 * n, (ink.accent, ink.main)[n % 2], 5) for n in range(4)
        ),
        circle(200, 180, 36, ink.accent) + shape("M110 246Q160 196 206 230T290 214V246Z", ink.main),
        line("M128 152H190M128 178H250M128 204H224M128 228H176", ink.main, 10),
    )
    return (
        rect(92, 104, 216, 160, ink.dark, 18)
        + rect(106, 118, 188, 130, ink.glow, 8)
        + chance.of(screens)
        + (
            shape("M92 264H308L342 306Q346 322 328 322H72Q54 322 58 306Z", ink.light)
            + rect(168, 296, 64, 10, ink.main, 5)
        )
    )


def camera(ink: Ink, chance: Chance) -> str:
    """A camera from its front."""
    return (
        rect(146, 106, 108, 50, ink.dark, 14)
        + rect(76, 138, 248, 172, ink.main, 30)
        + rect(76, 176, 248, 34, chance.of((ink.light, ink.accent)))
        + circle(200, 226, 70, ink.dark)
        + ring(200, 226, 46, ink.light, 9)
        + circle(200, 226, 26, ink.accent)
        + circle(188, 214, 8, ink.pale)
        + circle(286, 164, 10, ink.glow)
    )


def screen(ink: Ink, chance: Chance) -> str:
    """A television on its foot."""
    return (
        line("M150 326L170 280M250 326L230 280", ink.dark, 14)
        + rect(64, 92, 272, 190, ink.dark, 18)
        + rect(78, 106, 244, 162, ink.glow, 8)
        + circle(chance.of((144, 256)), 160, 28, ink.accent)
        + shape("M78 234Q130 176 186 216T322 196V260A8 8 0 0 1 314 268H86A8 8 0 0 1 78 260Z", ink.main)
        + shape("M78 252Q150 214 214 246T322 240V260A8 8 0 0 1 314 268H86A8 8 0 0 1 78 260Z", ink.light)
    )
