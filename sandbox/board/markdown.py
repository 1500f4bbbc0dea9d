"""The board as Markdown, for a wiki."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.board import words
from sandbox.board.board import Board


def markdown(board: Board) -> str:
    """The whole board; tables as GitHub and most wikis read them."""
    parts = [
        f"# {board.scenario}: the board on {board.day}",
        f"{board.about}\n\n{words.headline(board)}".strip(),
        _section(
            "Datasets",
            ("dataset", "is", "since", "whose", "due", "why"),
            (
                (each.name, f"**{each.state}**", words.since(each), words.whose(each.owner, each.contact),
                 words.due(each), each.why)
                for each in board.datasets
            ),
        ),
        _section(
            "Models",
            ("model", "stage", "release", "whose", "judged by", "baseline", "candidate", "champion"),
            (
                (each.name, words.stage(each), each.release or "–", words.whose(each.owner), _metric(board, each.name),
                 *(words.iteration_of(each.having(role)) for role in ("baseline", "candidate", "champion")))
                for each in board.works
            ),
        ),
        _section(
            "Definition of done",
            ("gate", "is", "reached", "in"),
            (
                (f"`{each.text}`", f"**{each.verdict}**", words.figure(each.value), words.gate_run(each))
                for each in board.gates
            ),
        ),
        _section(
            "Who waits for whom",
            ("waiting", "whose", "for", "of them missing"),
            (
                (each.name, words.whose(each.owner), words.names(each.by), f"{len(each.by)} of {each.needs}")
                for each in board.blocked
            ),
        ),
        _section(
            "What a swap would unblock",
            ("if this were real", "free", "a step further", "gates on real data"),
            (
                (each.dataset, words.names(each.frees), words.names(each.helps),
                 words.names([f"`{gate}`" for gate in each.gates]))
                for each in board.swaps
            ),
        ),
        _section(
            "Sprints",
            ("sprint", "runs", "goal", "gates that hold"),
            (
                (words.sprint_name(each.name), ", ".join(map(str, each.runs)), "; ".join(each.goals),
                 f"{each.holds} of {each.gates}")
                for each in board.sprints
            ),
        ),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _metric(board: Board, name: str) -> str:
    candidate = next(each for each in board.works if each.name == name).having("candidate")
    return candidate.metric if candidate else "–"


def _section(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A heading and a table; nothing where there are no rows."""
    lines = [_row(row) for row in rows]
    return "\n".join([f"## {title}", "", _row(header), _row(["---"] * len(header)), *lines]) if lines else ""


def _row(cells: Sequence[str]) -> str:
    escaped = (" ".join(cell.replace("|", "\\|").split()) for cell in cells)
    return f"| {' | '.join(escaped)} |"
