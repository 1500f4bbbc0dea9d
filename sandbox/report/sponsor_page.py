"""One page for a sponsor: no jargon, one sheet of paper, printed from the browser."""

from __future__ import annotations

from pathlib import Path

from sandbox.report.page import Html, asset, text
from sandbox.report.plain import OfAHundred
from sandbox.report.sponsor_words import Answer, Sponsored
from sandbox.runs.folder import write_private


def write_sponsor_page(path: Path, told: Sponsored) -> None:
    """Write the page. Raises OutsideError: the disk does not take it."""
    write_private(path, sponsor_html(told))


def sponsor_html(told: Sponsored) -> Html:
    """The whole page as HTML."""
    answers = "".join(_answer(each) for each in told.answers)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(told.title)}</title>\n<style>{asset('report.css')}{asset('sponsor.css')}</style>\n</head>\n"
        f'<body class="sponsor">\n<header><p class="when">{text(told.when)}</p><h1>{text(told.title)}</h1>'
        f'<p class="about">{text(told.about)}</p><p class="headline">{text(told.headline)}</p></header>\n'
        f"<main>{answers}</main>\n</body>\n</html>\n"
    )


def _answer(each: Answer) -> Html:
    sentences = "".join(f"<p>{text(sentence)}</p>" for sentence in each.sentences)
    drawn = "".join(_hundred(picture) for picture in each.pictures)
    pictures = f'<div class="hundreds">{drawn}</div>' if drawn else ""
    return f"<section><h2>{text(each.question)}</h2><div>{sentences}{pictures}</div></section>"


def _hundred(picture: OfAHundred) -> Html:
    """A hundred people as dots, some of them filled; the last one in part."""
    dots = []
    for number in range(100):
        x, y = 9 * (number % 10) + 5, 9 * (number // 10) + 5
        part = min(max(picture.count - number, 0.0), 1.0)
        dots.append(f'<circle class="no" cx="{x}" cy="{y}" r="3.2"/>')
        if part > 0:
            dots.append(f'<circle class="yes" cx="{x}" cy="{y}" r="{3.2 * part**0.5:.2f}"/>')
    count = f"{picture.count:.0f}" if picture.count >= 9.95 else f"{picture.count:.1f}"
    return (
        f'<figure class="{"new" if picture.is_new else ""}"><svg viewBox="0 0 91 91" role="img" '
        f'aria-label="{count} of a hundred {text(picture.words)}">{"".join(dots)}</svg>'
        f"<figcaption><b>{count}</b> of 100<br>{text(picture.name)}</figcaption></figure>"
    )
