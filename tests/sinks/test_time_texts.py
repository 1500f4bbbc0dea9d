"""Times put together by their parts say what Arrow says of them."""

import numpy as np
import pyarrow as pa
import pytest

from sandbox.sinks.time_texts import timestamp_text

# Nanoseconds only reach as far as the first three.
SPANS = [
    ("1969-12-30", "1970-01-03"),
    ("2026-01-01", "2026-01-02"),
    ("1700-01-01", "2200-01-01"),
    ("0001-01-01", "0001-03-01"),
    ("9999-12-01", "9999-12-31"),
    ("0001-01-01", "9999-12-31"),
]


@pytest.mark.parametrize("zone", [None, "Europe/London"])
@pytest.mark.parametrize(
    ("unit", "span"),
    [(unit, span) for unit in ("s", "ms", "us", "ns") for span in (SPANS[:3] if unit == "ns" else SPANS)],
)
def test_any_time_reads_as_arrow_writes_it(unit, zone, span):
    first, last = (int(np.datetime64(day, unit).astype(np.int64)) for day in span)
    draws = np.random.default_rng(1)
    ticks = np.sort(draws.integers(first, last, 3_000))
    local = pa.array(ticks).cast(pa.timestamp(unit))
    wanted = [text.replace(" ", "T") + ("Z" if zone else "") for text in local.cast(pa.string()).to_pylist()]
    found = timestamp_text(local.view(pa.timestamp(unit, zone)))
    assert found.to_pylist() == wanted
    found.validate(full=True)


def test_unknown_times_stay_unknown():
    times = pa.array([None, 0, None, 86_399_999_999], pa.timestamp("us", "UTC"))
    wanted = [None, "1970-01-01T00:00:00.000000Z", None, "1970-01-01T23:59:59.999999Z"]
    assert timestamp_text(times).to_pylist() == wanted
    assert timestamp_text(times[2:]).to_pylist() == wanted[2:]
    assert timestamp_text(times[:1]).to_pylist() == [None]
    assert timestamp_text(times[:0]).to_pylist() == []
