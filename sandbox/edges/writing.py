"""Write rows that break rules, a file a rule, and prove each by reading it back and judging it by the contract."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa

from sandbox import registry
from sandbox.contract import Conform, RowCheck
from sandbox.contract.model import Contract
from sandbox.edges.invalid import Invalid, invalid_rows
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.parts import SinkPart, SourcePart, Unread
from sandbox.scenario.plan import Plan
from sandbox.sinks.opening import format_named
from sandbox.sources.opening import is_real
from sandbox.world.world import World

RULES = "rules.json"


def write_invalid(plan: Plan, world: World, out: Path, rows: int, format: str) -> dict[str, Any]:
    """Write so many rows of each simulated dataset that break one rule each, and `rules.json`, which says which.

    Returns:
        What `rules.json` holds: `files`, each with its dataset, rule and rows; and `unbroken`, the rules that no row of
        this format breaks alone, each with the reason.
    Raises:
        InputError: an unknown format, or one that no source reads; the folder holds something else.
        OutsideError: it cannot be written, as on a full disk. Then, or interrupted, the folder is as it was.
    """
    sink = format_named(format)
    registry.load("sandbox.sources", format)
    _judge_folder(out)
    whole = out.with_name(f".{out.name}.part")  # takes its place at the end: stopped on the way, nothing has changed
    _remove(whole)
    try:
        told = _filled(whole, plan, world, rows, sink, format)
        _remove(out)
        whole.rename(out)
    except OSError as error:
        raise OutsideError(f"{out}: cannot be written: {error.strerror or error}.") from error
    finally:
        _remove(whole)
    return told


def _judge_folder(out: Path) -> None:
    """What is replaced is what an earlier call wrote, and nothing else."""
    if not out.exists():
        return
    try:
        known = {RULES, *(each["file"] for each in json.loads((out / RULES).read_text(encoding="utf-8"))["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        known = set[str]()
    if any(path.relative_to(out).as_posix() not in known for path in out.rglob("*") if not path.is_dir()):
        raise InputError(f"{out}: holds something else; name an empty folder.")


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _filled(out: Path, plan: Plan, world: World, rows: int, sink: SinkPart, format: str) -> dict[str, Any]:
    told: dict[str, Any] = {"format": format, "files": [], "unbroken": []}
    for name, dataset in plan.datasets.items():
        if dataset.spec.hidden or is_real(plan, name):
            continue
        found = invalid_rows(plan, world, name, rows)
        told["unbroken"] += [{"dataset": name, "rule": rule, "why": why} for rule, why in found.unbroken.items()]
        for number, broken in enumerate(found.broken, 1):
            path = out / name / f"{number:03d}-{re.sub('[^A-Za-z0-9_.-]+', '-', broken.rule.name)}{sink.suffix()}"
            why = _written(path, broken, dataset.contract, sink, format)
            entry = {"dataset": name, "rule": broken.rule.name}
            if why:
                told["unbroken"].append({**entry, "why": why})
            else:
                file = path.relative_to(out).as_posix()
                told["files"].append({"file": file, **entry, "about": broken.rule.about, "rows": len(broken.rows)})
    out.mkdir(parents=True, exist_ok=True)
    (out / RULES).write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return told


def _written(path: Path, broken: Invalid, contract: Contract, sink: SinkPart, format: str) -> str:
    """Write one file; why it was taken away again, where what it holds does not break the rule, or not only it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([field.with_nullable(True) for field in broken.rows.schema])
    try:
        writer = sink.open(str(path), schema)
        for batch in broken.rows.cast(schema).to_batches():
            writer.write(batch)
        writer.close()
        read, seen = _refused_by(path, contract, format)
    except (pa.ArrowException, InputError, ValueError, TypeError) as error:
        path.unlink(missing_ok=True)
        return f"{format} cannot hold it ({type(error).__name__})"
    wanted = Counter() if broken.rule.across else Counter({broken.rule.name: len(broken.rows)})
    if (read, seen) == (len(broken.rows), wanted):
        return ""
    path.unlink(missing_ok=True)
    return f"read back from {format}, such a row breaks {', '.join(sorted(seen)) or 'nothing'}"


def _refused_by(path: Path, contract: Contract, format: str) -> tuple[int, Counter[str]]:
    """The rows of a file, and how many break each rule by themselves, as the house's own source and check see it."""
    part = registry.load("sandbox.sources", format).model_validate({"path": path.name})
    assert isinstance(part, SourcePart)
    source, check, conform, seen = part.open(str(path.parent)), RowCheck(contract), Conform(contract), Counter[str]()
    rows = 0
    try:
        for share in source.shares():
            for batch in source.batches(share):
                rows += len(batch.texts if isinstance(batch, Unread) else batch)
                if isinstance(batch, Unread):
                    seen[batch.rule] += len(batch.texts)
                else:
                    seen.update(check(conform(batch)).counts)
    finally:
        source.close()
    return rows, seen
