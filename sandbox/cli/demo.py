"""`sandbox demo`: the shop of a scenario in the browser, to look at and to show."""

from __future__ import annotations

import sys
import webbrowser
from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import tell_json, warn
from sandbox.cli.options import (
    Asked,
    OutputFile,
    listens,
    needs_a_server,
    runs_folder,
    show_pii,
    speaks,
    takes_scenario,
    unreleased,
)
from sandbox.cli.progress import progress
from sandbox.errors import EXIT_FAILED_CHECK

if TYPE_CHECKING:
    from sandbox.scenario.plan import Plan

PATIENCE_S = 3.0
"""How long the model waits for the browser."""

_TURN_S = 0.0005
"""How long one thread may go on before another has its turn: the page is not to wait for the model that learns."""


@click.command("demo")
@takes_scenario
@click.option(
    "--run",
    metavar="NAME",
    help="Learn from what landed in this run, such as shop/1.  [default: the last one that is free]",
)
@unreleased
@click.option("--events", metavar="DATASET", help="The stream of the shop, where several have items.")
@listens(8_981)
@click.option(
    "--speed",
    type=click.FloatRange(min=0.1, max=100_000),
    default=60.0,
    metavar="FACTOR",
    help="How much faster than a watch events travel.",
    show_default=True,
)
@click.option("--no-browser", is_flag=True, help="Only say where the page is.")
@click.option("--reset", is_flag=True, help="Forget what was done in the shop before.")
@click.option("--export", type=OutputFile(), metavar="FILE", help="Write one page to keep, and end.")
@click.option(
    "--replay",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Carry out a live show again from its journal, see whether it comes out the same, and end.",
)
@show_pii
@runs_folder
@speaks
def verb(
    asked: Asked,
    run: str | None,
    unreleased: bool,
    events: str | None,
    host: str,
    port: int,
    speed: float,
    no_browser: bool,
    reset: bool,
    export: Path | None,
    replay: Path | None,
    show_pii: bool,
    out: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Open a shop of the scenario's own products: what the rules show beside what the model shows.

    Choose a customer, click and buy, and watch the lists change. Where the scenario's experiment fills shelves, the
    live dashboard is at /live: the experiment at any speed, with buttons that cause things. It needs no network.

    The model learns from a run that may be released; from another only with --unreleased, and the page says so.
    """
    needs_a_server()
    found = asked.load()  # before the rest is imported: it keeps pandas out

    from sandbox.api import find_run
    from sandbox.demo.live.opening import stage_of
    from sandbox.demo.opening import Wishes, app_of, forget, opened, predictions
    from sandbox.runs.basis import basis_of
    from sandbox.serve.guarding import LOOPBACK
    from sandbox.serve.server import listen, serving, url_of
    from sandbox.sources.opening import world_of

    folder = out / found.name / "demo"
    if reset:
        forget(folder)
    if replay is not None:
        _replay(found.plan, replay, out / found.name / "live", quiet, as_json)
        return
    named = None if run is None else find_run(run, out)
    basis = basis_of(found.plan, out, named, unreleased=unreleased, prefers_runs=True)
    warn(basis.warning)
    wishes = Wishes(folder, basis, events, speed, show_pii, 0.0 if export else PATIENCE_S)
    world = world_of(found.plan)
    if export is not None:
        from sandbox.demo.shop.keeping import keep

        with opened(found.plan, world, wishes) as shop:
            size = keep(shop, export)
        if as_json:
            tell_json({"file": str(export), "bytes": size})
        elif not quiet:
            click.echo(f"{export}: {size / 1e6:.1f} MB, opens in any browser without a network.")
        return
    live = stage_of(found.plan, out / found.name / "live")
    ending = closing(live) if live is not None else nullcontext()
    sys.setswitchinterval(_TURN_S)
    with listen(host, port) as listening, opened(found.plan, world, wishes) as shop, ending:
        url = url_of(listening)

        def ready() -> None:
            if as_json:
                tell_json({"url": url})
            elif not quiet:
                click.echo(
                    f"{found.name} is open at {url}; the model learns from {shop.learning.origin}. Ctrl-C ends it."
                )
            if not no_browser:
                webbrowser.open(url)

        predict = partial(predictions, found.loaded, shop, basis.run)
        server = serving(app_of(shop, live, host in LOOPBACK, predict), listening)
        server.ready, server.leaving = ready, live.close if live is not None else lambda: None
        server.run()


def _replay(plan: Plan, kept: Path, home: Path, quiet: bool, as_json: bool) -> None:
    from sandbox.demo.live.opening import fresh_folder
    from sandbox.demo.live.replaying import differing, replayed
    from sandbox.experiment.inputs import moment_text
    from sandbox.experiment.journal import read_journal

    into = fresh_folder(home)
    with progress(quiet or as_json) as listen:
        replayed(plan, kept, into, tell=listen)
    others, cut_us = differing(kept, into), read_journal(kept).cut_us
    cut = None if cut_us is None else moment_text(cut_us)
    if as_json:
        tell_json({"journal": str(into), "same": not others, "differ": others, "cut_short_at": cut})
    elif not quiet:
        same = "the same bytes" if cut is None else "the same bytes as far as it goes"
        short = "" if cut is None else f"; the show was cut short at {cut}"
        click.echo(f"{into}: {same if not others else 'differs in ' + ', '.join(others)}{short}.")
    if others:
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)
