"""Reconcile: what became of rows that were sent, once somebody else's pipeline has landed them."""

from sandbox.reconcile.findings import KINDS, Reconciliation
from sandbox.reconcile.reconcile import reconcile
from sandbox.reconcile.tolerances import Tolerances, tolerances_of

__all__ = ["KINDS", "Reconciliation", "Tolerances", "reconcile", "tolerances_of"]
