"""Write rows that break rules, a file a rule, and prove each by reading it back and judging it by the contract."""

from __future__ import annotations

import json
import re
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
    """
    sink = registry.load("sandbox.sinks", format)()
    assert isinstance(sink, SinkPart)
    registry.load("sandbox.sources", format)
    if out.exists() and any(out.iterdir()) and not (out / RULES).exists():
        raise InputError(f"{out}: holds something else; name an empty folder.")
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
        seen = _refused_by(path, contract, format)
    except (pa.ArrowException, InputError, OutsideError, ValueError, TypeError) as error:
        path.unlink(missing_ok=True)
        return f"{format} cannot hold it ({type(error).__name__})"
    wanted = [[] if broken.rule.across else [broken.rule.name]] * len(broken.rows)
    if seen == wanted:
        return ""
    path.unlink(missing_ok=True)
    broke = ", ".join(sorted({rule for row in seen for rule in row})) or "nothing"
    return f"read back from {format}, such a row breaks {broke}"


def _refused_by(path: Path, contract: Contract, format: str) -> list[list[str]]:
    """What each row of a file breaks by itself, as the house's own source and check see it."""
    part = registry.load("sandbox.sources", format).model_validate({"path": path.name})
    assert isinstance(part, SourcePart)
    source, check, conform, seen = part.open(str(path.parent)), RowCheck(contract), Conform(contract), list[list[str]]()
    try:
        for share in source.shares():
            for batch in source.batches(share):
                if isinstance(batch, Unread):
                    seen += [[batch.rule] for _ in batch.texts]
                    continue
                for row in range(len(batch)):
                    seen.append(list(check(conform(batch.slice(row, 1))).counts))
    finally:
        source.close()
    return seen
