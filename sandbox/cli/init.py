"""`sandbox init`: the first scenario, a starter or one drafted from schema files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import count, problem_record, tell_json
from sandbox.cli.options import speaks
from sandbox.init.saving import save_all

if TYPE_CHECKING:
    from sandbox.contract.imports import Imported
    from sandbox.init import Written

_FILE = click.Path(path_type=Path)


@click.command("init")
@click.option(
    "--from",
    "sources",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="A schema file; may be repeated, or followed by more.",
)
@click.argument("more", nargs=-1, type=_FILE, metavar="[FILE]...")
@click.option(
    "-o",
    "--out",
    type=_FILE,
    default=Path("scenario.yaml"),
    metavar="SCENARIO",
    show_default=True,
    help="Where to write it.",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
@speaks
def verb(sources: tuple[Path, ...], more: tuple[Path, ...], out: Path, force: bool, quiet: bool, as_json: bool) -> None:
    """Write a first scenario: a starter, or one drafted from schema files.

    Read are Avro, JSON Schema, SQL with CREATE TABLE, Open Data Contracts, and samples in Parquet, Arrow or CSV. What
    the schemas do not say is marked `assumed`; what of them a contract cannot hold is listed.
    """
    from sandbox.lean import leave_pandas_out

    leave_pandas_out()
    if more and not sources:
        raise click.UsageError(
            f"'{more[0]}' is to be read or to be written? `--from {more[0]}` drafts a scenario from a schema file, "
            f"`-o {more[0]}` writes a starter there."
        )
    imports = _read((*sources, *more))
    written = _written(imports, out)
    paths = _save(written, out, force)
    if as_json:
        lost = [problem_record(problem) for imported in imports for problem in imported.lost]
        tell_json({"files": [str(path) for path in paths], "lost": lost})
        return
    if quiet:
        return
    for imported in imports:
        for problem in imported.lost:
            click.echo(f"not held: {problem}", err=True)
        names = ", ".join(described.contract.dataset for described in imported.datasets)
        click.echo(f"{imported.file}: {imported.format}, {count(len(imported.datasets), 'dataset')} ({names}).")
    click.echo(f"Written: {', '.join(str(path) for path in paths)}.")
    if assumed := written.scenario.count("assumed: {"):
        click.echo(f"{count(assumed, 'value')} in it no schema tells. To ask for them: sandbox assumptions {out}")
    click.echo(f"Next: sandbox check {out}, sandbox preview {out}, sandbox run {out}")


def _read(files: tuple[Path, ...]) -> tuple[Imported, ...]:
    if not files:
        return ()
    from sandbox.contract.imports import read_schemas

    return read_schemas(files)


def _written(imports: tuple[Imported, ...], out: Path) -> Written:
    from sandbox.init import draft_scenario, starter
    from sandbox.scenario.proposing.words import bearable, snake

    name = bearable(snake(out.stem)) if out.stem != "scenario" else ""
    return draft_scenario(imports, name) if imports else starter(name or "shop", str(out))


def _save(written: Written, out: Path, force: bool) -> list[Path]:
    """Write the scenario and the files that it needs, all or none."""
    texts = {out: written.scenario, **{out.parent / name: text for name, text in written.files.items()}}
    save_all(texts, force=force)
    return list(texts)
