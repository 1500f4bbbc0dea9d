"""The verbs by name; each is imported only when it is called, so that `--help` is quick."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import click
import typer
from typer.core import TyperGroup

VERBS = {
    "check": ("sandbox.cli.check", "Judge a scenario without making data, and list what a target touches."),
    "preview": ("sandbox.cli.preview", "Show a few rows of each dataset, whatever the scenario's size."),
    "generate": ("sandbox.cli.generate", "Make the datasets and write them to disk, with a manifest."),
    "run": ("sandbox.cli.run", "Do everything: data, features, models, gates, report."),
    "runs": ("sandbox.cli.runs", "List, show and compare the iterations that were run."),
    "schema": ("sandbox.cli.schema", "Print the JSON Schema of the language, for editors."),
    "purge": ("sandbox.cli.purge", "Remove a run and everything that it wrote."),
}


class LazyVerbs(TyperGroup):
    """Knows every verb's name and help; imports the module of the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of a user's day."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb; only its name and help where just a list is wanted."""
        if cmd_name not in VERBS:
            return None
        module, about = VERBS[cmd_name]
        if ctx.resilient_parsing or not ctx.meta.get("sandbox.called"):
            return click.Command(cmd_name, help=about, short_help=about)
        return typer.main.get_command(import_module(module).verb)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that the words call, with a guess where there is none of that name."""
        ctx.meta["sandbox.called"] = True
        if args and args[0] not in VERBS:
            from sandbox.errors import did_you_mean

            raise click.UsageError(f"no verb '{args[0]}'.{did_you_mean(args[0], VERBS)}", ctx)
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=LazyVerbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Rehearse an ML product before its data arrives: data, features, models and a report from one scenario file.",
    epilog="Exit codes: 0 done; 1 a gate or check fails; 2 the input is wrong; 3 something outside failed.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"sandbox {version('sandbox')}")
        raise typer.Exit


@app.callback()
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)] = False,
) -> None:
    """Options before the verb."""
