"""The small words of the language: names, lengths of time, moments, rates."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from sandbox.scenario import quantities
from sandbox.strict import NAME

Name = Annotated[str, Field(pattern=NAME)]
Duration = Annotated[
    datetime.timedelta,
    BeforeValidator(quantities.duration),
    WithJsonSchema({"type": "string", "pattern": quantities.DURATION_PATTERN}),
]
"""A length of time, written `30 days`, `5min`, `2h`."""
Moment = Annotated[
    quantities.Moment,
    BeforeValidator(quantities.moment),
    WithJsonSchema({"type": "string", "pattern": quantities.MOMENT_PATTERN}),
]
"""A moment, written `day 30` (so many days after the clock's start), as a date, or as a date and time."""
Rate = Annotated[
    quantities.Rate,
    BeforeValidator(quantities.rate),
    WithJsonSchema({"type": "string", "pattern": quantities.RATE_PATTERN}),
]
"""How often something happens, written `0.002 per day`."""
