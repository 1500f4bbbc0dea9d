"""What every room of saboteurs needs: which checks a subject fails, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.checks import Check, CheckError, all_checks


def failing(group: str, subject: Any) -> set[str]:
    told = [error for error in (_error(check, subject) for check in all_checks(group)) if error is not None]
    assert all(f"{subject.name}: {error.check}: saw " in str(error) for error in told)
    return {error.check for error in told}


def _error(check: Check, subject: Any) -> CheckError | None:
    try:
        check(subject)
    except CheckError as error:
        return error
    return None


@pytest.fixture(name="failing")
def failing_fixture() -> Callable[[str, Any], set[str]]:
    """The names of the checks of a group that a subject does not keep."""
    return failing
