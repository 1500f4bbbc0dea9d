"""`sandbox profile`: what calibrating looks at, sealed, so that no row of the real data leaves its place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sandbox.cli.messages import count, tell_json
from sandbox.cli.options import Asked, OutputFile, speaks, takes_scenario
from sandbox.cli.progress import progress


@click.command("profile")
@takes_scenario
@click.argument("datasets", nargs=-1, metavar="[DATASET]…")
@click.option("-o", "--output", type=OutputFile(), required=True, metavar="FILE", help="Where the profile goes.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@speaks
def verb(asked: Asked, datasets: Sequence[str], output: Path, force: bool, quiet: bool, as_json: bool) -> None:
    """Seal what the real data says: counts and means over ten people and more, for `sandbox calibrate --profile`.

    No row leaves, no key, no personal data and no text that fewer than ten people have.
    """
    found = asked.load()
    with progress(quiet) as listen:
        profile = found.profile(output, datasets or None, force=force, tell=lambda what: listen(what, 0, None))
    if as_json:
        tell_json(profile)
    elif not quiet:
        for name, told in profile["datasets"].items():
            withheld = f"; withheld: {', '.join(told['withheld'])}" if told["withheld"] else ""
            people = f" of {told['people']:,} {told['entity']}" if told["entity"] else ""
            columns = count(len(told["columns"]), "column")
            click.echo(f"{name}: {columns} over {count(told['looked_at'], 'row')}{people}{withheld}")
        click.echo(f"{output} (sha256 {profile['digest'][:16]}…)")
