"""What a replay is about: which streams, in which order, to where; and what it all follows from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.errors import InputError, Problem, did_you_mean, together
from sandbox.replay.moments import Order, order_of
from sandbox.replay.pace import AtOnce, Pace
from sandbox.replay.paces import pace_of
from sandbox.replay.redating import Redate, redate_of
from sandbox.scenario.addressed import STREAM
from sandbox.scenario.outlets import OutletPart
from sandbox.scenario.plan import Plan
from sandbox.sinks.lines import LinesFile
from sandbox.sinks.opening import outlet_at

FOLDER = "replays"


@dataclass(frozen=True)
class Wishes:
    """How to replay."""

    order: Order = "event"
    pace: Pace = field(default_factory=AtOnce)
    loops: int = 1
    """How often everything is sent; 0: again and again, until somebody breaks off."""
    redate: Redate | None = None
    """Move times so that the first, or the last, is now."""
    fresh: bool = False
    """Begin anew, whatever an earlier replay kept."""
    patience_s: float = 60.0
    """How long a sink that does not answer is tried again."""

    @classmethod
    def said(
        cls,
        order: str,
        speed: float | None,
        rate: str | float | None,
        loops: int,
        redate: str | None,
        fresh: bool,
        patience_s: float,
    ) -> Wishes:
        """In the words of users, as `Scenario.replay` tells them. Raises InputError: all that make no sense."""
        known, pace, moved, often = together(
            lambda: order_of(order),
            lambda: pace_of(speed, rate),
            lambda: redate_of(redate, is_paced=speed is not None or rate is not None),
            lambda: _loops_of(loops),
        )
        return cls(known, pace, often, moved, fresh, patience_s)


@dataclass(frozen=True)
class Work:
    """A replay before it begins."""

    plan: Plan
    streams: tuple[str, ...]
    to: Mapping[str, str]
    """The address of each stream's sink, as it may be shown."""
    parts: Mapping[str, OutletPart]
    wishes: Wishes
    out: Path

    @property
    def identity(self) -> dict[str, Any]:
        """What a checkpoint must agree with to go on; the pace is not part of it."""
        return {"streams": {name: {**self.rows_of(name), "to": self.to[name]} for name in self.streams}}

    def rows_of(self, stream: str) -> dict[str, Any]:
        """Everything that the rows of a stream, and their order, follow from."""
        plan = self.plan
        return {
            "scenario": plan.name,
            "digest": plan.digest,
            "seed": plan.seed,
            "engine": plan.engine,
            "target": plan.target if stream in plan.bindings else None,
            "history": str(plan.form),
            "span": str(plan.span),
            "order": self.wishes.order,
            "redate": self.wishes.redate,
        }

    @property
    def folder(self) -> Path:
        """Where the replay keeps what it needs to go on, and its receipt."""
        return self.out / self.plan.name / FOLDER / f"{'-'.join(self.streams)[:60]}-{_short(self.identity)}"

    def errand_name(self, stream: str, shift_us: int) -> str:
        """By which a sink with books of its own knows the stream."""
        return f"{stream}-{_short({**self.rows_of(stream), 'shift_us': shift_us})}"


def work_of(plan: Plan, streams: Sequence[str], to: str, wishes: Wishes, out: Path) -> Work:
    """Settle what is replayed; no streams: all datasets but hidden ones.

    Raises:
        InputError: there is no such dataset, or no such sink.
    """
    seen = [name for name, dataset in plan.datasets.items() if not dataset.spec.hidden]
    unknown = [name for name in streams if name not in seen]
    if unknown:
        raise InputError(f"{plan.file}: unknown dataset '{unknown[0]}'.{did_you_mean(unknown[0], seen)}")
    chosen = tuple(dict.fromkeys(streams)) or tuple(seen)
    parts = {name: outlet_at(to, name) for name in chosen}
    if len(chosen) > 1 and any(isinstance(part, LinesFile) for part in parts.values()) and STREAM not in to:
        raise InputError(f"{to}: is one file for {len(chosen)} streams; write {STREAM} where the name of each stands.")
    shown = {name: to.replace(STREAM, name) for name in chosen}
    return Work(plan, chosen, shown, parts, wishes, out)


def _loops_of(written: int) -> int:
    if written < 0:
        raise InputError(Problem(f"got {written}, must be >= 0.", "loops"))
    return written


def _short(identity: Mapping[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(identity, sort_keys=True).encode(), digest_size=5).hexdigest()
