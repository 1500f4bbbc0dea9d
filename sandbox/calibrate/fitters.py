"""All that is fitted, in the order in which it is written: a later word on a value goes over an earlier one."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.calibrate.catalogues import fit_catalogues
from sandbox.calibrate.choices import fit_choices
from sandbox.calibrate.columns import fit_columns, fit_nulls
from sandbox.calibrate.comings import fit_comings
from sandbox.calibrate.conditionals import fit_conditionals
from sandbox.calibrate.fan_outs import fit_fan_outs
from sandbox.calibrate.fitted import Evidence, Fitted, Fitter
from sandbox.calibrate.hazards import fit_hazards
from sandbox.calibrate.journeys import fit_journey
from sandbox.calibrate.lateness import fit_lateness
from sandbox.calibrate.rates import fit_rates
from sandbox.calibrate.rhythm import fit_rhythm
from sandbox.calibrate.rows import fit_rows
from sandbox.calibrate.spans import fit_spans


def fit_at_first(evidence: Evidence) -> Iterator[Fitted]:
    """How the values of columns are distributed, and what hangs on what; of a history, as entities begin."""
    first = evidence.at_first()
    for fitter in (fit_columns, fit_spans, fit_conditionals, fit_nulls):
        yield from fitter(first)


FITTERS: tuple[Fitter, ...] = (
    fit_rows,
    fit_at_first,
    fit_catalogues,
    fit_fan_outs,
    fit_rates,
    fit_hazards,
    fit_rhythm,
    fit_comings,
    fit_journey,
    fit_choices,
    fit_lateness,
)
"""Each is asked about every dataset of which something was seen."""
