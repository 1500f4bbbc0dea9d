"""A journey as a graph, in plain SVG: stops in columns by how soon they are reached, ways as ribbons between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.behaviour.figures import Behaviour, Stop, Way
from sandbox.report.page import Html, text
from sandbox.report.pictures import percent

_WIDE, _HIGH = 148, 62
_ACROSS, _DOWN = 236, 112
_EDGE = 24
_MOST_STOPS = 14
_LEAST_SHARE = 0.015
"""Of the stays at a stop, for a way to be drawn."""
_WIDEST = 15.0
_TIP = 7


@dataclass(frozen=True, slots=True)
class _Box:
    stop: Stop
    column: int
    x: float
    y: float

    @property
    def middle(self) -> float:
        return self.y + _HIGH / 2


def journey_graph(found: Behaviour) -> Html:
    """The graph; empty where nothing leads anywhere."""
    stops = found.stops[:_MOST_STOPS]
    names = {stop.name for stop in stops}
    ways = [way for way in found.ways if way.share >= _LEAST_SHARE and {way.source, way.target} <= names]
    if not ways:
        return ""
    boxes = _placed(stops, ways)
    lanes = _lanes(boxes, ways)
    most = max(way.times for way in ways)
    ribbons = "".join(_ribbon(_path(boxes, way, lanes), way, most) for way in reversed(ways))
    depths = [box.y for box in boxes.values()] + [box.y + _HIGH for box in boxes.values()] + list(lanes.values())
    top, width = min(depths) - _EDGE, max(box.x for box in boxes.values()) + _WIDE + _EDGE
    label = f"the journey of {found.dataset}: " + "; ".join(
        f"{w.source} to {w.target} {w.share:.0%}" for w in ways[:12]
    )
    return (
        f'<div class="scroll"><svg class="journey" viewBox="0 {top:.0f} {width:.0f} {max(depths) + _EDGE - top:.0f}" '
        f'style="min-width:{min(width, 0.65 * width + 120):.0f}px;max-width:{1.25 * width:.0f}px" '
        f'role="img" aria-label="{text(label)}">{ribbons}{"".join(_box(box) for box in boxes.values())}</svg></div>'
    )


def _placed(stops: Sequence[Stop], ways: Sequence[Way]) -> Mapping[str, _Box]:
    """Columns by the fewest ways from where visits begin; within one, near to what leads there."""
    column = {stop.name: 0 for stop in stops if stop.begins >= 0.02} or {stops[0].name: 0}
    waiting = list(column)
    for name in waiting:  # grows while it is walked
        for way in ways:
            if way.source == name and way.target not in column:
                column[way.target] = column[name] + 1
                waiting.append(way.target)
    last = max(column.values()) + 1
    columns: dict[int, list[Stop]] = defaultdict(list)
    for stop in stops:
        columns[column.setdefault(stop.name, last)].append(stop)
    tallest = max(map(len, columns.values()))
    boxes: dict[str, _Box] = {}
    for number in sorted(columns):
        ordered = sorted(columns[number], key=lambda stop: (_from_where(stop, ways, boxes), -stop.reached, stop.name))
        top = _EDGE + (tallest - len(ordered)) * _DOWN / 2
        for place, stop in enumerate(ordered):
            boxes[stop.name] = _Box(stop, number, _EDGE + number * _ACROSS, top + place * _DOWN)
    return boxes


def _from_where(stop: Stop, ways: Sequence[Way], boxes: Mapping[str, _Box]) -> float:
    leading = [(way.times, boxes[way.source].y) for way in ways if way.target == stop.name and way.source in boxes]
    total = sum(times for times, _ in leading)
    return sum(times * y for times, y in leading) / total if total else 0.0


def _lanes(boxes: Mapping[str, _Box], ways: Sequence[Way]) -> Mapping[tuple[str, str], float]:
    """The height at which each way that leads back runs, over or under all boxes: the short ones nearest to these."""
    over, under = min(box.y for box in boxes.values()) - 22, max(box.y for box in boxes.values()) + _HIGH + 22
    back = [way for way in ways if boxes[way.source].column > boxes[way.target].column]
    found = {}
    for way in sorted(back, key=lambda way: boxes[way.source].column - boxes[way.target].column):
        if _is_on_top(boxes, way.source):
            found[way.source, way.target], over = over, over - 24
        else:
            found[way.source, way.target], under = under, under + 24
    return found


def _is_on_top(boxes: Mapping[str, _Box], name: str) -> bool:
    column = [box.y for box in boxes.values() if box.column == boxes[name].column]
    return len(column) > 1 and boxes[name].y == min(column)


@dataclass(frozen=True, slots=True)
class _Path:
    """A cubic Bézier curve, the corners of its tip, and whether it leads back."""

    points: tuple[float, ...]
    """Four points, x and y by turns."""
    tip: tuple[float, float]
    """The way in which the tip points."""
    is_back: bool
    label: float
    """Where on the curve its share is written, from 0 to 1."""

    def at(self, t: float) -> tuple[float, float]:
        x0, y0, x1, y1, x2, y2, x3, y3 = self.points
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
        return a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3


def _path(boxes: Mapping[str, _Box], way: Way, lanes: Mapping[tuple[str, str], float]) -> _Path:
    a, b = boxes[way.source], boxes[way.target]
    if a.column < b.column:
        x0, x1 = a.x + _WIDE, b.x - _TIP
        y0, y1 = a.middle + 0.14 * (b.y - a.y), b.middle + 0.1 * (a.y - b.y)
        bend = (x1 - x0) / 2
        return _Path((x0, y0, x0 + bend, y0, x1 - bend, y1, x1, y1), (1, 0), False, 0.45)
    if a.column > b.column:
        lane = lanes[way.source, way.target]
        is_over = lane < a.y
        foot = 0 if is_over else _HIGH
        x0, x1 = a.x + 0.35 * _WIDE, b.x + 0.65 * _WIDE
        y0, y1 = a.y + foot, b.y + foot + (-_TIP if is_over else _TIP)
        reach = lane + (lane - (y0 + y1) / 2) / 3  # so that the curve touches its lane
        return _Path((x0, y0, x0, reach, x1, reach, x1, y1), (0, 1 if is_over else -1), True, 0.5)
    if way.source == way.target:
        x0, x1 = a.x + 0.8 * _WIDE, a.x + _WIDE
        return _Path((x0, a.y, x0, a.y - 40, x1 + 44, a.y + 14, x1 + _TIP, a.y + 14), (-1, 0), True, 0.45)
    goes_down = b.y > a.y
    if abs(b.y - a.y) <= _DOWN:
        x = a.x + (0.62 if goes_down else 0.38) * _WIDE
        y0, y1 = (a.y + _HIGH, b.y - _TIP) if goes_down else (a.y, b.y + _HIGH + _TIP)
        return _Path((x, y0, x, y0, x, y1, x, y1), (0, 1 if goes_down else -1), not goes_down, 0.5)
    side, x0, x1 = a.x + _WIDE + 46, a.x + _WIDE, b.x + _WIDE + _TIP
    return _Path((x0, a.middle, side, a.middle, side, b.middle, x1, b.middle), (-1, 0), not goes_down, 0.5)


def _ribbon(path: _Path, way: Way, most: int) -> Html:
    """As wide as the way is frequent, with its share on it."""
    x0, y0, x1, y1, x2, y2, x3, y3 = path.points
    along, across = path.tip
    tip = [
        (x3 + _TIP * along, y3 + _TIP * across),
        (x3 - 3 * along - 6 * across, y3 - 3 * across - 6 * along),
        (x3 - 3 * along + 6 * across, y3 - 3 * across + 6 * along),
    ]
    corners = " ".join(f"{x:.0f},{y:.0f}" for x, y in tip)
    x, y = path.at(path.label)
    return (
        f'<g class="way{" back" if path.is_back else ""}">'
        f"<title>{text(way.source)} to {text(way.target)}: {way.times:,} times, {way.share:.1%}</title>"
        f'<path d="M{x0:.0f} {y0:.0f}C{x1:.0f} {y1:.0f} {x2:.0f} {y2:.0f} {x3:.0f} {y3:.0f}" '
        f'stroke-width="{max(1.5, _WIDEST * way.times / most):.1f}"/><polygon points="{corners}"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}">{percent(way.share)}</text></g>'
    )


def _box(box: _Box) -> Html:
    """A stop: its name, who gets there, how long they stay; along its foot, how many leave from here."""
    stop, x, y = box.stop, box.x, box.y
    stays = f" · {short_time(stop.stays_s)}" if stop.stays_s is not None else ""
    name = stop.name if len(stop.name) <= 17 else f"{stop.name[:16]}…"
    leaves = f"{percent(stop.leaves)} leave" if stop.leaves else ""
    return (
        f'<g class="stop"><title>{text(stop.name)}: {stop.times:,} times; {stop.reached:.1%} of the visits get here, '
        f"{stop.begins:.1%} begin here, {stop.leaves:.1%} of the stays are the last</title>"
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_WIDE}" height="{_HIGH}" rx="8"/>'
        f'<rect class="leave" x="{x + 1:.1f}" y="{y + _HIGH - 5:.1f}" rx="2" height="4" '
        f'width="{(_WIDE - 2) * stop.leaves:.1f}"/>'
        f'<text class="name" x="{x + 12:.0f}" y="{y + 22:.0f}">{text(name)}</text>'
        f'<text class="told" x="{x + 12:.0f}" y="{y + 38:.0f}">{percent(stop.reached)} get here{stays}</text>'
        f'<text class="told" x="{x + 12:.0f}" y="{y + 52:.0f}">{leaves}</text></g>'
    )


def short_time(seconds: float) -> str:
    """A length of time, short: `9.5 s`, `45 s`, `3.2 min`."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.1f} s"
