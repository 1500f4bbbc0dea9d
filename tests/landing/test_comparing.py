"""What differs between two landings, and the likely cause."""

from dataclasses import replace

import pytest

from sandbox.contract.digests import BlockDigests, merge
from sandbox.landing import DatasetEntry, Manifest, compare
from sandbox.landing.manifest import BY_PARTS_PREFIX, column_digests
from sandbox.landing.receipts import Receipt

ENTRY = DatasetEntry(
    origin="simulated",
    arrival="the clock's start",
    generators={"name": "fake", "fee": "sql", "id": "serial"},
    contract={},
    rows_in=3,
    accepted=3,
    rejected=0,
    broken={},
    columns={"id": "v1:a", "name": "v1:b", "fee": "v1:c"},
    parts=(),
    rejected_parts=(),
)
SCENARIO = {"name": "shop", "digest": "1", "seed": 5, "engine": 1, "target": None, "files": {}}
VERSIONS = {"sandbox": "1", "faker": "30", "duckdb": "1.4", "numpy": "2"}


def manifest(scenario=SCENARIO, versions=VERSIONS, **changes):
    identity = {"scenario": scenario, "versions": versions, "sink": {}, "layout": {}}
    return Manifest(identity, {"customers": replace(ENTRY, **changes)})


def columns(**changes):
    return {**ENTRY.columns, **changes}


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (manifest(), []),
        (
            manifest(versions={**VERSIONS, "faker": "31", "numpy": "3"}, columns=columns(name="v1:x")),
            ["customers.name: its values differ; a version changed: faker 30 → 31."],
        ),
        (
            manifest(versions={**VERSIONS, "numpy": "3"}, columns=columns(name="v1:x")),
            ["customers.name: its values differ; a version changed: numpy 2 → 3."],
        ),
        (
            manifest(scenario={**SCENARIO, "digest": "2"}, columns=columns(fee="v1:x")),
            ["customers.fee: its values differ; the scenario was changed."],
        ),
        (
            manifest(scenario={**SCENARIO, "seed": 6, "digest": "2"}, columns=columns(fee="v1:x")),
            ["customers.fee: its values differ; the scenario's seed is 5, then 6."],
        ),
        (
            manifest(scenario={**SCENARIO, "files": {"names.csv": "sha256:1"}}, columns=columns(name="v1:x")),
            ["customers.name: its values differ; a file that the scenario reads has changed: names.csv."],
        ),
        (
            manifest(scenario={**SCENARIO, "digest": "2"}, accepted=4),
            ["customers: has 3 rows, then 4; the scenario was changed."],
        ),
        (
            manifest(origin="csv", accepted=4),
            ["customers: has 3 rows, then 4; the first is simulated, the second csv."],
        ),
        (
            manifest(columns={"id": "v1:a", "name": "v1:b"}),
            [
                "customers.fee: is in the first only; scenario and versions are the same, so look at the processor "
                "(unrounded floats), or report it."
            ],
        ),
    ],
)
def test_the_column_and_the_cause_are_named(after, told):
    assert [str(difference) for difference in compare(manifest(), after)] == told


def test_a_dataset_that_only_one_has():
    after = replace(manifest(scenario={**SCENARIO, "digest": "2"}), datasets={})
    assert [str(difference) for difference in compare(manifest(), after)] == [
        "customers: is in the first only; the scenario was changed."
    ]


def receipt(index, *digests, rows):
    values = BlockDigests(0, rows, {"n": digests})
    return Receipt("", index, rows, 0, {}, (), (), values)


def test_whole_blocks_are_digested_wherever_parts_end():
    one = column_digests([receipt(0, "a", "b", "c", rows=2 * 65_536 + 5)])
    two = column_digests([receipt(0, "a", rows=65_536), receipt(1, rows=0), receipt(2, "b", "c", rows=65_536 + 5)])
    assert one == two == merge([BlockDigests(0, 2 * 65_536 + 5, {"n": ("a", "b", "c")})])


def test_ragged_parts_have_a_digest_of_their_own_kind():
    found = column_digests([receipt(0, "a", rows=10), receipt(1, "b", rows=10)])
    assert found["n"].startswith(BY_PARTS_PREFIX)
    assert found != column_digests([receipt(0, "b", rows=10), receipt(1, "a", rows=10)])
