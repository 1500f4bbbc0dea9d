"""`sandbox board`: what the team looks at each morning."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import tell_json, tell_table
from sandbox.cli.options import Asked, OutputFile, runs_folder, speaks
from sandbox.errors import InputError

if TYPE_CHECKING:
    from sandbox.board import Board


@click.command("board")
@click.argument("file", metavar="[SCENARIO]", required=False, type=click.Path(path_type=Path))
@click.option("--markdown", is_flag=True, help="Print it as Markdown, for a wiki.")
@click.option(
    "--page",
    type=OutputFile(),
    metavar="FILE",
    help="Where the page goes.  [default: board-NAME.html, board.html for several]",
)
@runs_folder
@speaks
def verb(file: Path | None, markdown: bool, page: Path | None, out: Path, quiet: bool, as_json: bool) -> None:
    """Draw the board: each dataset, model and gate, who waits for which source, and what was run by sprint.

    It is drawn from SCENARIO and from the runs; without SCENARIO, of every scenario that has runs, as its latest run
    had it. Runs belong to a sprint by `run --sprint 7 --goal WORDS`; `verify --keep` tells that a source keeps its
    contract.
    """
    if markdown and as_json:
        raise InputError("--markdown and --format json are two forms; choose one.")
    found = _boards(file, out)
    if as_json:
        tell_json([board.to_dict() for board in found] if file is None else found[0].to_dict())
    elif markdown:
        from sandbox.board.markdown import markdown as written

        click.echo("\n".join(written(board) for board in found), nl=False)
    elif not quiet:
        for board in found:
            _tell(board)
    if page is not None or not (markdown or as_json):
        from sandbox.board.page import write_board_page

        page = page or Path(f"board-{found[0].scenario}.html" if len(found) == 1 else "board.html")
        write_board_page(page, found)
        if not (markdown or as_json):
            click.echo(str(page))


def _boards(file: Path | None, out: Path) -> list[Board]:
    if file is not None:
        return [Asked(file, None, None, 1.0, (), ()).load().board(out)]
    from sandbox.board import boards_of_ledger

    found = boards_of_ledger(out, datetime.date.today())
    if not found:
        from sandbox.runs.folder import runs_of

        if runs_of(out):
            raise InputError(f"no run in {out} has ended, or its record cannot be read; look at: sandbox runs")
        raise InputError(f"there are no runs in {out} yet; name a scenario, or begin with: sandbox run SCENARIO")
    return found


def _tell(board: Board) -> None:
    from sandbox.board import words

    click.echo(f"{board.scenario}, {board.day}: {words.headline(board)}")
    tell_table(
        ("dataset", "is", "since", "whose", "due", "why"),
        [
            (each.name, each.state, each.since, words.whose(each.owner), words.due(each), each.why)
            for each in board.datasets
        ],
    )
    if board.works:
        roles = ("baseline", "candidate", "champion")
        rows = [
            (each.name, words.stage(each), *(words.iteration_of(each.having(role)) for role in roles))  # type: ignore[arg-type]
            for each in board.works
        ]
        tell_table(("model", "stage", *roles), rows)
    for gate in board.gates:
        where = f" ({words.figure(gate.value)}, {words.gate_run(gate)})" if gate.run is not None else ""
        click.echo(f"{gate.text}: {gate.verdict}{where}")
    for blocked in board.blocked:
        click.echo(f"{blocked.name} waits for {words.names(blocked.by)}")
    for swap in board.swaps:
        if swap.frees:
            click.echo(f"{swap.dataset}, once real, frees {words.names(swap.frees)}")
