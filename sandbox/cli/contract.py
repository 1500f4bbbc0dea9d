"""`sandbox contract`: contracts in from the formats of others, out into them, and two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.machines import Case
from sandbox.cli.messages import count, problem_record, tell_cases, tell_json
from sandbox.cli.options import judges, speaks
from sandbox.errors import EXIT_FAILED_CHECK, InputError, Place, Problem

if TYPE_CHECKING:
    from sandbox.contract import Contract
    from sandbox.contract.comparing import Break
    from sandbox.contract.exports import Exported

_FORMATS = ("odcs", "avro", "json-schema", "ddl", "pydantic", "personalize")
_MODES = ("backward", "forward", "full")
_SOURCE = "A SOURCE is a schema file or a scenario; #dataset picks one dataset of it, #dataset@version a version."
_HURT = {
    "producer": "whoever writes rows as before has them refused",
    "consumer": "whoever reads as before meets rows that they do not know",
}


@click.group("contract", subcommand_metavar="import | export | diff …")
@judges
@click.pass_context
def verb(context: click.Context, quiet: bool, speech: str) -> None:
    """Read, write and compare contracts in the formats of others."""
    said = {"quiet": quiet, "as_json": "json" if speech == "json" else "text"}
    context.default_map = {"import": said, "export": said, "diff": {"quiet": quiet, "speech": speech}}


@verb.command("import", short_help="Print the contracts that schema files hold, as YAML.")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@speaks
def import_files(files: Sequence[str], quiet: bool, as_json: bool) -> None:
    """Print the contracts that schema files hold, as YAML, and what of the files a contract cannot hold.

    Read are Avro, JSON Schema, SQL with CREATE TABLE, Open Data Contracts, samples in Parquet, Arrow or CSV, and the
    YAML that this prints.
    """
    from sandbox.contract.imports import read_schemas, write_own

    imports = read_schemas(files)
    contracts = [described.whole for imported in imports for described in imported.datasets]
    lost = [problem for imported in imports for problem in imported.lost]
    servers = [server for imported in imports for server in imported.servers]
    if as_json:
        records = [problem_record(problem) for problem in lost]
        tell_json({"contracts": [contract.to_dict() for contract in contracts], "servers": servers, "lost": records})
        return
    click.echo(write_own(contracts, servers), nl=False)
    _tell_lost(lost, quiet)


@verb.command(
    "export",
    short_help="Write contracts as another format has them.",
    help=f"Write contracts as --as says, and tell what that format has no word for. {_SOURCE}",
)
@click.argument("source", metavar="SOURCE")
@click.option("--as", "format_", type=click.Choice(_FORMATS), required=True, help="The format to write.")
@click.option("--dialect", default="postgres", metavar="NAME", help="Of --as ddl.", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to; standard output without it.")
@click.option("--target", metavar="NAME", help="Of --as personalize: whose rows; the dummy's without it.")
@speaks
def export(
    source: str, format_: str, dialect: str, out: Path | None, target: str | None, quiet: bool, as_json: bool
) -> None:
    """Write contracts in another format."""
    from sandbox.cli.contracts_asked import contracts_at
    from sandbox.whole import write_whole

    if format_ == "personalize":
        _personalize(source, out, target, quiet, as_json)
        return
    found = contracts_at(source)
    name = Path(source.partition("#")[0]).name.partition(".")[0]
    exported = _exported(format_, found.contracts, name, dialect, found.servers)
    lost = [*found.lost, *exported.lost]
    if out is not None:
        write_whole(out, exported.text)
    if as_json:
        records = [problem_record(problem) for problem in lost]
        tell_json({"format": exported.format, "out": str(out) if out else None, "text": exported.text, "lost": records})
        return
    if out is None:
        click.echo(exported.text, nl=False)
    elif not quiet:
        click.echo(f"Written: {out} ({exported.format}, {count(len(found.contracts), 'dataset')}).")
    _tell_lost(lost, quiet)


@verb.command(
    "diff",
    short_help="Say whether a new contract breaks an old one.",
    help=f"Say whether contract NEW breaks contract OLD: exit code 1 if it does. {_SOURCE}",
)
@click.argument("old")
@click.argument("new")
@click.option(
    "--mode",
    type=click.Choice([*_MODES, *(f"{mode}-transitive" for mode in _MODES)]),
    default="full",
    show_default=True,
    help="backward: NEW takes rows of OLD; forward: OLD takes rows of NEW; full: both; transitive: with all versions "
    "of OLD, which a replay meets.",
)
@judges
def diff(old: str, new: str, mode: str, quiet: bool, speech: str) -> None:
    """Hold NEW against OLD."""
    from sandbox.cli.contracts_asked import contracts_at
    from sandbox.contract.comparing import breaks

    pairs, gone = _paired(contracts_at(old).contracts, contracts_at(new).contracts, old, new)
    found = [each for before, after in pairs for each in breaks(before, after, mode.replace("-", "_"))]
    found += [] if mode.startswith("backward") else gone
    if speech in ("github", "junit"):
        place = Place(new.partition("#")[0])
        cases = [Case(_path(each), "failed", _said(each), place) for each in found]
        tell_cases(speech, f"contract diff {old} {new}", cases or [Case(f"{mode} compatible", "passed")])
    elif speech == "json":
        tell_json({"mode": mode, "compatible": not found, "breaks": [asdict(each) for each in found]})
    else:
        for each in found:
            click.echo(f"{_path(each)}: {_said(each)}")
        if not quiet:
            click.echo(
                f"{new} is {mode} compatible with {old}." if not found else f"{count(len(found), 'break')} ({mode})."
            )
    if found:
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)


def _personalize(source: str, out: Path | None, target: str | None, quiet: bool, as_json: bool) -> None:
    """Schemas and rows of a scenario; `#dataset` names the stream of interactions."""
    from sandbox.api import load
    from sandbox.runs.personalizing import export_personalize

    if out is None:
        raise InputError(Problem("personalize is a folder of schemas and rows; say where to.", "--out"))
    file, _, events = source.partition("#")
    found = export_personalize(load(file, target=target).plan, out, events=events or None)
    if as_json:
        lost = [problem_record(problem) for problem in found.lost]
        tell_json({"format": "personalize", "out": str(out), "rows": found.rows, "lost": lost, "short": found.short})
    elif not quiet:
        told = ", ".join(f"{rows:,} {kind}" for kind, rows in found.rows.items())
        click.echo(f"Written: {out} (Amazon Personalize, {told}).")
    if not as_json:
        _tell_lost(found.lost, quiet)
        for each in found.short:
            click.echo(f"not enough: {each}.", err=True)
    if found.short:
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)


def _exported(
    format_: str, contracts: Sequence[Contract], name: str, dialect: str, servers: Sequence[dict[str, object]]
) -> Exported:
    from sandbox.contract.exports import (
        export_avro,
        export_ddl,
        export_json_schema,
        export_odcs,
        export_pydantic,
    )

    if format_ == "pydantic":
        return export_pydantic(contracts)
    if format_ == "odcs":
        return export_odcs(contracts, name, servers)
    if format_ == "ddl":
        return export_ddl(contracts, dialect)
    if len(contracts) != 1:
        names = ", ".join(contract.dataset for contract in contracts)
        raise InputError(f"{format_} holds one dataset a file; pick one with #NAME: {names}.")
    return export_avro(contracts[0]) if format_ == "avro" else export_json_schema(contracts[0])


def _paired(
    old: Sequence[Contract], new: Sequence[Contract], old_address: str, new_address: str
) -> tuple[list[tuple[Contract, Contract]], list[Break]]:
    """Datasets of one name, or the only ones of both; and those that are gone, which hurts who reads them."""
    from sandbox.contract.comparing import Break

    if len(old) == len(new) == 1:
        return [(old[0], new[0])], []
    names = {contract.dataset: contract for contract in new}
    pairs = [(contract, names[contract.dataset]) for contract in old if contract.dataset in names]
    if not pairs:
        raise InputError(f"{old_address} and {new_address} have no dataset in common; pick one of each with #NAME.")
    gone = [contract for contract in old if contract.dataset not in names]
    return pairs, [Break(each.dataset, "", "missing", "the dataset is gone", "consumer", each.version) for each in gone]


def _path(found: Break) -> str:
    return f"{found.dataset}.{found.column}" if found.column else found.dataset


def _said(found: Break) -> str:
    version = f" (version {found.version})" if found.version > 1 else ""
    return f"{found.rule}{version}: {found.said}. Hurt is the {found.hurt}: {_HURT[found.hurt]}."


def _tell_lost(lost: Sequence[Problem], quiet: bool) -> None:
    for problem in () if quiet else lost:
        click.echo(f"not held: {problem}", err=True)
