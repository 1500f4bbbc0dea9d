"""The board as a page that opens with no network."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from sandbox.board import words
from sandbox.board.board import Board
from sandbox.board.iterations import Progress
from sandbox.board.pictures import iterations, track, waiting
from sandbox.board.standings import Standing
from sandbox.report.page import Html, Page, facts, table, text
from sandbox.whole import write_whole


def write_board_page(path: Path, boards: Sequence[Board]) -> None:
    """Write the page of one board, or of several. Raises OutsideError: the disk does not take it."""
    write_whole(path, board_html(boards))


def board_html(boards: Sequence[Board]) -> Html:
    """The whole page as HTML."""
    style = files("sandbox.board").joinpath("assets", "board.css").read_text(encoding="utf-8")
    if len(boards) == 1:
        page = Page(f"{boards[0].scenario} · board", style=style)
        for anchor, title, body in _sections(boards[0]):
            page.section(anchor, title, body)
        return page.html(_header(boards[0]))
    page = Page("The board", style=style)
    for board in boards:
        parts = [f"<h3>{text(title)}</h3>{body}" for _, title, body in _sections(board)]
        page.section(board.scenario, _title(board), f"<p>{text(words.headline(board))}</p>{''.join(parts)}")
    return page.html(f"<h1>The board</h1>{facts({'day': boards[0].day, 'scenarios': str(len(boards))})}")


def _title(board: Board) -> str:
    return board.scenario.replace("_", " ").capitalize()


def _header(board: Board) -> Html:
    told = {"day": board.day, "runs": f"{board.runs}"}
    if board.sprints and board.sprints[0].name:
        told["sprint"] = board.sprints[0].name
    verdict = "fails" if _is_in_trouble(board) else "holds" if _is_done(board) else "undetermined"
    return (
        f'<h1>{text(_title(board))}</h1><p class="about">{text(board.about)}</p>{facts(told)}'
        f'<div class="verdict {verdict}"><span>{text(words.headline(board))}</span></div>'
    )


def _is_in_trouble(board: Board) -> bool:
    late = any(each.days_left is not None and each.days_left < 0 for each in board.datasets)
    return (
        late
        or any(each.state == "broken" for each in board.datasets)
        or any(each.verdict == "fails" for each in board.gates)
    )


def _is_done(board: Board) -> bool:
    return all(each.state == "real" for each in board.datasets) and all(each.verdict == "holds" for each in board.gates)


def _sections(board: Board) -> list[tuple[str, str, Html]]:
    found = [("datasets", "Datasets", _datasets(board))]
    if board.works:
        found.append(("models", "Models", "".join(_work(each) for each in board.works)))
    if board.gates:
        found.append(("gates", "Definition of done", _gates(board)))
    if board.blocked:
        found.append(("waiting", "Who waits for whom", _waiting(board)))
    if board.sprints:
        found.append(("sprints", "Sprints", _sprints(board)))
    return found


def _datasets(board: Board) -> Html:
    frees = {each.dataset: each.frees for each in board.swaps}
    return f'<div class="tiles">{"".join(_tile(each, frees.get(each.name, ())) for each in board.datasets)}</div>'


def _tile(each: Standing, frees: Sequence[str]) -> Html:
    late = each.days_left is not None and each.days_left < 0
    lines = [
        f'<div class="top"><h3>{text(each.name)}</h3><span class="state">{each.state}</span></div>',
        f'<p title="{text(each.contact)}">{text(each.owner or "nobody named")}</p>',
    ]
    if each.since:
        lines.append(f"<p>{text(words.since(each))}</p>")
    if each.why:
        lines.append(f'<p class="why">{text(each.why)}</p>')
    if each.days_left is not None:
        lines.append(f'<p class="{"late" if late else ""}">due {text(words.due(each))}</p>')
    if frees:
        lines.append(f'<p class="frees">once real, frees <b>{text(words.names(frees))}</b></p>')
    return f'<article class="tile {each.state}" title="{text(each.about)}">{"".join(lines)}</article>'


def _work(each: Progress) -> Html:
    roles = "".join(
        f'<dt class="{role}">{role}</dt>'
        f"<dd>{words.figure(found.value) if found else '–'}"
        f"<small>{f'run {found.run}, {text(found.title)}' if found else ''}</small></dd>"
        for role in ("baseline", "candidate", "champion")
        for found in [each.having(role)]
    )
    candidate = each.having("candidate")
    judged = f"Judged by {candidate.metric}, on {candidate.data} data. " if candidate else ""
    owner = f"{text(each.owner)}. " if each.owner else ""
    figures = f'<dl class="roles">{roles}</dl>' if candidate else _last_word(each)
    if each.release:
        figures += f'<p class="soft release">{text(each.release.replace("`", ""))}</p>'
    return (
        f'<div class="card work"><div class="said"><h3>{text(each.name)}</h3>'
        f'<p class="soft">{text(each.about)} {owner}{text(judged)}</p>{track(each.stage)}{figures}</div>'
        f"<div>{iterations(each)}</div></div>"
    )


def _last_word(each: Progress) -> Html:
    """Of work without a figure of its own: how its gates ended last."""
    if not each.iterations:
        return '<p class="soft">Nothing was run yet.</p>'
    last = each.iterations[-1]
    said = last.title or f"Its gates: {words.verdicts(last)}"
    return f'<p class="soft">Run {last.run}: {text(said)}</p>'


def _gates(board: Board) -> Html:
    rows = [
        [
            f'<code class="whole">{text(each.text)}</code>',
            f'<span class="tag {text(each.verdict)}">{text(each.verdict)}</span>',
            words.figure(each.value),
            "–" if each.low is None else f"{words.figure(each.low)} to {words.figure(each.high)}",
            text(words.gate_run(each)),
        ]
        for each in board.gates
    ]
    header = ["gate", "is", "reached", "95 % interval", "in"]
    return f'<div class="card">{table(header, rows, numbers=(2, 3))}</div>'


def _waiting(board: Board) -> Html:
    standings = {each.name: each for each in board.datasets}
    rows = [
        [
            f"<b>{text(swap.dataset)}</b>",
            text(words.whose(standings[swap.dataset].owner, standings[swap.dataset].contact)),
            text(words.due(standings[swap.dataset]) or "–"),
            text(words.names(swap.frees)),
            text(words.names(swap.helps)),
            "<br>".join(f'<code class="whole">{text(gate)}</code>' for gate in swap.gates) or "–",
        ]
        for swap in board.swaps
    ]
    header = ["if this were real", "whose", "due", "would be free", "a step further", "gates on real data"]
    return (
        f'<div class="card">{waiting(board.reads, board.datasets)}</div><div class="card">{table(header, rows)}</div>'
    )


def _sprints(board: Board) -> Html:
    rows = [
        [
            f"<b>{text(words.sprint_name(each.name))}</b>",
            text(each.since if each.since == each.until else f"{each.since} to {each.until}"),
            text("; ".join(each.goals) or "–"),
            text(", ".join(map(str, each.runs))),
            f"{each.holds} of {each.gates}",
        ]
        for each in board.sprints
    ]
    header = ["sprint", "days", "goal", "runs", "gates that hold"]
    return f'<div class="card">{table(header, rows, numbers=(4,))}</div>'
