"""A model that foretells more than the truth does has seen the label, and the run says so."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sandbox.runs.modelling import _beats_the_truth


def fitted(judge: str, reached: float) -> SimpleNamespace:
    return SimpleNamespace(config=SimpleNamespace(judge=judge), metrics={judge: SimpleNamespace(value=reached)})


KNOWN = {"realised": {name: {"value": 0.8, "low": 0.78, "high": 0.82} for name in ("roc_auc", "log_loss")}}


@pytest.mark.parametrize(
    ("judge", "reached", "told"),
    [("roc_auc", 0.81, 0), ("roc_auc", 0.83, 1), ("roc_auc", float("nan"), 0), ("log_loss", 0.9, 0)],
)
def test_beyond_the_oracles_interval_something_leaks(judge: str, reached: float, told: int) -> None:
    assert len(_beats_the_truth(fitted(judge, reached), KNOWN)) == told


def test_where_nobody_knows_the_truth_nothing_can_be_said() -> None:
    assert _beats_the_truth(fitted("roc_auc", 0.99), None) == []
