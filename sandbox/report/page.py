"""Put a page together: one HTML file that opens with no network, its style, script and pictures inside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from typing import Any

Html = str
"""Markup that is safe to put into a page as it is."""


@dataclass(slots=True)
class Page:
    """A page that grows section by section; figures are numbered and drawn by the page's script."""

    title: str
    figures: list[dict[str, Any]] = field(default_factory=list)
    sections: list[tuple[str, str, Html]] = field(default_factory=list)
    style: str = ""
    """CSS of this kind of page, beside that of all."""

    def section(self, anchor: str, title: str, body: Html) -> None:
        """Add a section; its title goes into the page's navigation."""
        self.sections.append((anchor, title, body))

    def figure(self, figure: dict[str, Any] | None, label: str) -> Html:
        """The place of a figure; `label` is what a screen reader says. Empty for no figure."""
        if figure is None:
            return ""
        self.figures.append(figure)
        height = figure["layout"].get("height", 300)
        return (
            f'<div class="figure" id="figure-{len(self.figures) - 1}" role="img" aria-label="{escape(label)}" '
            f'style="height:{height}px"></div>'
        )

    def html(self, header: Html) -> Html:
        """The whole page."""
        navigation = "".join(f'<a href="#{escape(anchor)}">{escape(title)}</a>' for anchor, title, _ in self.sections)
        body = "".join(
            f'<section id="{escape(anchor)}"><h2>{escape(title)}</h2>{content}</section>'
            for anchor, title, content in self.sections
        )
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>{asset('report.css')}{self.style}</style>\n</head>\n<body>\n"
            f'<header>{header}</header>\n<nav aria-label="Sections"><div>{navigation}</div></nav>\n'
            f"<main>{body}</main>\n{self._scripts()}</body>\n</html>\n"
        )

    def _scripts(self) -> Html:
        """What draws the figures: the library weighs 5 MB, so that a page without figures does without it."""
        if not self.figures:
            return ""
        figures = json.dumps(self.figures, ensure_ascii=False).replace("</", "<\\/")
        return (
            f'<script type="application/json" id="figures">{figures}</script>\n'
            f"<script>{_plotly()}</script>\n<script>{asset('report.js')}</script>\n"
        )


def table(
    header: Sequence[str], rows: Iterable[Sequence[Html]], *, numbers: Sequence[int] = (), name: str = ""
) -> Html:
    """A table; the cells are markup already. Columns in `numbers` align to the right."""

    def cells(row: Sequence[Html], tag: str) -> str:
        return "".join(f"<{tag}{_number(number, numbers)}>{cell}</{tag}>" for number, cell in enumerate(row))

    head = cells([escape(title) for title in header], "th")
    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table class="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def text(value: Any) -> Html:
    """Any value as safe text."""
    return escape(str(value), quote=True)


def facts(told: Mapping[str, str]) -> Html:
    """Short facts in a row, each with its name."""
    items = "".join(f"<li>{text(name)} <b>{text(value)}</b></li>" for name, value in told.items())
    return f'<ul class="facts">{items}</ul>'


def paragraphs(sentences: Iterable[str]) -> Html:
    """Plain sentences as a list; what stands in backticks is code."""
    marked = (re.sub(r"`([^`]*)`", r"<code>\1</code>", text(sentence)) for sentence in sentences)
    return '<ul class="plain">' + "".join(f"<li>{sentence}</li>" for sentence in marked) + "</ul>"


def _number(column: int, numbers: Sequence[int]) -> str:
    return ' class="number"' if column in numbers else ""


def asset(name: str) -> str:
    """A file of the pages, as text."""
    return files("sandbox.report").joinpath("assets", name).read_text(encoding="utf-8")


def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
