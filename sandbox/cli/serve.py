"""`sandbox serve`: the recommendation API on this machine, for whoever integrates it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from sandbox.cli.messages import tell_json, warn
from sandbox.cli.options import (
    Asked,
    Duration,
    listens,
    needs_a_server,
    runs_folder,
    speaks,
    takes_scenario,
    unreleased,
)
from sandbox.errors import InputError

KEY = "SANDBOX_SERVE_KEY"
"""The environment variable with the key that `--require-key` asks for."""


@click.command("serve")
@takes_scenario
@click.option("--run", metavar="NAME", help="Learn from what landed in this run, such as shop/1; else simulate.")
@unreleased
@click.option("--events", metavar="DATASET", help="The stream to learn from, where several have items.")
@listens(8_980)
@click.option(
    "--filter", "filters", multiple=True, metavar="NAME=EXPRESSION", help="A filter that is there; may be repeated."
)
@click.option("--retrain", type=Duration(), metavar="DURATION", help="Learn anew so often, as in 10min.")
@click.option("--latency", type=Duration(), default=0.0, metavar="DURATION", help="Wait so long with each answer.")
@click.option(
    "--error-rate", type=click.FloatRange(0, 1), default=0.0, metavar="SHARE", help="Calls that fail with 429."
)
@click.option("--answers", type=click.Path(path_type=Path), metavar="FILE", help="JSON: items for given customers.")
@click.option("--require-key", is_flag=True, help=f"Answer only calls with the access key in {KEY}.")
@click.option("--fresh", is_flag=True, help="Forget what earlier servers of the scenario accepted.")
@runs_folder
@speaks
def verb(
    asked: Asked,
    run: str | None,
    unreleased: bool,
    events: str | None,
    host: str,
    port: int,
    filters: Sequence[str],
    retrain: float | None,
    latency: float,
    error_rate: float,
    answers: Path | None,
    require_key: bool,
    fresh: bool,
    out: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Answer as Amazon Personalize does, from the scenario's policies, until Ctrl-C.

    An unmodified client finds it by the lines that are printed. What it sends is kept, an event of the scenario's
    stream each, and is on the disk before it is answered.

    A scenario that asks for a release (`approval:`, `stage: production`) is answered from its latest run that is
    released; a run that is not needs --unreleased.
    """
    needs_a_server()
    from sandbox.api import find_run
    from sandbox.runs.basis import basis_of
    from sandbox.serve.accepted import Accepted, forget
    from sandbox.serve.answers import Answers, read_answers
    from sandbox.serve.banner import banner, environment, names
    from sandbox.serve.guarding import LOOPBACK, Guard, Trouble
    from sandbox.serve.predicting import Predictions
    from sandbox.serve.recommending import Recommendations
    from sandbox.serve.server import listen, serving, url_of
    from sandbox.serve.serving import Served
    from sandbox.sources.opening import world_of

    key, fixed, asked_filters = (
        _key(require_key),
        Answers() if answers is None else read_answers(answers),
        _named(filters),
    )
    found = asked.load()
    basis = basis_of(found.plan, out, None if run is None else find_run(run, out), unreleased=unreleased)
    warn(basis.warning)
    recommendations = Recommendations.of(found.plan, world_of(found.plan), basis, events)
    # Models cannot be had from sources: where no run is named, the latest of the scenario as it stands has them.
    latest = basis if basis.run is not None else basis_of(found.plan, out, unreleased=unreleased, prefers_runs=True)
    predictions = Predictions.of(found.loaded, recommendations.origin.source.customers, latest.run)
    folder = out / found.name / "accepted"
    if fresh:
        forget(folder)
    with listen(host, port) as listening:
        accepted = Accepted(folder, recommendations)
        try:
            recommendations.learn(accepted.events)
            served = Served(recommendations, accepted, fixed, asked_filters, predictions)
            guard = Guard(key, is_loopback=host in LOOPBACK)
            server = serving(served.app(None, guard, Trouble(latency, error_rate)), listening)
            url = url_of(listening)

            def ready() -> None:
                if retrain is not None:
                    served.retraining.start_every(retrain)
                if as_json:
                    tell_json(
                        {
                            "url": url,
                            "warning": basis.warning,
                            "environment": environment(url, key),
                            "names": names(served),
                        }
                    )
                elif not quiet:
                    click.echo(banner(served, url, key))

            server.ready = ready
            server.run()
        finally:
            accepted.close()
    if not quiet and not as_json:
        click.echo(f"stopped; {len(accepted):,} events are kept in {folder}.", err=True)


def _key(required: bool) -> str | None:
    """The key from the environment. Raises InputError: there is none."""
    key = os.environ.get(KEY)
    if required and not key:
        raise InputError(f"--require-key: the environment has no {KEY}; set it to the access key of your clients.")
    return key if required else None


def _named(filters: Sequence[str]) -> dict[str, str]:
    """Filters by name, each of which parses. Raises InputError."""
    from sandbox.serve.filters.grammar import read_filter

    found: dict[str, str] = {}
    for each in filters:
        name, sign, text = each.partition("=")
        if not sign or not name.replace("-", "").replace("_", "").isalnum() or name in found:
            raise InputError(f"--filter {each[:60]}: must be NAME=EXPRESSION, each name once.")
        try:
            read_filter(text)
        except InputError as error:
            raise InputError(f"--filter {name}: {error}") from None
        found[name] = text
    return found
