"""Pages that open with no network: the report of a run, its data dictionary and its model cards."""

from sandbox.report.report import write_report

__all__ = ["write_report"]
