"""`sandbox schema`: the language as JSON Schema."""

from __future__ import annotations

import click

from sandbox.cli.messages import tell_json
from sandbox.cli.options import speaks


@click.command("schema")
@speaks
def verb(quiet: bool, as_json: bool) -> None:
    """Print the JSON Schema of the language, from its models and the installed parts.

    Save it and point an editor to it: it then completes and judges scenario files while they are written.
    """
    from sandbox.scenario.schema import editor_schema

    tell_json(editor_schema())
