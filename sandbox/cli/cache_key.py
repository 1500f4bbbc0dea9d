"""`sandbox cache-key`: what a CI job names the cache of a scenario's data by."""

from __future__ import annotations

import click

from sandbox.cli.messages import tell_json
from sandbox.cli.options import Asked, speaks, takes_scenario


@click.command("cache-key")
@takes_scenario
@speaks
def verb(asked: Asked, quiet: bool, as_json: bool) -> None:
    """Print a key that changes when the generated data may change, and only then.

    It follows from what the scenario says of its data, the files that it reads, the seed, the scale, the engine and
    the versions of the packages that make these datasets; not from comments, models or gates.
    """
    key = asked.load().cache_key()
    if as_json:
        tell_json({"key": key})
    else:
        click.echo(key)
