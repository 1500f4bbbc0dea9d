"""Rows that data seldom hold and software must take: at a contract's boundaries, and just beyond them."""

from sandbox.edges.adding import EdgeRows, edge_rows, with_edge_cases
from sandbox.edges.invalid import Invalid, InvalidRows, invalid_rows
from sandbox.edges.writing import write_invalid

__all__ = ["EdgeRows", "Invalid", "InvalidRows", "edge_rows", "invalid_rows", "with_edge_cases", "write_invalid"]
