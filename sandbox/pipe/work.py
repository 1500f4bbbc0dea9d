"""What a pipe is about: from where, to where, and what the rows must look like."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.contract.model import Contract
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.forms import contract_of
from sandbox.scenario.language import Binding
from sandbox.scenario.loader import load
from sandbox.scenario.outlets import OutletPart
from sandbox.scenario.parts import SourcePart
from sandbox.sinks.json_rows import WHOLE
from sandbox.sinks.opening import outlet_at
from sandbox.sources.opening import source_at

FOLDER = "pipes"


@dataclass(frozen=True)
class Wishes:
    """How to pipe, and until when."""

    fresh: bool = False
    """Begin anew, whatever an earlier try kept."""
    for_s: float | None = None
    """Stop after so long."""
    until_idle_s: float | None = None
    """Stop when nothing came for so long."""
    every_s: float = 5.0
    """How often it is told how things stand."""
    patience_s: float = 60.0
    """How long a sink that does not answer is tried again."""


@dataclass(frozen=True)
class Work:
    """A pipe before it begins."""

    from_: str
    to: str
    as_: str | None
    """`SCENARIO#DATASET`, whose contract the rows must keep."""
    kind: str
    source: SourcePart
    sink: OutletPart
    contract: Contract | None
    """None: messages pass through as they are."""
    wishes: Wishes
    out: Path

    @property
    def identity(self) -> dict[str, Any]:
        """What a checkpoint must agree with to go on."""
        return {"from": self.from_, "to": self.to, "as": self.as_}

    @property
    def name(self) -> str:
        """Names the pipe's folder: readable, and the same for the same ends."""
        ends = [re.sub(r"[^a-z0-9]+", "-", _short(end).lower()).strip("-")[:30] for end in (self.from_, self.to)]
        digest = hashlib.blake2b(repr(sorted(self.identity.items())).encode(), digest_size=4).hexdigest()
        return f"{ends[0]}-to-{ends[1] or 'output'}-{digest}"

    @property
    def folder(self) -> Path:
        """Where checkpoint, receipt and what was set aside lie."""
        return self.out / FOLDER / self.name

    @property
    def binding(self) -> Binding:
        """How rows map to the contract: by their own names."""
        return Binding.model_construct(
            kind=self.kind, source=self.source, rename={}, parse={}, where=None, arrived_at=None
        )


def work_of(
    from_: str, to: str, as_: str | None = None, wishes: Wishes | None = None, out: Path = Path("data")
) -> Work:
    """Judge what is asked for; nothing is opened yet.

    Raises:
        InputError: an address makes no sense, the source cannot be followed, or the sink needs to know a contract.
    """
    kind, source = source_at(from_)
    if type(source).follow is SourcePart.follow:
        raise InputError(f"{from_}: a source of this kind cannot be followed.")
    sink = outlet_at(to)
    contract = None if as_ is None else _contract(as_)
    if contract is None:
        if not sink.takes_json():
            raise InputError(f"{to}: takes rows of a known contract; name it: --as SCENARIO#DATASET.")
        whole = source.with_whole_messages(WHOLE)
        if whole is None:
            raise InputError(f"{from_}: gives no JSON to pass through; name a contract: --as SCENARIO#DATASET.")
        source = whole
    return Work(from_, to, as_, kind, source, sink, contract, wishes or Wishes(), out)


def _contract(as_: str) -> Contract:
    file, mark, dataset = as_.rpartition("#")
    if not (file and mark and dataset):
        raise InputError(f"--as: '{as_}' names no dataset of a scenario; write SCENARIO#DATASET.")
    plan = load(file).plan
    if dataset not in plan.datasets:
        raise InputError(f"--as: {file} has no dataset '{dataset}'.{did_you_mean(dataset, plan.datasets)}")
    return contract_of(plan, dataset)


def _short(address: str) -> str:
    """What a person would call it: the last part of its place."""
    return address.partition("?")[0].rstrip("/").rpartition("/")[2] or address
