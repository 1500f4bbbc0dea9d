"""One dataset of a gap's page: every figure of it, dummy beside real."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.gap.columns import ColumnGap
from sandbox.gap.figures import DatasetGap, verdict
from sandbox.gap.mending import of_cause
from sandbox.gap.pairs import PairGap
from sandbox.gap.privacy import PrivacyGap
from sandbox.gap.rows import RowGap
from sandbox.report.gap_charts import giveaways, pairs, ratios
from sandbox.report.gap_pictures import pictures, tag
from sandbox.report.page import Html, Page, facts, paragraphs, table, text

_MOST_PAIRS = 30
_MOST_NAMED = 5


def dataset_section(page: Page, gap: DatasetGap) -> Html:
    """The section of a dataset; its figures on axes are drawn by the page."""
    parts = [facts(_compared(gap))]
    if gap.likely:
        told = [f"`{cause.what}`: {of_cause(cause)}." for cause in gap.likely]
        parts.append(f'<div class="card warning"><b>What likely happened</b>{paragraphs(told)}</div>')
    overview = page.figure(ratios(gap.single), f"ratio of each column of {gap.dataset}")
    parts.append(f'<div class="card"><b>How many times the floor</b>{overview}</div>')
    parts += [pictures("Columns", gap.columns), pictures("Behaviour", gap.behaviour)]
    parts += [pictures("Keys", gap.keys), pictures("Delivery", gap.delivery)]
    if gap.pairs:
        drawn = page.figure(pairs(gap.pairs), f"dependence of pairs of columns of {gap.dataset}, dummy beside real")
        parts.append(f'<h3>Pairs</h3><div class="card">{drawn}{_pairs(gap.pairs)}</div>')
    if gap.rows is not None:
        parts.append(_whole_rows(page, gap.dataset, gap.rows))
    if gap.privacy is not None:
        parts.append(_privacy(gap.privacy))
    parts.append(f"<details><summary>All figures</summary>{_figures(gap.single)}</details>")
    if gap.left_out:
        parts.append(f'<p class="soft">Not compared: {text("; ".join(gap.left_out))}.</p>')
    return "".join(parts)


def _compared(gap: DatasetGap) -> dict[str, str]:
    dummy, real = gap.compared.looked_at
    told = {"rows of the dummy": f"{dummy:,}", "real rows": f"{real:,}"}
    if gap.compared.looked_at != gap.compared.rows:
        told["a sample of"] = f"{gap.compared.rows[0]:,} and {gap.compared.rows[1]:,}"
    if gap.compared.entity:
        told[f"whole {gap.compared.entity}"] = f"{gap.compared.entities[0]:,} and {gap.compared.entities[1]:,}"
    if gap.column_ratio is not None:
        told["median ratio of columns"] = f"{gap.column_ratio:.1f}"
    if gap.pair_ratio is not None:
        told["of pairs"] = f"{gap.pair_ratio:.1f}"
    return told


def _whole_rows(page: Page, dataset: str, rows: RowGap) -> Html:
    said = (
        f"Of {rows.rows:,} rows of either side, a classifier tells one of the dummy from a real one with an AUC of "
        f"<b>{rows.auc:.3f}</b> ({rows.low:.3f} to {rows.high:.3f}); 0.5 means that it cannot."
    )
    drawn = page.figure(giveaways(rows.giveaways), f"columns that give the dummy {dataset} away")
    return f'<h3>Whole rows</h3><div class="card"><p>{said}</p>{drawn}</div>'


def _privacy(found: PrivacyGap) -> Html:
    (one, other), (copy, real_copy) = found.nearest, found.copies
    judged = "no nearer than other real rows are" if found.holds else "nearer than other real rows are"
    return (
        f'<h3>Privacy</h3><div class="card"><p>Rows of the dummy lie {judged}: one in twenty is within '
        f"<b>{one:.4f}</b> of a real row, of real rows of other entities {other:.4f}; {copy:.2%} are copies of a real "
        f"row, of real ones {real_copy:.2%}.</p></div>"
    )


def _figures(columns: Sequence[ColumnGap]) -> Html:
    rows = [
        [
            text(each.column),
            "KS" if each.kind == "ordered" else "variation",
            f"{each.distance:.4f}",
            f"{each.floor:.4f}",
            f"{each.ratio:,.2f}",
            f"{each.chance:,.2f}",
            tag(verdict(each), verdict(each)),
            f"{each.total_variation:.3f}",
            f"{each.stability_index:.3f}",
            "–" if each.wasserstein is None else f"{each.wasserstein:.3f}",
            f"{each.nulls[0]:.1%} / {each.nulls[1]:.1%}",
            _values(each),
        ]
        for each in columns
    ]
    header = [
        "column", "measure", "distance", "floor", "ratio", "by chance", "verdict", "variation of 16 bins", "PSI",
        "Wasserstein (sd)", "nulls, dummy / real", "range, or categories",
    ]  # fmt: skip
    return table(header, rows, numbers=(2, 3, 4, 5, 7, 8, 9, 10))


def _values(gap: ColumnGap) -> Html:
    """The ranges of both sides, or the categories that only one of them has."""
    if gap.kind == "ordered":
        ranges = [
            f"{low} to {high}" if low is not None else "" for low, high in zip(gap.lowest, gap.highest, strict=True)
        ]
        return text(" / ".join(ranges)) if any(ranges) else "–"
    told = [
        f"{word}: {', '.join(names[:_MOST_NAMED])}{' …' if len(names) > _MOST_NAMED else ''}"
        for word, names in (("new", gap.new), ("missing", gap.missing))
        if names
    ]
    return text("; ".join(told)) or "the same"


def _pairs(found: Sequence[PairGap]) -> Html:
    worst = sorted(found, key=lambda pair: -pair.ratio)[:_MOST_PAIRS]
    rows = [
        [
            text(" × ".join(each.columns)),
            text("Spearman" if each.measure == "spearman" else "Cramér's V"),
            f"{each.dummy:+.3f}",
            f"{each.real:+.3f}",
            f"{each.mutual_information[0]:.3f} / {each.mutual_information[1]:.3f}",
            f"{each.floor:.4f}",
            f"{each.ratio:,.1f}",
            tag(verdict(each), verdict(each)),
        ]
        for each in worst
    ]
    header = ["pair", "measure", "dummy", "real", "information (nats)", "floor", "ratio", "verdict"]
    more = f" ({_MOST_PAIRS} of {len(found)}; all are in the JSON)" if len(found) > _MOST_PAIRS else ""
    shown = table(header, rows, numbers=(2, 3, 4, 5, 6))
    return f"<details><summary>Figures of pairs{more}</summary>{shown}</details>"
