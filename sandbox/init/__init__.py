"""The first scenario: a starter, or one drafted from schema files. Text comes out, for a person to change."""

from sandbox.init.drafting import Written, draft_scenario
from sandbox.init.starter import starter

__all__ = ["Written", "draft_scenario", "starter"]
