"""Judge what is expected of an experiment's control: of metrics that are there, and as they can be."""

from __future__ import annotations

from sandbox.errors import did_you_mean
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language.expected import Expected
from sandbox.scenario.language.experiment import Experiment

_HERE = ("experiment", "expect")


def check_expected(experiment: Experiment, expect: Expected, notes: Notes) -> None:
    """Note what does not fit."""
    metrics = experiment.metrics
    if experiment.primary in metrics and experiment.primary not in expect.means:
        notes.add((*_HERE, "means"), f"does not say that of the primary metric, '{experiment.primary}'.")
    for name, mean in expect.means.items():
        path = (*_HERE, "means", name)
        if name not in metrics:
            notes.add(path, f"unknown metric '{name}'.{did_you_mean(name, metrics)}")
        elif metrics[name].per is not None:
            notes.add(path, f"'{name}' is a ratio, and a plan goes by what units do; name a sum or an `any`.")
        elif metrics[name].any is not None and not 0 < mean < 1:
            notes.add(path, f"got {mean:g}, must be a share between 0 and 1.")
        elif metrics[name].any is None and name not in expect.deviations:
            notes.add((*_HERE, "deviations"), f"does not say how units differ in '{name}'.")
    for name in expect.deviations:
        if name not in expect.means:
            notes.add((*_HERE, "deviations", name), f"'{name}' has no mean; say it under `means:`.")
