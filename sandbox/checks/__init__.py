"""What every part must keep: checks for column generators, sources, sinks and blueprints, for plugin authors too."""

from sandbox.checks.check import Broken, Check, CheckError, Suite
from sandbox.checks.column_subject import ColumnSample
from sandbox.checks.outlet_subject import OutletSample, rows_of
from sandbox.checks.sinks import SinkSample
from sandbox.checks.source_subject import SourceSample
from sandbox.checks.suite import (
    all_checks,
    check_blueprint,
    check_column,
    check_outlet,
    check_sink,
    check_source,
    pytest_cases,
)

__all__ = [
    "Broken",
    "Check",
    "CheckError",
    "ColumnSample",
    "OutletSample",
    "SinkSample",
    "SourceSample",
    "Suite",
    "all_checks",
    "check_blueprint",
    "check_column",
    "check_outlet",
    "check_sink",
    "check_source",
    "pytest_cases",
    "rows_of",
]
