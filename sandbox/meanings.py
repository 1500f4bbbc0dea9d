"""What each field of a class means: the text under it in the source. Read only for the schema and the reference.

pydantic can read these texts itself, but does so for every class whenever it is made: a fifth of a second of each
start, for pages that few starts need.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache


def meanings(cls: type) -> dict[str, str]:
    """The docstring under each annotated field of a class and its bases, in one line each; by the field's name."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if "__annotations__" in vars(base) and base.__module__ != "pydantic.main":
            found |= _of_class(base)
    return found


def _of_class(cls: type) -> dict[str, str]:
    written = _classes(cls.__module__).get(cls.__qualname__)
    found: dict[str, str] = {}
    if written is None:  # a class that was made without a file has nothing under its fields
        return found
    for field, text in zip(written.body, written.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
            found[field.target.id] = inspect.cleandoc(text.value.value)
    return found


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes that a module's source writes, by their qualified names; each module is parsed once."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError):
        return {}
    return dict(_within(tree, ""))


def _within(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        inside = prefix
        if isinstance(child, ast.ClassDef):
            yield f"{prefix}{child.name}", child
            inside = f"{prefix}{child.name}."
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = f"{prefix}{child.name}.<locals>."
        yield from _within(child, inside)
