"""How late real rows arrive is found again: the prompt and those that straggle, also behind other stages."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from sandbox.calibrate import calibrate
from sandbox.calibrate.calibrate import observations
from sandbox.calibrate.fitted import Evidence
from sandbox.calibrate.lateness import fit_lateness
from sandbox.calibrate.sealing import sealed
from sandbox.calibrate.splicing import splice
from sandbox.calibrate.unsealing import unsealed
from sandbox.gap.delivery import delivery_gaps
from sandbox.gap.sides import sides_of
from sandbox.scenario.document import dotted
from sandbox.scenario.loader import Options, load
from sandbox.sources.opening import open_source

FEED = """\
sandbox: 1
name: feed
seed: 5
clock: {start: 2026-03-20, days: 12, zone: Europe/London}
delivery:
  feed: 2min
datasets:
  customers: {rows: 900, static: true, key: customer, columns: {customer: {serial: 1}}}
  web:
    of: customers
    time: seen_at
    visits: {per_day: 1.5}
    columns:
      id: {visit: event_id}
      customer: {visit: customer}
      page: {choice: [home, offers, basket]}
targets:
  real:
    web: {parquet: real.parquet, arrived_at: loaded_at}
"""
REALLY = "delivery={feed: {latency: {lognormal: {median: 20, sigma: 0.8}}, slow: {share: 0.06, latency: 3h}}}"


@pytest.fixture
def real(tmp_path):
    """A feed whose real data came by this delivery."""

    def make(*settings, text=FEED, seed=77, late=False):
        (tmp_path / "feed.yaml").write_text(text)
        source = open_source(load(tmp_path / "feed.yaml", Options(seed=seed, settings=settings), {}).plan, "web")
        rows = pa.Table.from_batches(batch for share in source.shares() for batch in source.batches(share))
        loaded_at = rows["_sandbox"].combine_chunks().field("arrived_at")
        if late:
            loaded_at = pc.add(loaded_at, pa.scalar(3_000_000, pa.duration("us")))
        pq.write_table(rows.drop_columns("_sandbox").append_column("loaded_at", loaded_at), tmp_path / "real.parquet")
        return load(tmp_path / "feed.yaml", Options(target="real"), {})

    return make


def fits(loaded, seen=None):
    """What is fitted, by its dotted path."""
    seen = observations(loaded.plan) if seen is None else seen
    found = fit_lateness(Evidence("web", seen["web"], loaded.plan, loaded.as_written, seen))
    return {dotted(fitted.path): fitted for fitted in found}


def share_ok(share, rows, of=0.06):
    """Four standard errors, and as much again for rows that had not arrived at the end."""
    return abs(share - of) < 4 * (of * (1 - of) / rows) ** 0.5 + 0.002


def test_prompt_and_straggling_are_found_and_the_gap_closes(real, tmp_path):
    loaded = real(REALLY)
    text, _, _ = splice(loaded.as_written, [*fits(loaded).values()])
    feed = yaml.safe_load(text)["delivery"]["feed"]
    assert feed["latency"]["lognormal"] == pytest.approx({"median": 20, "sigma": 0.8}, rel=0.04)
    assert share_ok(feed["slow"]["share"], 16_000)
    assert float(feed["slow"]["latency"].removesuffix("s")) == pytest.approx(10_800, rel=0.15)  # of about 950 rows
    assert "# calibrated: feed from" in text
    assert "share 0.05" in text
    (tmp_path / "new.yaml").write_text(text)
    ratios = []
    for plan in (loaded.plan, load(tmp_path / "new.yaml", Options(target="real"), {}).plan):
        gaps, _ = delivery_gaps(sides_of(plan, "web"), seed=1)
        ratios.append(next(gap.ratio for gap in gaps if gap.column == "seconds late"))
    assert ratios[0] > 10
    assert ratios[1] < 1.5


def test_a_stage_is_found_among_others(real):
    text = FEED.replace("  feed: 2min", "  log: 1s\n  feed: {latency: 2min}  # so slow\n  job: {every: 1min}")
    text = text.replace("per_day: 1.5", "per_day: 0.6")
    stage = "delivery.feed={latency: {lognormal: {median: 20, sigma: 0.8}}, slow: {share: 0.06, latency: 3h}}"
    found = fits(real(stage, text=text))
    prompt, slow = found["delivery.feed.latency"].new, found["delivery.feed.slow"].new
    assert prompt["lognormal"] == pytest.approx({"median": 20, "sigma": 0.8}, rel=0.1)
    assert share_ok(slow["share"], 6_400)
    assert float(slow["latency"].removesuffix("s")) == pytest.approx(10_800, rel=0.2)  # of about 390 rows


def test_what_may_well_be_so_stays(real):
    assert all(fitted.agrees for fitted in fits(real()).values())


def test_a_delivery_is_added_where_there_is_none(real):
    text = FEED.replace("delivery:\n  feed: 2min\n", "")
    found = fits(real("delivery={feed: 10min}", text=text))["delivery"]
    assert float(found.new["feed"].removesuffix("s")) == pytest.approx(600, rel=0.04)
    assert fits(real(text=text)) == {}  # rows that arrive as they happen


def test_other_stages_that_take_too_long_are_told(real):
    loaded = real("delivery={feed: 2s}", text=FEED.replace("  feed: 2min", "  feed: 2min\n  job: {every: 1h}"))
    assert fits(loaded)["delivery.feed"].hindered.startswith("real rows are not so late as job")


def test_rows_that_no_delivery_brings_are_told(real, tmp_path):
    text = FEED.replace("visits: {per_day: 1.5}", "rate: 0.3").replace("delivery:\n  feed: 2min\n", "")
    text = text.replace("id: {visit: event_id}", "id: {serial: 1}").replace("      customer: {visit: customer}\n", "")
    found = calibrate(real(text=text, late=True), tmp_path / "new.yaml")
    assert (
        "datasets.web: its rows arrive late, which only streams with `visits` can; they stay as they are." in found.left
    )


def test_a_sealed_profile_tells_it_too(real):
    loaded = real(REALLY)
    profile = sealed(loaded.plan, observations(loaded.plan))
    bins = profile["datasets"]["web"]["logs_of_seconds_late"]
    assert min(count for count, _ in bins) >= 10
    feed = fits(loaded, unsealed(loaded.plan, profile))["delivery.feed"].new
    assert feed["latency"]["lognormal"] == pytest.approx({"median": 20, "sigma": 0.8}, rel=0.06)
    assert feed["slow"]["share"] == pytest.approx(0.06, abs=0.012)  # a bin is a 256th
