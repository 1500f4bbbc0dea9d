"""A check: this company's loader takes a line for a row, so no generator may put an end of line into a text."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.checks import Broken, Suite
from sandbox.checks.column_subject import ColumnSubject


def texts_are_of_one_line(subject: ColumnSubject) -> Broken | None:
    """No text has an end of line, where the loader would begin another row."""
    if not pa.types.is_string(subject.whole.type):
        return None
    broken = subject.whole.filter(pc.match_substring_regex(subject.whole, r"[\r\n]"))
    return Broken(repr(broken[0].as_py()), "a text of one line") if len(broken) else None


SUITE = Suite("sandbox.columns", (texts_are_of_one_line,))
