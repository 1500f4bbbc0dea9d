"""SVG as short functions: a shape in, its markup out. All drawings are 400 by 400."""

from __future__ import annotations

SIZE = 400
MIDDLE = SIZE // 2


def rect(x: float, y: float, width: float, height: float, fill: str, round: float = 0, turn: float = 0) -> str:
    """A rectangle, turned about its middle by so many degrees."""
    corner = f' rx="{round:g}"' if round else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"{corner}'
        f"{_turned(turn, x + width / 2, y + height / 2)}/>"
    )


def circle(x: float, y: float, radius: float, fill: str, opacity: float = 1) -> str:
    """A disc."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}"{_opacity(opacity)}/>'


def ring(x: float, y: float, radius: float, stroke: str, width: float) -> str:
    """A circle without its inside."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="none" stroke="{stroke}" stroke-width="{width:g}"/>'


def ellipse(x: float, y: float, across: float, down: float, fill: str, opacity: float = 1, turn: float = 0) -> str:
    """An ellipse by its two radii, turned about its middle."""
    return (
        f'<ellipse cx="{x:g}" cy="{y:g}" rx="{across:g}" ry="{down:g}" fill="{fill}"{_opacity(opacity)}'
        f"{_turned(turn, x, y)}/>"
    )


def shape(path: str, fill: str, opacity: float = 1) -> str:
    """The inside of a path."""
    return f'<path d="{path}" fill="{fill}"{_opacity(opacity)}/>'


def line(path: str, stroke: str, width: float, dashes: str = "") -> str:
    """A path drawn with a round pen."""
    broken = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{width:g}" stroke-linecap="round" '
        f'stroke-linejoin="round"{broken}/>'
    )


def turned(content: str, degrees: float, x: float = MIDDLE, y: float = MIDDLE) -> str:
    """Markup turned about a point."""
    return f"<g{_turned(degrees, x, y)}>{content}</g>"


def moved(content: str, right: float, down: float) -> str:
    """Markup somewhere else."""
    return f'<g transform="translate({right:g} {down:g})">{content}</g>'


def mirrored(content: str) -> str:
    """Markup with left and right changed."""
    return f'<g transform="translate({SIZE} 0) scale(-1 1)">{content}</g>'


def arc(path: str, stroke: str, width: float) -> str:
    """A path drawn with a flat pen."""
    return f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{width:g}"/>'


def orbit(x: float, y: float, across: float, down: float, stroke: str, width: float, turn: float = 0) -> str:
    """An ellipse without its inside."""
    return (
        f'<ellipse cx="{x:g}" cy="{y:g}" rx="{across:g}" ry="{down:g}" fill="none" stroke="{stroke}" '
        f'stroke-width="{width:g}"{_turned(turn, x, y)}/>'
    )


def _turned(degrees: float, x: float, y: float) -> str:
    return f' transform="rotate({degrees:g} {x:g} {y:g})"' if degrees else ""


def _opacity(opacity: float) -> str:
    return f' opacity="{opacity:g}"' if opacity != 1 else ""
