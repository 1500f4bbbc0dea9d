"""`sandbox serve`: the recommendation API on this machine, for whoever integrates it."""

from __future__ import annotations

from pathlib import Path

import click

from sandbox.cli.messages import tell_json
from sandbox.cli.options import Asked, runs_folder, speaks, takes_scenario


@click.command("serve")
@takes_scenario
@click.option("--run", metavar="NAME", help="Learn from what landed in this run, such as shop/1; else simulate.")
@click.option("--events", metavar="DATASET", help="The stream to learn from, where several have items.")
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Where to listen.", show_default=True)
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8_980, metavar="NUMBER", help="0: a free one.", show_default=True
)
@runs_folder
@speaks
def verb(
    asked: Asked, run: str | None, events: str | None, host: str, port: int, out: Path, quiet: bool, as_json: bool
) -> None:
    """Answer as Amazon Personalize does, from the scenario's policies, until Ctrl-C.

    An unmodified client finds it by AWS_ENDPOINT_URL or `endpoint_url`.
    """
    from sandbox.api import find_run
    from sandbox.serve.accepted import Accepted
    from sandbox.serve.recommending import Recommendations
    from sandbox.serve.server import listen, serving, url_of
    from sandbox.serve.serving import Served

    found = asked.load()
    recommendations = Recommendations.of(
        found.plan, found._world, None if run is None else find_run(run, out).folder, events
    )
    with listen(host, port) as listening:
        url = url_of(listening)

        def ready() -> None:
            if as_json:
                tell_json({"url": url})
            elif not quiet:
                click.echo(f"serving {found.name} at {url}; stop with Ctrl-C.")

        accepted = Accepted(out / found.name / "accepted", recommendations)
        recommendations.learn(accepted.events)
        server = serving(Served(recommendations, accepted).app(), listening)
        server.ready = ready
        try:
            server.run()
        finally:
            accepted.close()
