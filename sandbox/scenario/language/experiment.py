"""An experiment: who is given what, what is measured of them, and what was planned before the first day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from sandbox.scenario.language.expected import Expected
from sandbox.scenario.language.shelves import Shelves
from sandbox.scenario.language.terms import Duration, Moment, Name
from sandbox.strict import Findings, Path, Strict

END_FIGURES = ("lift.low", "lift.high", "difference.low", "difference.high", "sequential.low", "sequential.high")
"""What a `done:` line may ask of a metric: ends of intervals, never the point between them."""


class Metric(Strict):
    """What is measured of each unit: whether it ever did something, or a sum of what it did."""

    exactly_one: ClassVar = ("any", "sum")
    any: str | None = None
    """SQL condition over a row: a unit counts as 1 once it held for any of its rows, as a conversion does."""
    sum: str | None = None
    """SQL number of a row, summed over all of a unit's: money, clicks."""
    per: str | None = None
    """SQL number of a row, by whose sum that of `sum` is divided: `1` for each row; absent: by unit."""
    of: Name | None = None
    """The dataset whose rows tell it, from a unit's first exposure on; absent: the log itself."""
    within: Duration | None = None
    """With `of`: only so long after the first exposure."""
    before: Duration | None = None
    """With `of`: the same of so long before the first exposure takes variance away (CUPED)."""
    better: Literal["more", "less"] = "more"
    """Which way is good."""

    @model_validator(mode="after")
    def _fits_together(self) -> Metric:
        found: list[tuple[Path, str]] = []
        if self.any is not None and self.per is not None:
            found.append((("per",), "has no meaning beside `any`, which counts units; write `sum` and `per`."))
        found += [
            ((key,), "needs `of:`, a dataset that also tells what was before an exposure, and long after it.")
            for key in ("within", "before")
            if getattr(self, key) is not None and self.of is None
        ]
        if found:
            raise Findings(found)
        return self


_Part = Annotated[float, Field(gt=0, lt=1)]


class RampStage(Strict):
    """From a moment on, arms have less of the traffic than they shall have in the end."""

    from_: Moment = Field(alias="from")
    """When it begins."""
    share: _Part | Annotated[dict[Name, _Part], Field(min_length=1)]
    """The most that an arm has; or by arm what it has, the others being left as they were."""


class OffPolicy(Strict):
    """What another policy would have earned, from what was shown by chance, and how likely that was."""

    action: Name
    """The column that says what was shown."""
    propensity: Name
    """The column that says how likely it was to be shown, above 0 and at most 1."""
    context: list[Name] = Field(default=[])
    """Columns that the policies look at when they choose, as far as the log tells; few values each."""
    reward: str
    """SQL number of a row: what it earned."""


class Money(Strict):
    """What is at stake when it is decided: release now, wait, or stop."""

    values: dict[Name, float] = Field(min_length=1)
    """Money by metric, for one more of what it counts by unit; what costs is below 0."""
    days: int = Field(ge=1, le=3660)
    """How many days a decision pays."""
    cost: float = Field(default=0.0, ge=0)
    """Of releasing, once."""
    likely: float = Field(default=0.05, gt=0)
    """Lifts of that size are likely before anything is seen; larger ones are drawn towards 0."""


SHELF_METRICS = {
    "click_rate": Metric(sum="clicks", per="lists"),
    "conversion": Metric(any="goals > 0"),
    "goals": Metric(sum="goals"),
    "value": Metric(sum="value"),
}
"""What is measured where arms fill shelves, over what each customer did on each day."""
_NOT_OF_SHELVES = {
    "metrics": "of which the same is measured always",
    "unit": "whose unit is the customer",
    "arm": "whose log is its own",
    "trigger": "where a list that somebody known has seen counts",
    "off_policy": "whose policies are known",
}


class Experiment(Strict):
    """An experiment: units are given arms, and what they do is held against what the control's do."""

    about: str = ""
    """What is tried, in words."""
    owner: str = ""
    """Who carries it out, and waits for its data."""
    exactly_one: ClassVar = ("log", "shelves")
    log: Name | dict[Name, Name] | None = None
    """The dataset with a row for each time a unit met its arm; or one for each arm, by the arm's name."""
    shelves: Shelves | None = None
    """The shelves that the arms fill, each with the policy of its name: the closed loop, whose log is its own."""
    unit: Name | None = None
    """The column of the log that names what is given an arm; absent: each row is one by itself."""
    arm: Name | None = None
    """The column of the log that names the arm; `arm` by default."""
    control: str = Field(min_length=1)
    """The arm that the others are held against; it has the traffic that they leave."""
    arms: dict[str, float]
    """The other arms, each with its share of the traffic."""
    holdout: float = 0.0
    """Share of all traffic that stays out of experiments."""
    ramp: list[RampStage] = Field(default=[])
    """Shares that grow: an effect is read from the last stage alone."""
    trigger: str | None = None
    """SQL condition over a row of the log: those that count as an exposure; absent: all."""
    from_: Moment | None = Field(default=None, alias="from")
    """The first day; the clock's by default."""
    metrics: dict[Name, Metric] = Field(default={})
    """What is measured, by name; of shelves always `click_rate`, `conversion`, `goals` and `value`."""
    primary: Name = ""
    """The metric that decides; of shelves `conversion` unless said."""
    guardrails: dict[Name, float] = Field(default={})
    """Metrics that must not get worse, each with the share of the control's value that may be lost."""
    effect: float | None = Field(default=None, gt=0)
    """The lift that is sought; the planner says how long that takes."""
    horizon: int | None = Field(default=None, ge=1, le=3660)
    """How many days it is planned for; to the end of the clock by default."""
    stopping: Literal["fixed", "sequential"] = "fixed"
    """`fixed`: judged once, at the horizon; `sequential`: looked at daily, and stopped when it is clear."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """How often a difference may be told where there is none."""
    power: float = Field(default=0.8, gt=0.5, lt=1)
    """How often the effect that is sought shall be found where it is there."""
    correction: Literal["holm", "benjamini-hochberg", "none"] = "holm"
    """How the p-values of several arms, metrics and segments are held together."""
    segments: list[Name] = Field(default=[])
    """Columns by which units are told apart: of the log, as they were at their first exposure; beside `shelves`, of the
    customers, as they were when they first came."""
    off_policy: OffPolicy | None = None
    """What each arm's policy would have earned, by the logs of the others."""
    money: Money | None = None
    """What is at stake."""
    expect: Expected | None = None
    """What is expected of the control, for `--plan`."""

    @property
    def logs(self) -> Mapping[str | None, str]:
        """The datasets that tell who met which arm, by the arm; one for None has a column that names it."""
        if self.log is None:
            return {}
        return {None: self.log} if isinstance(self.log, str) else dict(self.log.items())

    @property
    def figures(self) -> tuple[str, ...]:
        """What a `done:` line may ask for."""
        prefixes = [""] if len(self.arms) == 1 else [f"{arm}." for arm in self.arms]
        ends = [f"{prefix}{name}.{end}" for prefix in prefixes for name in self.metrics for end in END_FIGURES]
        p_values = [f"{prefix}{name}.p_value" for prefix in prefixes for name in self.metrics]
        return (*ends, *p_values, "sample_ratio.p_value")

    @property
    def ramped(self) -> list[tuple[Moment, dict[str, float]]]:
        """Each stage of the ramp: when it begins, and the share of the traffic that each arm then has."""
        shares, found = dict(self.arms), []
        for stage in self.ramp:
            if isinstance(stage.share, dict):
                shares = {arm: stage.share.get(arm, before) for arm, before in shares.items()}
            else:
                shares = {arm: min(whole, stage.share) for arm, whole in self.arms.items()}
            found.append((stage.from_, shares))
        return found

    @model_validator(mode="before")
    @classmethod
    def _measured_on_shelves(cls, written: Any) -> Any:
        """What is measured of shelves is the same for all."""
        if not isinstance(written, dict) or "shelves" not in written:
            return written
        return {"primary": "conversion", "metrics": SHELF_METRICS, **written}

    @model_validator(mode="after")
    def _measures_something(self) -> Experiment:
        missing = [key for key in ("metrics", "primary") if not getattr(self, key)]
        if missing:
            raise Findings([((key,), "is missing.") for key in missing])
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        """What is measured is said, but of shelves."""
        schema = super().__get_pydantic_json_schema__(core_schema, handler)
        said = {"metrics": {"minProperties": 1}, "primary": {"minLength": 1}}
        measures = {"required": list(said), "properties": said}
        return {**schema, "if": {"required": ["shelves"]}, "else": measures}

    @model_validator(mode="after")
    def _nothing_that_shelves_settle(self) -> Experiment:
        beside = {"metrics"} if self.metrics != SHELF_METRICS else set()
        beside |= self.model_fields_set - {"metrics"}
        found: list[tuple[Path, str]] = [
            ((key,), f"has no meaning beside `shelves`, {why}; take it out.")
            for key, why in _NOT_OF_SHELVES.items()
            if key in beside
        ]
        if self.shelves is not None and found:
            raise Findings(found)
        return self

    @model_validator(mode="after")
    def _one_way_to_name_arms(self) -> Experiment:
        if not isinstance(self.log, str) and self.arm is not None:
            raise Findings([(("arm",), "has no meaning where each arm has a log of its own; take it out.")])
        return self
