"""The board: what a team looks at each morning, drawn from the scenario and the ledger, never typed."""

from sandbox.board.board import Board, board_of, boards_of_ledger

__all__ = ["Board", "board_of", "boards_of_ledger"]
