"""A blueprint: logistic regression and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from sandbox.registry import Part

if TYPE_CHECKING:
    from sandbox.models.base import Examples, Model, Progress
    from sandbox.models.classify import ClassifyConfig
    from sandbox.models.fitted import Fitted


class Linear(Part):
    """Logistic regression, tuned by a few trials."""

    trials: int = Field(default=4, ge=1, le=100)
    """How many settings are tried."""

    @property
    def figures(self) -> tuple[str, ...]:
        """What a `done:` line may ask of such a model."""
        return self._classify().figures

    def untrained(self, positive_share: float = 0.5) -> Model:
        """The model before it has seen anything."""
        return self._classify().untrained(positive_share)

    def fit(
        self, examples: Examples, seed: int, *, trials: int | None = None, progress: Progress | None = None
    ) -> Fitted:
        """Learn from the examples."""
        return self._classify().fit(examples, seed, trials=trials, progress=progress)

    def _classify(self) -> ClassifyConfig:
        from sandbox.models.classify import ClassifyConfig

        return ClassifyConfig.model_validate(
            {"candidates": ["majority", "logistic"], "spike": {"trials": self.trials}, "bootstrap": 100}
        )
