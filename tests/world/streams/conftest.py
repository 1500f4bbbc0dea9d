"""What tests of the streams' truth share: worlds, their events with what no contract lets out, and when to doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from sandbox.scenario.loader import load
from sandbox.world.finish import plain
from sandbox.world.latent import latent
from sandbox.world.world import World

MOST_Z = 3.9
"""A score beyond it comes once in 10,000 true worlds. Some sixty are held here, and the seeds are fixed."""
LEAST_P = 2 * scipy.stats.norm.sf(MOST_Z)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """A world from the datasets of a scenario, as YAML."""

    def make(datasets: str, days: int = 14, start: str = "2026-03-02", zone: str = "UTC", seed: int = 1) -> World:
        file = tmp_path_factory.mktemp("truth") / "scenario.yaml"
        head = f"sandbox: 1\nname: truth\nseed: {seed}\nclock: {{start: {start}, days: {days}, zone: {zone}}}\n"
        file.write_text(f"{head}datasets:\n{datasets}", "utf-8")
        return World(load(file).plan)

    return make


@pytest.fixture(scope="session")
def events() -> Callable[..., pd.DataFrame]:
    """All events of the stream `web` of a world: microseconds since the clock's start, and columns by full name."""

    def seen(world: World, *columns: str) -> pd.DataFrame:
        pieces = []
        for piece in world.slices("web", 0, world.units("web")):
            view = piece.view
            at_us = view.column("at").cast("int64").to_numpy() - world.plan.clock.start_us
            told = {name: plain(view.column(name)).to_pandas() for name in columns}
            pieces.append(pd.DataFrame({"at_us": at_us} | told))
        return pd.concat(pieces, ignore_index=True)

    return seen


@pytest.fixture(scope="session")
def traits() -> Callable[[World, str], pd.DataFrame]:
    """What is latent in the rows of a dataset."""

    def told(world: World, dataset: str) -> pd.DataFrame:
        return pd.concat([each.to_pandas() for each in latent(world, dataset, 0, world.units(dataset))])

    return told


@pytest.fixture(scope="session")
def agree() -> Callable[..., None]:
    """Hold counts against what is expected of them, bin by bin: Pearson's chi-square.

    `tied` is how many of the counts the others settle: 1 where the total is given, 0 where the rates are.
    """

    def hold(observed: Sequence[float], expected: Sequence[float], tied: int = 1) -> None:
        found, wanted = np.asarray(observed, float), np.asarray(expected, float)
        assert wanted.min() >= 5, "too few are expected for a chi-square"
        statistic = ((found - wanted) ** 2 / wanted).sum()
        assert scipy.stats.chi2.sf(statistic, len(found) - tied) > LEAST_P
        if not tied:  # one number tells more of a rate than many
            assert abs(found.sum() - wanted.sum()) < MOST_Z * np.sqrt(wanted.sum())

    return hold


@pytest.fixture(scope="session")
def normal() -> Callable[..., None]:
    """Hold an estimate, or several, against the true value by standard errors."""

    def hold(estimate: float, truth: float, error: float) -> None:
        scores = (np.asarray(estimate) - truth) / error
        assert (np.abs(scores) < MOST_Z).all(), scores

    return hold


@pytest.fixture(scope="session")
def drawn_from() -> Callable[..., None]:
    """Hold a sample against a distribution function: Kolmogorov and Smirnov."""

    def hold(sample: np.ndarray, distribution: Callable[[np.ndarray], np.ndarray]) -> None:
        assert len(sample) > 1_000
        assert scipy.stats.kstest(sample, distribution).pvalue > LEAST_P

    return hold
