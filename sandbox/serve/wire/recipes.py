"""Which of Personalize's recipes a policy is most like: it decides whether scores are told."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.models.recommend.policies import BestSelling, NonePolicy, PolicyPart, Popularity, RandomPolicy, Rules


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe by its name, and whether its items have scores."""

    name: str
    has_scores: bool

    @property
    def arn(self) -> str:
        """Recipes belong to nobody's account."""
        return f"arn:aws:personalize:::recipe/{self.name}"


PERSONAL = Recipe("aws-user-personalization", has_scores=True)
POPULAR = Recipe("aws-popularity-count", has_scores=False)
_SAME_FOR_ALL = (BestSelling, NonePolicy, Popularity, RandomPolicy, Rules)


def recipe_of(part: PolicyPart) -> Recipe:
    """Popularity where a policy learns nothing of persons; else User-Personalization."""
    return POPULAR if isinstance(part, _SAME_FOR_ALL) else PERSONAL
