"""The page of a gap: what to mend first, then each dataset's columns, behaviour, pairs and rows, dummy beside real."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import OutsideError
from sandbox.gap.attribution import IN_WORDS, Swap
from sandbox.gap.columns import ColumnGap
from sandbox.gap.figures import BANDS, DatasetGap, Gap, band, verdict
from sandbox.gap.mending import first_mends, of_column
from sandbox.gap.privacy import PrivacyGap
from sandbox.gap.use import UseGap
from sandbox.models.base import Estimate
from sandbox.report.gap_charts import giveaways, pairs, ratios
from sandbox.report.page import Html, Page, facts, table, text

_PICTURES = 12
_ROWS = 30
_TAGS = {"like real": "holds", "near": "holds", "off": "undetermined", "far off": "fails"}


def write_gap_page(path: Path, name: str, gap: Gap) -> None:
    """Write the page. Raises OutsideError: the disk does not take it."""
    try:
        path.write_text(gap_html(name, gap), encoding="utf-8")
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written: {error.strerror or error}.") from error


def gap_html(name: str, gap: Gap) -> Html:
    """The whole page as HTML."""
    page, gaps = Page(f"{name} · dummy beside real"), gap.datasets
    page.section("first", "To mend first", _first(gap))
    if gap.models:
        page.section("models", "What models learn", _models(gap.models))
    for each in gaps:
        page.section(f"data-{each.dataset}", each.dataset.replace("_", " ").capitalize(), _dataset(page, each))
    page.section("how", "How to read it", _how(gaps))
    return page.html(_header(name, gap))


def _header(name: str, gap: Gap) -> Html:
    gaps = gap.datasets
    known = [each.column_ratio for each in gaps if each.column_ratio is not None]
    together = [each.pair_ratio for each in gaps if each.pair_ratio is not None]
    aucs = [each.rows.auc for each in gaps if each.rows is not None]
    told = {"real datasets": ", ".join(each.dataset for each in gaps)}
    told |= {"median ratio of columns": f"{max(known):.1f}"} if known else {}
    told |= {"of pairs": f"{max(together):.1f}"} if together else {}
    told |= {"whole rows, AUC": f"{max(aucs):.3f}"} if aucs else {}
    shares = [use.share for use in gap.models if use.share is not None]
    told |= {"models learnt from the dummy reach": f"{min(shares):.0%}"} if shares else {}
    verdict = band(max(known)) if known else "near"
    return (
        f'<h1>{text(name.replace("_", " "))}</h1><p class="about">How far the dummy is from the real data.</p>'
        f'{facts(told)}<div class="verdict {_TAGS[verdict]}"><strong>{text(verdict.capitalize())}</strong><span>'
        "A ratio of 1.0 is what one half of the real data differs from the other by.</span></div>"
    )


def _first(gap: Gap) -> Html:
    mends = first_mends(gap)
    if not mends:
        return "<p>Nothing stands out: every column and pair is as near to the real data as that is to itself.</p>"
    rows = [
        [
            f"<b>{number}</b>",
            text(mend.dataset),
            f"<b>{text(mend.what)}</b>",
            "AUC" if mend.ratio is None else f"{mend.ratio:,.1f}",
            text(mend.why),
        ]
        for number, mend in enumerate(mends, start=1)
    ]
    return f'<div class="card">{table(["", "dataset", "what", "ratio", "how it differs"], rows, numbers=(3,))}</div>'


def _models(uses: Sequence[UseGap]) -> Html:
    """Each model, learnt from either side and asked about the same real entities."""
    rows = [
        [
            f"<b>{text(use.model)}</b>",
            _estimate(use.from_dummy),
            _estimate(use.from_real),
            "–" if use.share is None else f"<b>{use.share:.0%}</b>",
            " / ".join(f"{size:,}" for size in use.examples),
            text(use.failure),
        ]
        for use in uses
    ]
    header = ["model", "learnt from the dummy", "learnt from real data", "share", "examples (dummy / real / asked)", ""]
    words = "AUC on real entities that neither has seen, with its 95% interval. 100%: the dummy teaches as much."
    swaps = "".join(map(_swaps, uses))
    return f'<div class="card">{table(header, rows, numbers=(1, 2, 3, 4))}</div><p class="soft">{words}</p>{swaps}'


def _swaps(use: UseGap) -> Html:
    """What a model would reach if one assumption of the dummy were as in the real data."""
    if not use.swaps:
        return ""
    rows = [
        [
            f"<b>{text(swap.assumption)}</b>: {text(IN_WORDS[swap.assumption])}",
            _estimate(swap.reached),
            f"{swap.won.value:+.3f} ({swap.won.low:+.3f} to {swap.won.high:+.3f})",
            _said(swap, use),
        ]
        for swap in use.swaps
    ]
    shown = table(["real in the dummy's place", "reaches", "wins", ""], rows, numbers=(1, 2))
    return f'<h3>Which assumption costs {text(use.model)} most</h3><div class="card">{shown}</div>'


def _said(swap: Swap, use: UseGap) -> Html:
    if swap is not use.costliest:
        return ""
    return f'<span class="tag fails">costs most</span>{"" if swap.costs else " by chance?"}'


def _estimate(estimate: Estimate | None) -> Html:
    return "–" if estimate is None else f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _privacy(found: PrivacyGap) -> Html:
    (one, other), (copy, real_copy) = found.nearest, found.copies
    verdict = "no nearer than other real rows are" if found.holds else "nearer than other real rows are"
    return (
        f"<h3>Privacy</h3><p>Rows of the dummy lie {verdict}: one in twenty is within <b>{one:.4f}</b> of a real row, "
        f"of real rows of other entities {other:.4f}; {copy:.2%} are copies of a real row, of real ones "
        f"{real_copy:.2%}.</p>"
    )


def _dataset(page: Page, gap: DatasetGap) -> Html:
    dummy, real = gap.compared.looked_at
    told = {"rows of the dummy": f"{dummy:,}", "real rows": f"{real:,}"}
    if gap.compared.looked_at != gap.compared.rows:
        told["of"] = f"{gap.compared.rows[0]:,} and {gap.compared.rows[1]:,}"
    if gap.compared.entity:
        told[f"whole {gap.compared.entity}"] = f"{gap.compared.entities[0]:,} and {gap.compared.entities[1]:,}"
    overview = page.figure(ratios(gap.single), f"ratio of each column of {gap.dataset}")
    parts = [facts(told), f'<div class="card"><b>How many times the floor</b>{overview}</div>']
    parts += [_pictures("Columns", gap.columns), _pictures("Behaviour", gap.behaviour)]
    parts += [_pictures("Keys", gap.keys), _pictures("Delivery", gap.delivery)]
    if gap.pairs:
        drawn = page.figure(pairs(gap.pairs), f"dependence of pairs of columns of {gap.dataset}, dummy beside real")
        parts.append(f'<h3>Pairs</h3><div class="card">{drawn}{_pairs(gap)}</div>')
    if gap.rows is not None:
        said = (
            f"A classifier tells a row of the dummy from a real one with an AUC of <b>{gap.rows.auc:.3f}</b> "
            f"({gap.rows.low:.3f} to {gap.rows.high:.3f}); 0.5 means that it cannot."
        )
        drawn = page.figure(giveaways(gap.rows.giveaways), f"columns that give the dummy {gap.dataset} away")
        parts.append(f'<h3>Whole rows</h3><div class="card"><p>{said}</p>{drawn}</div>')
    if gap.privacy is not None:
        parts.append(_privacy(gap.privacy))
    parts.append(f"<details><summary>All figures</summary>{_figures(gap.single)}</details>")
    if gap.left_out:
        parts.append(f'<p class="soft">Not compared: {text("; ".join(gap.left_out))}.</p>')
    return "".join(parts)


def _pictures(title: str, columns: Sequence[ColumnGap]) -> Html:
    """Small pictures of the columns that are furthest off: shares of the dummy beside those of the real data."""
    if not columns:
        return ""
    worst = sorted(columns, key=lambda column: -column.ratio)[:_PICTURES]
    more = f" The {_PICTURES} furthest off." if len(columns) > _PICTURES else ""
    cards = "".join(
        f'<div class="column"><h4>{text(each.column)} <span class="tag {_TAGS[verdict(each)]}">'
        f'{each.ratio:,.1f}</span></h4><p class="kind">{text(of_column(each))}</p>{_bars(each)}</div>'
        for each in worst
    )
    return (
        f'<h3>{title}</h3><p class="soft">Shares of rows: <b class="dummy">dummy</b> beside '
        f'<b class="real">real</b>.{more}</p><div class="columns">{cards}</div>'
    )


def _bars(gap: ColumnGap) -> Html:
    """Two bars a bin or category, in plain SVG: hundreds of them cost little, and they print well."""
    top = max((max(one, other) for _, one, other in gap.bars), default=1.0) or 1.0
    step = 200 / max(len(gap.bars), 1)
    width = step * 0.42
    drawn = []
    for at, (name, one, other) in enumerate(gap.bars):
        for share, kind, shift in ((one, "dummy", 0.06), (other, "real", 0.5)):
            height = 62 * share / top
            drawn.append(
                f'<rect class="{kind}" x="{(at + shift) * step:.1f}" y="{64 - height:.1f}" width="{width:.1f}" '
                f'height="{height:.1f}"><title>{text(name)}: {share:.1%} of the {kind}</title></rect>'
            )
    first, last = (text(_short(gap.bars[at][0])) if gap.bars else "" for at in (0, -1))
    return (
        f'<svg class="histogram twice" viewBox="0 0 200 64" preserveAspectRatio="none" role="img" '
        f'aria-label="{text(gap.column)}, dummy beside real">{"".join(drawn)}</svg>'
        f'<div class="range"><span>{first}</span><span>{last}</span></div>'
    )


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"


def _figures(columns: Sequence[ColumnGap]) -> Html:
    rows = [
        [
            text(each.column),
            f"{each.distance:.4f}",
            f"{each.floor:.4f}",
            f"{each.ratio:,.2f}",
            f"{each.chance:,.2f}",
            f"{each.total_variation:.3f}",
            f"{each.stability_index:.3f}",
            "–" if each.wasserstein is None else f"{each.wasserstein:.3f}",
            f"{each.nulls[0]:.1%} / {each.nulls[1]:.1%}",
        ]
        for each in columns
    ]
    header = ["column", "distance", "floor", "ratio", "by chance", "variation", "PSI", "Wasserstein (sd)", "nulls"]
    return table(header, rows, numbers=tuple(range(1, 9)))


def _pairs(gap: DatasetGap) -> Html:
    worst = sorted(gap.pairs, key=lambda pair: -pair.ratio)[:_ROWS]
    rows = [
        [
            text(" × ".join(each.columns)),
            text("Spearman" if each.measure == "spearman" else "Cramér's V"),
            f"{each.dummy:+.3f}",
            f"{each.real:+.3f}",
            f"{each.mutual_information[0]:.3f} / {each.mutual_information[1]:.3f}",
            f"{each.floor:.4f}",
            f"{each.ratio:,.1f}",
        ]
        for each in worst
    ]
    header = ["pair", "measure", "dummy", "real", "information (nats)", "floor", "ratio"]
    more = f" ({_ROWS} of {len(gap.pairs)})" if len(gap.pairs) > _ROWS else ""
    shown = table(header, rows, numbers=(2, 3, 4, 5, 6))
    return f"<details><summary>Figures of pairs{more}</summary>{shown}</details>"


def _how(gaps: Sequence[DatasetGap]) -> Html:
    splits = gaps[0].compared.splits if gaps else 0
    words = ", ".join(f"{word} up to {limit:g}" if limit < float("inf") else f"{word} above" for limit, word in BANDS)
    return (
        "<p>A distance alone says little: small data differs from itself by more than large data does. So each is "
        "divided by its floor, the mean distance between two random halves of the real data, over "
        f"{splits} splits; rows of one entity go to one half. Verdicts by ratio: {text(words)}.</p>"
        "<p>Of many figures some are large by chance. So each has the ratio that chance may bring it to when all of a "
        "dataset are looked at together (the largest deviation of any of them in any split), and what lies within it "
        "is called like real: a dummy of the very law of the real data is called different anywhere in at most one of "
        f"{splits + 1} comparisons.</p>"
        "<p>Ordered columns are compared by Kolmogorov and Smirnov's distance, categories by total variation, pairs by "
        "rank correlation or Cramér's V over at most 16 bins of each column, whole rows by gradient boosting that is "
        "asked about entities which it did not learn from.</p>"
    )
