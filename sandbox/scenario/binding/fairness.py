"""Judge by which groups a model's answers are told apart: columns that land, and are nobody's personal data."""

from __future__ import annotations

from sandbox.contract.model import Contract
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language.fairness import Fairness
from sandbox.strict import Path


def check_groupings(path: Path, fairness: Fairness, contract: Contract, notes: Notes) -> None:
    """Note what does not fit the columns of the model's dataset."""
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    columns = {column.name: column.arrow for column in contract.columns}
    for at, (name, text) in enumerate(fairness.groupings.items()):
        here = (*path, name if isinstance(fairness.by, dict) else at)
        try:
            used = compile_expression(text, columns)
        except ExpressionError as error:
            notes.add_faults(here, error.faults)
            continue
        if text.strip().strip('"') in contract.pii:
            said = f"'{used.columns_used[0]}' is personal data, which no page shows; group people by something made"
            notes.add(here, f"{said} from it: `by: {{{name}: …}}`.")
