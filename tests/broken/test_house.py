"""The house itself, broken in one place at a time: each time a test of the suite, or a check, must fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.addresses import Address
from sandbox.checks import CheckError, check_column
from sandbox.contract import checks, digests, keys, masking
from sandbox.contract.checks import RowCheck
from sandbox.contract.digests import ColumnDigests
from sandbox.landing import landing, receipts
from sandbox.mart import cut
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Numbered

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Sabotage:
    owner: Any
    name: str
    instead: Callable[..., Any]
    noticed_by: str
    """The test that must fail."""


def excuses_ranges(check, rule, *, excused=RowCheck._excused):
    return rule.kind == "range" or excused(check, rule)


def forgets_the_last_column(self, rows, *, digest=ColumnDigests._digest_pending):
    digest(self, rows)
    for found in list(self._blocks.values())[-1:]:
        found[:] = ["0" * 32] * len(found)


def takes_any_share_for_this_one(layout, dataset, index, fingerprint):
    found = sorted(layout.receipts(dataset).glob("*.json"))
    return receipts._receipt(json.loads(found[0].read_text(encoding="utf-8"))) if found else None


SABOTAGES = {
    "a rule is skipped": Sabotage(
        checks.RowCheck,
        "_excused",
        excuses_ranges,
        "contract/test_checks.py::test_a_rule_refuses_what_breaks_it_and_only_that",
    ),
    "keys that come twice are overlooked": Sabotage(
        keys,
        "_all_differ",
        lambda *_: True,
        "contract/test_keys.py::test_nan_and_the_two_zeros_are_each_one_key",
    ),
    "the future is seen": Sabotage(
        cut,
        "seen_by",
        lambda *_: "true",
        "mart/test_leaks.py::test_a_canary_from_the_future_or_of_late_arrival_is_in_no_feature",
    ),
    "a digest leaves out a column": Sabotage(
        digests.ColumnDigests,
        "_digest_pending",
        forgets_the_last_column,
        "contract/test_digests.py::test_one_changed_bit_is_seen_wherever_it_is",
    ),
    "going on, a share is taken for another": Sabotage(
        landing,
        "kept_receipt",
        takes_any_share_for_this_one,
        "landing/test_resuming.py::test_each_share_is_taken_up_as_itself",
    ),
    "people's data is shown": Sabotage(
        masking,
        "_mask",
        lambda column: column,
        "cli/test_verbs.py::test_preview_shows_rows_and_masks_people",
    ),
}


def verdict(*tests: str) -> int:
    """What pytest ends with over some tests: 0 all pass, 1 some fail."""
    return int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *(str(TESTS / test) for test in tests)]))


def test_the_house_as_it_is_passes_them():
    assert verdict(*(sabotage.noticed_by for sabotage in SABOTAGES.values())) == pytest.ExitCode.OK


@pytest.mark.parametrize("name", SABOTAGES)
def test_a_broken_house_fails_its_tests(name, monkeypatch):
    sabotage = SABOTAGES[name]
    monkeypatch.setattr(sabotage.owner, sabotage.name, sabotage.instead)
    assert verdict(sabotage.noticed_by) == pytest.ExitCode.TESTS_FAILED


def draws_from_the_first_row(rows, address, distribution):
    return distribution.draw(address, 0, len(rows))


def forgets_the_column(recipe, column):
    return Address((recipe.whole.seed, recipe.plan.name), recipe.whole.engine)


@pytest.mark.parametrize(
    ("owner", "name", "instead", "check"),
    [
        (Numbered, "draw", draws_from_the_first_row, "rows_are_the_slice"),
        (Recipe, "column_address", forgets_the_column, "similar_names_differ"),
    ],
)
def test_a_broken_world_fails_the_checks_of_its_parts(owner, name, instead, check, monkeypatch):
    monkeypatch.setattr(owner, name, instead)
    with pytest.raises(CheckError) as told:
        check_column({"integer": [0, 10**6]})
    assert told.value.check == check
