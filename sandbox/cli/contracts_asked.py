"""Contracts that a user names: `FILE`, `FILE#dataset`, `SCENARIO#dataset@version`, of any format that is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.contract import Contract
from sandbox.contract.versions import as_of_version
from sandbox.errors import InputError, Problem, did_you_mean

_SCENARIO = re.compile(r"^sandbox\s*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """The contracts of one address; `lost` is what of the file no contract holds, `servers` where its data lie."""

    address: str
    contracts: tuple[Contract, ...]
    lost: tuple[Problem, ...] = ()
    servers: tuple[Any, ...] = ()


def contracts_at(address: str) -> Found:
    """Read what the address names.

    Raises:
        InputError: the file is wrong, or has no such dataset or version.
        OutsideError: the file cannot be read.
    """
    file, _, name = address.partition("#")
    name, _, version = name.partition("@")
    found = _scenario(file, address) if _is_scenario(Path(file)) else _schema(file, address)
    contracts = found.contracts
    if name:
        known = [contract.dataset for contract in contracts]
        contracts = tuple(contract for contract in contracts if contract.dataset == name)
        if not contracts:
            raise InputError(f"{address}: no dataset '{name}'.{did_you_mean(name, known)}")
    if version:
        contracts = tuple(_as_of(contract, version, address) for contract in contracts)
    return Found(address, contracts, found.lost, found.servers)


def _as_of(contract: Contract, version: str, address: str) -> Contract:
    if not version.isdigit() or not 1 <= int(version) <= contract.version:
        raise InputError(f"{address}: {contract.dataset} has versions 1 to {contract.version}; got '{version}'.")
    return as_of_version(contract, int(version)) if contract.versions else contract


def _is_scenario(path: Path) -> bool:
    if path.suffix.lower() not in (".yaml", ".yml") or not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as stream:
        return _SCENARIO.search(stream.read(65_536)) is not None


def _scenario(file: str, address: str) -> Found:
    from sandbox.api import load

    scenario = load(file)
    return Found(address, tuple(scenario.plan.datasets[name].contract for name in scenario.datasets))


def _schema(file: str, address: str) -> Found:
    from sandbox.contract.imports import read_unlinked

    imported = read_unlinked(file)
    return Found(address, tuple(each.whole for each in imported.datasets), imported.lost, imported.servers)
