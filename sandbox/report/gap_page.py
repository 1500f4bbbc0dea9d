"""The page of a gap: what to mend first, what models lose by it, then every figure of each dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.gap.figures import BANDS, DatasetGap, Gap, band
from sandbox.gap.mending import Mend, first_mends
from sandbox.gap.rows import MOST_ROWS as MOST_OF_A_CLASSIFIER
from sandbox.gap.side import MOST_ROWS
from sandbox.report.gap_models import models_section
from sandbox.report.gap_pictures import TAGS, tag
from sandbox.report.gap_section import dataset_section
from sandbox.report.page import Html, Page, table, text
from sandbox.whole import write_whole

_CERTAIN, _LIKELY = 0.65, 0.55
"""The AUC of whole rows above which the dummy is far from real, and off."""
_TEACHES, _NEARLY = 0.95, 0.9
"""The share of what real data teaches from which on a dummy is as good, and near."""


def write_gap_page(path: Path, name: str, gap: Gap) -> None:
    """Write the page. Raises OutsideError: the disk does not take it."""
    write_whole(path, gap_html(name, gap))


def gap_html(name: str, gap: Gap) -> Html:
    """The whole page as HTML."""
    page, gaps = Page(f"{name} · dummy beside real"), gap.datasets
    page.section("first", "To mend first", _first(gap))
    if gap.models:
        page.section("models", "What models learn", models_section(gap.models))
    for each in gaps:
        page.section(f"data-{each.dataset}", each.dataset.replace("_", " ").capitalize(), dataset_section(page, each))
    page.section("how", "How to read it", _how(gaps))
    return page.html(_header(name, gap))


def _header(name: str, gap: Gap) -> Html:
    tiles = _tiles(gap)
    told = "".join(
        f'<li class="{TAGS[word]}"><strong>{value}</strong><span>{text(what)}</span></li>'
        for what, value, word in tiles
    )
    names = ", ".join(each.dataset.replace("_", " ") for each in gap.datasets)
    return (
        f'<h1>{text(name.replace("_", " "))}</h1><p class="about">How far the dummy is from the real data, in '
        f"{text(names)}. A ratio of 1.0 is what one half of the real data differs from the other by.</p>"
        f'<ul class="tiles">{told}</ul>'
    )


def _tiles(gap: Gap) -> list[tuple[str, str, str]]:
    """The figures in large: what each is, its value, and the verdict on it. Of several datasets, the worst."""
    gaps = gap.datasets
    columns = [each.column_ratio for each in gaps if each.column_ratio is not None]
    pairs = [each.pair_ratio for each in gaps if each.pair_ratio is not None]
    aucs = [each.rows.auc for each in gaps if each.rows is not None]
    shares = [use.share for use in gap.models if use.share is not None]
    found = []
    if columns:
        found.append(("median ratio of columns", f"{max(columns):,.1f}", band(max(columns))))
    if pairs:
        found.append(("median ratio of pairs", f"{max(pairs):,.1f}", band(max(pairs))))
    if aucs:
        word = "far off" if max(aucs) > _CERTAIN else "off" if max(aucs) > _LIKELY else "like real"
        found.append(("AUC of whole rows; 0.5: not told apart", f"{max(aucs):.3f}", word))
    if shares:
        word = "like real" if min(shares) >= _TEACHES else "off" if min(shares) >= _NEARLY else "far off"
        found.append(("of what real data teaches a model", f"{min(shares):.0%}", word))
    return found


def _first(gap: Gap) -> Html:
    mends = first_mends(gap)
    if not mends:
        return "<p>Nothing stands out: every column and pair is as near to the real data as that is to itself.</p>"
    rows = [
        [
            f"<b>{number}</b>",
            f'<b>{text(mend.what)}</b><br><span class="soft">{text(mend.dataset)}</span>',
            _size(mend),
            text(mend.why),
        ]
        for number, mend in enumerate(mends, start=1)
    ]
    return f'<div class="card">{table(["", "what", "times the floor", "how it differs"], rows, numbers=(2,))}</div>'


def _size(mend: Mend) -> Html:
    if mend.ratio is None:
        return '<span class="tag">a model</span>' if mend.costs_a_model else "–"
    return tag(band(mend.ratio), f"{mend.ratio:,.1f}")


def _how(gaps: Sequence[DatasetGap]) -> Html:
    splits, epsilon = (gaps[0].compared.splits, gaps[0].compared.epsilon) if gaps else (0, 0.0)
    words = ", ".join(f"{word} up to {limit:g}" if limit < float("inf") else f"{word} above" for limit, word in BANDS)
    return (
        "<p>A distance alone says little: small data differs from itself by more than large data does. So each is "
        "divided by its floor, the mean distance between two random halves of the real data, over "
        f"{splits} splits, and {epsilon:g} more, so that next to nothing is no large ratio of nothing; rows of one "
        f"entity go to one half. Verdicts by ratio: {text(words)}.</p>"
        "<p>Of many figures some are large by chance. So each has the ratio that chance may bring it to when all of a "
        "dataset are looked at together (the largest deviation of any of them in any split), and what lies within it "
        "is called like real: a dummy of the very law of the real data is called different anywhere in at most one of "
        f"{splits + 1} comparisons.</p>"
        "<p>Ordered columns are compared by Kolmogorov and Smirnov's distance, categories by total variation, pairs by "
        "rank correlation or Cramér's V over at most 16 bins of each column, whole rows by gradient boosting that is "
        "asked about entities which it did not learn from.</p>"
        f"<p>Of a side with more than {MOST_ROWS:,} rows a sample is looked at: entities drawn by the hash of their "
        f"names, each with all of its rows; the classifier looks at no more than {MOST_OF_A_CLASSIFIER:,} rows of "
        "either side. What likely happened is an inference from 20,000 rows.</p>"
    )
