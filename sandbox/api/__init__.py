"""The Python face: the same objects as the command line uses.

import sandbox
scenario = sandbox.load("scenarios/telecom.yaml", set={"datasets.customers.rows": 1000})
customers = scenario.frame("customers")
run = scenario.run()
run.record.gates, run.report
"""

from sandbox.api.loading import load
from sandbox.api.scenario import Scenario
from sandbox.runs.ended import Run, compare, find_run, list_runs

__all__ = ["Run", "Scenario", "compare", "find_run", "list_runs", "load"]
