"""`sandbox schema`: the language as JSON Schema."""

from __future__ import annotations

import typer

from sandbox.cli.messages import tell_json

verb = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb.command()
def schema() -> None:
    """Print the JSON Schema of the language, for editors: from the models and the installed parts."""
    from sandbox.scenario.schema import language_schema

    tell_json(language_schema())
