"""Everything a model card needs, as plain values that JSON can hold."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from sandbox.models.fitted import Fitted, Standing


def card(fitted: Fitted) -> dict[str, Any]:
    """The facts of a fit: no clock time, no path, and null for what is not defined."""
    facts: dict[str, Any] = _plain(
        {
            "champion": fitted.champion,
            "threshold": fitted.threshold,
            "judge": fitted.config.judge,
            "metrics": {name: asdict(estimate) for name, estimate in fitted.metrics.items()},
            "leaderboard": [_standing(standing) for standing in fitted.leaderboard],
            "confusion": asdict(fitted.confusion),
            "importance": [{"column": item.column, **asdict(item.loss)} for item in fitted.importance],
            "columns": [asdict(column) for column in fitted.columns],
            "sides": asdict(fitted.sides),
            "box": asdict(fitted.box),
            "config": fitted.config.model_dump(mode="json"),
            "seed": fitted.seed,
            "sentences": list(fitted.sentences),
        }
    )
    return facts


def _standing(standing: Standing) -> dict[str, Any]:
    told = ("name", "title", "trials", "validation", "threshold", "kept", "remark")
    metrics = {name: asdict(estimate) for name, estimate in standing.metrics.items()}
    return {name: getattr(standing, name) for name in told} | {
        "parameters": dict(standing.parameters),
        "metrics": metrics,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
