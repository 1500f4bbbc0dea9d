"""`contract: FILE`: columns, types, keys and nullability from a schema file; the scenario says how values arise."""

from sandbox.scenario.contracting.expanding import with_contracts

__all__ = ["with_contracts"]
