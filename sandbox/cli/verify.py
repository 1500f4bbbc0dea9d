"""`sandbox verify`: is the real data what the contract promised?"""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.machines import Case
from sandbox.cli.messages import count, tell_cases, tell_json, tell_table
from sandbox.cli.options import Asked, Duration, judges, runs_folder, show_pii, takes_scenario, workers
from sandbox.cli.progress import progress
from sandbox.errors import EXIT_FAILED_CHECK

if TYPE_CHECKING:
    from sandbox.verify.findings import BrokenRule, Finding
    from sandbox.verify.likely import Cause


_MOST_RULES = 30


@click.command("verify")
@takes_scenario
@click.argument("datasets", nargs=-1, metavar="[DATASET]…")
@click.option("--keep", is_flag=True, help="Write what was found of real ones beside the runs, for `sandbox board`.")
@runs_folder
@click.option("--watch", is_flag=True, help="Go on as rows come, and tell what was found again and again.")
@click.option("--every", type=Duration(), default="5s", show_default=True, metavar="DURATION", help="With --watch.")
@click.option("--for", "for_", type=Duration(), metavar="DURATION", help="With --watch: stop after so long.")
@click.option("--until-idle", type=Duration(), metavar="DURATION", help="With --watch: stop when nothing came so long.")
@workers
@show_pii
@judges
def verb(
    asked: Asked,
    datasets: Sequence[str],
    keep: bool,
    out: Path,
    watch: bool,
    every: float,
    for_: float | None,
    until_idle: float | None,
    workers: int,
    show_pii: bool,
    quiet: bool,
    speech: str,
) -> None:
    """Hold data against its contract: which rule is broken, by how many rows, by whom first, and since when.

    By default all datasets that the target makes real. Nothing is written but by --keep. Ends with 1 if a rule is
    broken.
    """
    found = asked.load()

    heard: set[str] = set()

    def tell(findings: Sequence[Finding], lags: Mapping[str, int | None]) -> None:
        if speech != "text" or quiet:
            return
        for finding in findings:
            click.echo(_beat(finding, lags[finding.dataset]))
            for cause in finding.likely:
                if (named := f"{finding.dataset} {cause.kind} {cause.what}") not in heard:
                    heard.add(named)
                    click.echo(_likely(cause))

    with progress(quiet) as listen:
        findings = (
            found.watch(datasets or None, every=every, for_=for_, until_idle=until_idle, show_pii=show_pii, tell=tell)
            if watch
            else found.verify(
                datasets or None, workers=workers or os.cpu_count() or 1, show_pii=show_pii, listen=listen
            )
        )
    if keep:
        from sandbox.runs.verified import keep_verifications

        keep_verifications(out, found.name, asked.target or "", findings, datetime.datetime.now(datetime.UTC))
    if speech == "json":
        tell_json([finding.to_dict() for finding in findings])
    elif speech in ("github", "junit"):
        tell_cases(speech, found.name, [case for finding in findings for case in _cases(finding)])
    elif not quiet:
        for finding in findings:
            _tell(finding)
    if not all(finding.holds for finding in findings):
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)


def _tell(finding: Finding) -> None:
    bad = f"{count(finding.bad_rows, 'row')} break the contract" if finding.broken else "the contract holds"
    click.echo(f"{finding.dataset} ({finding.source}): {count(finding.rows, 'row')}; {bad}.")
    if finding.broken:
        rows = [
            [rule.name, f"{rule.rows:,}", _share(rule.share), _day(rule.since), _first(rule)]
            for rule in finding.broken[:_MOST_RULES]
        ]
        tell_table(["rule", "rows", "share", "since", "first"], rows, right=(1, 2))
        if len(finding.broken) > _MOST_RULES:
            click.echo(f"  and {len(finding.broken) - _MOST_RULES:,} rules more; `--format json` has them all")
    for cause in finding.likely:
        click.echo(_likely(cause))
    for rule in finding.unjudged:
        click.echo(f"  not judged: {rule}")
    if finding.volume is not None:
        volume = finding.volume
        lowest, day = volume.lowest[1], volume.lowest[0]
        if volume.days == 1:
            click.echo(f"  all of one day, {day}.")
        else:
            click.echo(
                f"  {volume.days:,} days: {volume.median:,.0f} rows on a usual day, least on {day} ({lowest:,})."
            )
        if volume.empty:
            more = f" and {len(volume.empty) - 5:,} more" if len(volume.empty) > 5 else ""
            click.echo(f"  without a row: {', '.join(volume.empty[:5])}{more}.")
    if finding.newest is not None and finding.age_s is not None:
        click.echo(f"  newest {finding.newest}, {_age(finding.age_s)}.")


def _likely(cause: Cause) -> str:
    named = f"{cause.what} " if cause.kind in ("renamed", "missing") else f"{cause.what}: "
    named = "" if cause.kind in ("late", "repeated") else named
    return f"  likely: {named}{cause.why}. {cause.mend}"


def _beat(finding: Finding, lag: int | None) -> str:
    worst = f", most by {finding.broken[0].name}" if finding.broken else ""
    waits = "" if lag is None else f", {count(lag, 'row')} wait"
    return f"{finding.dataset}: {count(finding.rows, 'row')}, {finding.bad_rows:,} break the contract{worst}{waits}"


def _cases(finding: Finding) -> list[Case]:
    if not finding.broken:
        return [Case(f"{finding.dataset}: the contract", "passed")]
    return [
        Case(
            f"{finding.dataset}: {rule.name}",
            "failed",
            f"{rule.about}; {count(rule.rows, 'row')} do not: {_first(rule)}",
        )
        for rule in finding.broken
    ]


def _first(rule: BrokenRule) -> str:
    if not rule.first:
        return ""
    first = rule.first[0]
    return f"{', '.join(f'{name}={value}' for name, value in first.values.items())} ({first.where})"


def _share(share: float) -> str:
    return f"{share:.2%}" if share >= 0.0001 else "under 0.01%"


def _day(since: str | None) -> str:
    return "" if since is None else since[:16].replace("T", " ")


def _age(seconds: float) -> str:
    if seconds < 0:
        return "in the future"
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name} ago"
    return f"{seconds:.0f} s ago"
