"""The receipt of a replay in words: what became of the rows of each stream, and how the pace was kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import count, tell_json, tell_table

if TYPE_CHECKING:
    from sandbox.replay import PaceReceipt, Receipt, StreamReceipt

_MOST_SPANS = 3
_ON_PACE, _BEHIND_S, _LATE_S = 0.01, 0.05, 1.0
"""Of a pace that was not kept, any time behind is told; of one that was, only what somebody may have noticed."""


def tell_receipt(receipt: Receipt, as_json: bool, quiet: bool, to_errors: bool) -> None:
    """Print it: to standard error where standard output has the rows."""
    if as_json:
        if to_errors:
            click.echo(json.dumps(receipt.record(), indent=1, ensure_ascii=False), err=True)
        else:
            tell_json(receipt.record())
        return
    if quiet:
        return
    if to_errors:
        for name, stream in receipt.streams.items():
            click.echo(f"{name}: {', '.join(_figures(stream))}", err=True)
    else:
        rows = [(name, *_cells(stream)) for name, stream in receipt.streams.items()]
        header = ("stream", "asked", "sent", "acknowledged", "refused", "retried", "guarantee")
        tell_table(header, rows, right=(1, 2, 3, 4, 5))
    for line in _remarks(receipt):
        click.echo(line, err=to_errors)


def _cells(stream: StreamReceipt) -> tuple[str | None, ...]:
    counts = (stream.asked, stream.sent, stream.acknowledged, stream.refused or None, stream.retried or None)
    return (*(None if number is None else f"{number:,}" for number in counts), stream.guarantee)


def _figures(stream: StreamReceipt) -> list[str]:
    told = [f"{stream.asked:,} asked", f"{stream.sent:,} sent", f"{stream.acknowledged:,} acknowledged"]
    return told + [f"{number:,} {what}" for number, what in ((stream.refused, "refused"),) if number]


def _remarks(receipt: Receipt) -> list[str]:
    lines = []
    for name, stream in receipt.streams.items():
        if stream.unknown:
            lines.append(f"{name}: of {count(stream.unknown, 'row')} nobody knows yet whether the sink has them.")
        if stream.double_at_most:
            spans = [f"{first:,} to {after - 1:,}" for first, after in stream.may_be_double[:_MOST_SPANS]]
            more = ", …" if len(stream.may_be_double) > _MOST_SPANS else ""
            lines.append(
                f"{name}: at most {count(stream.double_at_most, 'row')} can be there twice: {', '.join(spans)}{more}."
            )
        if stream.refused:
            reasons = ", ".join(f"{reason} ({rows:,})" for reason, rows in list(stream.reasons.items())[:_MOST_SPANS])
            lines.append(f"{name}: refused: {reasons}; the rows are in {stream.refused_in}.")
        if stream.set_aside:
            rules = ", ".join(f"{rule} ({rows:,})" for rule, rows in stream.set_aside.items())
            lines.append(
                f"{name}: not sent, since they break the contract: {rules}; they are in {stream.set_aside_in}."
            )
    if receipt.done and receipt.pace.rows == 0 and receipt.sittings > 1:
        lines.append("All of it was there already; nothing had to be sent.")
    else:
        lines.append(_pace(receipt.pace))
        if receipt.sittings > 1:
            lines.append(f"It went on where it had stopped; this was time {receipt.sittings}.")
    if receipt.moved_by_s:
        lines.append(f"Times were moved by {receipt.moved_by_s / 86_400:+,.2f} days.")
    return [*lines, f"{receipt.folder}/receipt.json"]


def _pace(pace: PaceReceipt) -> str:
    reached = f"{count(pace.rows, 'row')} in {pace.seconds:,.1f} s"
    if pace.seconds:
        reached += f", {pace.rows_per_second:,.0f}/s"
    if pace.error is None:
        return f"{pace.asked}: {reached}."
    took = f"{pace.error:+.2%} of the time" if pace.error < 1 else f"{1 + pace.error:,.1f} times the time"
    kept = f" (asked {pace.asked_per_second:,.0f}/s, {took})"
    is_behind = pace.most_lag_s >= (_BEHIND_S if pace.error > _ON_PACE else _LATE_S)
    lag = f"; at worst {pace.most_lag_s:,.1f} s behind, {pace.lag_s:,.1f} s at the end" if is_behind else ""
    return f"{pace.asked}: {reached}{kept}{lag}."
