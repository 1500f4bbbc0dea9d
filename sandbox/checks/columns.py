"""Column generators: all that they must keep. First that values repeat, then what is promised, then the limits."""

from __future__ import annotations

from sandbox.checks import columns_limits, columns_promise, columns_repeat
from sandbox.checks.check import Suite

SUITE = Suite("sandbox.columns", (*columns_repeat.CHECKS, *columns_promise.CHECKS, *columns_limits.CHECKS))
