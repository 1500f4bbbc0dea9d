"""The verbs by name; each is imported only when it is called, so that `--help` is quick."""

from __future__ import annotations

from importlib import import_module

import click

from sandbox.cli.examples import examples
from sandbox.errors import did_you_mean

VERBS = {
    "init": "Write a first scenario: a starter, or one from schema files.",
    "contract": "Read, write and compare contracts in others' formats.",
    "check": "Judge a scenario without making data.",
    "assumptions": "List what is assumed as questions, and rank what matters.",
    "preview": "Show a few rows of each dataset.",
    "generate": "Write the datasets to disk.",
    "run": "Do everything: data, features, models, gates, report.",
    "verify": "Is the real data what the contract promised?",
    "replay": "Send datasets to a sink, in order and at a pace.",
    "pipe": "Send on what a live source gives, as it comes.",
    "experiment": "Each arm beside the control, by the log of an experiment.",
    "gap": "How far was the dummy from the real data?",
    "calibrate": "Write the scenario anew, as the real data has it.",
    "profile": "Seal what the real data says: no row leaves.",
    "rehearse": "Would a fault in the real data be noticed, and named?",
    "reconcile": "What became of what was sent, where somebody else landed it?",
    "recommend": "Items for a customer, learnt from the events.",
    "serve": "The recommendation API on this machine, as Amazon's is.",
    "demo": "A shop of the scenario in the browser: rules beside the model.",
    "board": "What the team looks at each morning, from the ledger.",
    "sponsor": "What a run means, on one page without jargon.",
    "runs": "List, show and compare what was run.",
    "approve": "Agree to the release of a run, by name.",
    "shelve": "Put a run aside, with a reason and a day to look again.",
    "cache-key": "Print a key of the data, for the cache of a CI job.",
    "schema": "Print the language's JSON Schema, for editors.",
    "purge": "Remove a run and everything that it wrote.",
}
"""In the order of a user's day. The module `sandbox.cli.<verb>`, `_` for `-`, holds the command `verb`."""


class Verbs(click.Group):
    """Knows every verb's name and purpose; imports the module of the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of this name, imported."""
        if cmd_name not in VERBS:
            return None
        found: click.Command = import_module(f"sandbox.cli.{cmd_name.replace('-', '_')}").verb
        found.epilog = examples(cmd_name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that the words call; a guess where there is none of that name."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            raise click.UsageError(f"no verb '{args[0]}'.{did_you_mean(args[0], VERBS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing any."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=Verbs,
    subcommand_metavar="VERB …",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Rehearse an ML product before its data arrives: data, features, models and a report from one scenario file.",
    epilog="Exit codes: 0 done; 1 a gate does not hold; 2 the input is wrong; 3 something outside failed. "
    "`sandbox VERB --help` tells more.",
)
@click.version_option(package_name="sandbox", prog_name="sandbox", message="%(prog)s %(version)s")
def app() -> None:
    """The command line."""
