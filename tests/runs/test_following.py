"""Following a source that goes on: every row once, whatever stops it; features as of the newest event."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from sandbox.errors import InputError, OutsideError
from sandbox.landing.batch_files import files
from sandbox.runs.following import FollowWishes, follow
from sandbox.runs.pulse import Pulse
from sandbox.scenario.loader import Options, load
from tests.tape import START, Tape

SCENARIO = """
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 30}
datasets:
  customers:
    rows: 5
    key: customer_id
    static: true
    columns: {customer_id: {serial: 1}}
  clicks:
    of: customers
    rate: "1"
    time: at
    columns: {item: {integer: {between: [1, 9]}}}
  baskets:
    of: customers
    rate: "1"
    time: at
    columns: {n: {constant: 1}}
targets:
  real:
    clicks: {csv: none.csv}
models:
  again:
    blueprint: classify
    of: customers
    at: day 20
    label: {occurs: baskets, within: 5 days}
    features: "SELECT customer_id, count(item) AS clicks FROM customers LEFT JOIN clicks USING (customer_id) GROUP BY 1"
"""


@pytest.fixture
def loaded(tmp_path):
    (tmp_path / "shop.yaml").write_text(SCENARIO)

    def with_tape(tape):
        found = load(tmp_path / "shop.yaml", Options(target="real"), {})
        binding = found.plan.bindings["clicks"]
        bindings = {"clicks": binding.model_copy(update={"source": tape, "kind": "tape"})}
        return replace(found, plan=replace(found.plan, bindings=bindings))

    return with_tape


def followed(loaded, out, **wishes):
    told: list[Pulse] = []
    asked = FollowWishes(out, **{"every_s": 0.02, "idle_s": 0.1, **wishes})
    return follow(loaded, asked, told.append), told


def landed_rows(out, folder="landing"):
    return [row for file in files(out / folder / "clicks") for row in pq.read_table(file.path).to_pylist()]


MESSAGES = [[1, 0, 3], [2, 1, 4], ["{torn"], [1, 2, 5], [3, 3, None], [1, 4, 12], [1, 5, 6]]


def test_rows_land_once_and_features_are_of_the_newest_event(loaded, tmp_path):
    out = tmp_path / "live"
    _, told = followed(loaded(Tape(messages=MESSAGES)), out)
    assert [(row["customer_id"], row["item"]) for row in landed_rows(out)] == [(1, 3), (2, 4), (1, 5), (1, 6)]
    reasons = [row["_reasons"] for row in landed_rows(out, "rejected")]
    assert sorted(map(tuple, reasons)) == sorted([("torn",), ("item.not_null",), ("item.range",)])
    features = pq.read_table(out / "features" / "again.parquet").to_pylist()
    assert {row["customer_id"]: row["clicks"] for row in features} == {1: 3, 2: 1, 3: 0, 4: 0, 5: 0}
    last = told[-1]
    assert last.moment == (START + dt.timedelta(minutes=5)).isoformat()
    assert last.beats[0].lag == 0
    assert sum(beat.accepted for pulse in told for beat in pulse.beats) == 4


def test_stopped_by_whatever_it_goes_on_after_the_last_batch(loaded, tmp_path):
    out = tmp_path / "live"
    with pytest.raises(OutsideError):
        followed(loaded(Tape(messages=MESSAGES, breaks_after=4, at_once=1)), out, every_s=0.0005)
    for _ in range(3):
        followed(loaded(Tape(messages=MESSAGES)), out)
    assert len(landed_rows(out)) == 4
    assert len(landed_rows(out, "rejected")) == 3


def test_what_a_broken_off_batch_left_goes(loaded, tmp_path):
    out = tmp_path / "live"
    batches, _ = followed(loaded(Tape(messages=MESSAGES[:2])), out)
    first = files(out / "landing" / "clicks")[0].path
    first.with_name(f"{batches + 1:07d}-{batches + 1:07d}.parquet").write_bytes(first.read_bytes())
    followed(loaded(Tape(messages=MESSAGES)), out)
    assert len(landed_rows(out)) == 4


def test_another_contract_is_not_mixed_in(loaded, tmp_path):
    out = tmp_path / "live"
    followed(loaded(Tape(messages=MESSAGES)), out)
    text = (tmp_path / "shop.yaml").read_text()
    (tmp_path / "shop.yaml").write_text(text.replace("[1, 9]", "[1, 99]"))
    with pytest.raises(InputError, match="clicks; begin anew with --fresh"):
        followed(loaded(Tape(messages=MESSAGES)), out)


def test_without_a_source_that_goes_on_it_says_so(tmp_path):
    (tmp_path / "shop.yaml").write_text(SCENARIO)
    with pytest.raises(InputError, match="can be followed"):
        followed(load(tmp_path / "shop.yaml", Options(), {}), tmp_path / "live")
