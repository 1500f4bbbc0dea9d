"""The text of what an experiment keeps beside its data: a sealed plan, a journal, inputs from outside."""

from __future__ import annotations

from pathlib import Path

from sandbox.errors import InputError, OutsideError


def text_of(path: Path, missing: str = "there is no such file.") -> str:
    """What a file says.

    Raises:
        InputError: there is none; `missing` says so, and what to do.
        OutsideError: it cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: {missing}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise OutsideError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}.") from error
