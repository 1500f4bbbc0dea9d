"""What each field of a class means: the text under it in the source. Read only for the schema and the reference.

pydantic can read these texts itself, but does so for every class whenever it is made: a fifth of a second of each
start, for pages that few starts need.
"""

from __future__ import annotations

import ast
import inspect
import textwrap


def meanings(cls: type) -> dict[str, str]:
    """The docstring under each annotated field of a class and its bases, in one line each; by the field's name."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if "__annotations__" in vars(base) and base.__module__ != "pydantic.main":
            found |= _of_class(base)
    return found


def _of_class(cls: type) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(cls))
    except (OSError, TypeError):  # a class that was made without a file has nothing under its fields
        return {}
    statements = ast.parse(source).body[0]
    assert isinstance(statements, ast.ClassDef)
    found = {}
    for field, text in zip(statements.body, statements.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
            found[field.target.id] = inspect.cleandoc(text.value.value)
    return found
