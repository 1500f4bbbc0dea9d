"""Runs: what one does from a plan to its record, and the ledger in which each is an iteration."""
