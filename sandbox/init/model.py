"""A first model for a drafted scenario: does somebody who was seen before come back? With its features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.init.yaml_text import scalar, wrapped
from sandbox.scenario.proposing.layout import Layout
from sandbox.scenario.proposing.made import Guess
from sandbox.scenario.proposing.words import sql_name, words_of

_PEOPLE = ("user", "customer", "client", "account", "person", "visitor", "member", "cust")


@dataclass(frozen=True, slots=True)
class Proposed:
    """`events` by `entity` over `time`; `numbers` are columns to average."""

    events: str
    entity: str
    time: str
    numbers: tuple[str, ...]

    @property
    def features_file(self) -> str:
        """Where its feature SQL lies."""
        return f"features/{self.events}.sql"

    def lines(self) -> list[str]:
        """The model as the scenario writes it."""
        return [
            "  comes_back:",
            f"    about: Is {scalar(self.entity).strip(chr(34))} of {self.events} seen again within 14 days?",
            "    blueprint: classify",
            f"    of: {scalar(self.events)}",
            f"    entity: {scalar(self.entity)}",
            "    at: [day 30, day 45]",
            *wrapped("label", Guess({"occurs": self.events, "within": "14 days"}, "What is to be predicted?"), 4),
            f"    features: {self.features_file}",
            "    split: {by: time}",
            "    spike: {trials: 8}",
        ]


def model_of(times: Mapping[str, str | None], layout: Layout) -> Proposed | None:
    """The dataset of events whose rows tell whose they are, people first; None where there is none."""
    found: list[tuple[int, Proposed]] = []
    for events, time in times.items():
        described = layout.datasets[events]
        if time is None:
            continue
        names = layout.columns[events]
        links = layout.links[events]
        numbers = tuple(
            names[field.name]
            for field in described.fields
            if field.type.is_number and words_of(field.name)[-1:] not in (("id",), ("key",), ("time",), ("ts",))
        )
        for field in described.fields:
            words = words_of(field.name)
            is_person = words[-1:] in (("id",), ("guid",)) and bool(set(words) & set(_PEOPLE))
            is_key = (field.name,) == layout.keys[events]
            if field.type.is_nested or is_key or not (is_person or field.name in links):
                continue
            proposed = Proposed(events, names[field.name], time, numbers[:4])
            found.append((2 * is_person + (field.name in links), proposed))
    return max(found, key=lambda each: each[0])[1] if found else None


def features_of(model: Proposed) -> str:
    """Feature SQL: how often and how lately each entity was seen before the cut, and the means of some numbers."""
    entity, time = sql_name(model.entity), sql_name(model.time)
    columns = [
        f"    {entity}",
        "    count(*) as times_seen",
        f"    count(*) filter (where {time} >= $cut - interval 7 day) as times_seen_7d",
        f"    date_diff('day', max({time}), $cut) as days_since_last",
        f"    date_diff('day', min({time}), $cut) as days_since_first",
        *(f"    avg({sql_name(number)}) as {sql_name('mean_' + number)}" for number in model.numbers),
    ]
    listed = ",\n".join(columns)
    return (
        "-- What is known at the cut, out of nothing but the rows that had arrived. One row an entity.\n"
        f"select\n{listed}\nfrom {sql_name(model.events)}\nwhere {entity} is not null\ngroup by {entity}\n"
    )
