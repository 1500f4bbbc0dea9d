"""The model's lists where the model is an endpoint: asked beside the page, and never waited for by anybody else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.models.recommend.remote import AnswerError

if TYPE_CHECKING:
    from sandbox.models.recommend.endpoints import Endpoint
    from sandbox.models.recommend.remote import Ask

MOST_ANSWERS = 10_000
"""People whose lists are kept, the latest."""


@dataclass(eq=False)
class Elsewhere:
    """The latest answer for each; the endpoint's own timeout bounds how long one is waited for."""

    part: Endpoint
    failure: str = ""
    """What the last answer lacked; empty where it came."""
    _answers: OrderedDict[str, Sequence[str]] = field(default_factory=OrderedDict)
    _ask: Ask | None = None

    def ask(self, who: str, customer: str | None) -> None:
        """Ask for somebody's list, in a thread of the caller's; without an answer the last one holds.

        Args:
            who: by whom the list is found again.
            customer: their id; None for whoever is nobody.
        Raises:
            InputError: a library or a variable of the environment is missing.
        """
        if self._ask is None:
            self._ask = self.part.ask()
        try:
            self._answers[who] = list(self._ask(customer))
            self.failure = ""
        except AnswerError as error:
            self.failure = str(error)
        while len(self._answers) > MOST_ANSWERS:
            self._answers.popitem(last=False)

    def of(self, who: str) -> Sequence[str]:
        """The items of somebody, the best first; none where the endpoint never answered."""
        return self._answers.get(who, ())
