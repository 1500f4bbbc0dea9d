"""How a loop is carried out: how long its steps are, what it writes down, who looks on, what comes from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.experiment.arriving import Hear
from sandbox.experiment.counterfactual import VISITS_AT_ONCE
from sandbox.experiment.inputs import Input
from sandbox.experiment.teaching import LONGEST_S

if TYPE_CHECKING:
    from sandbox.experiment.loop import Loop
    from sandbox.world.world import World

Tell = Callable[[str, int, int | None], None]


def silent(what: str, done: int, of: int | None) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a loop is carried out; nothing here but `inputs` and `step_us` changes what comes of it."""

    truth: bool = True
    """Also work out what would have been."""
    everybody: int | None = None
    """An arm that all customers have who are not held out: the world after a full rollout."""
    inputs: Sequence[Input] = ()
    """What comes from outside, and when."""
    step_us: int = 0
    """Length of a step; 0: a local day."""
    journal: Path | None = None
    """The folder to write a journal into."""
    workers: int = 2
    at_once: int = VISITS_AT_ONCE
    """Visits whose truth is worked out together: few make the truth come soon, many make it quick."""
    longest_s: float = LONGEST_S
    """How long a policy may learn, by the clock on the wall."""
    watch: Callable[[Loop], None] | None = None
    """Is shown the loop after each step."""
    hear: Hear | None = None
    """Is told of all rows of the stream that arrive, for whoever looks on."""
    world: World | None = None
    """Of the plan, if the caller has one: what does not hang on what is shown is then made once for all loops."""
