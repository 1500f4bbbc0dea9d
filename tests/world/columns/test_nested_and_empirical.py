"""Lists, structs, and values as they were seen elsewhere."""

from __future__ import annotations

import datetime
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from sandbox.errors import InputError
from sandbox.strict import Findings


def test_lists_have_their_lengths_and_their_elements_differ(part, plain_rows):
    values = part({"list": {"of": {"integer": [1, 6]}, "length": {"poisson": 2}}}).generate(plain_rows(stop=20_000))
    lengths = pa.compute.list_value_length(values).to_numpy()
    assert abs(lengths.mean() - 2) < 3.3 * (2 / 20_000) ** 0.5
    assert stats.chisquare(np.bincount(values.flatten().to_numpy())[1:]).pvalue > 0.001


def test_generators_nest_as_deep_as_wanted(part, plain_rows, scope):
    point = {"struct": {"x": {"integer": [0, 9]}, "tags": {"list": {"of": {"choice": ["a", "b"]}, "length": 2}}}}
    column = part({"list": {"of": point, "length": 3}})
    values = column.generate(plain_rows(stop=2000))
    assert values.type == column.yields(scope())
    assert {len(value) for value in values.to_pylist()} == {3}
    points = [tuple(point["tags"]) for value in values.to_pylist() for point in value]
    assert stats.chisquare(list(Counter(points).values())).pvalue > 0.001


def test_a_null_or_negative_length(part, plain_rows):
    rows = plain_rows(stop=3, expressions={"n": pa.array([-1, None, 1])})
    assert part({"list": {"of": 7, "length": "n"}}).generate(rows).to_pylist() == [[], None, [7]]


def test_endless_lists_are_refused(part, plain_rows):
    with pytest.raises(InputError, match="make the lists shorter"):
        part({"list": {"of": 1, "length": {"constant": 10**7}}}).generate(plain_rows())


def test_what_is_wrong_inside_is_told_with_its_place(part, scope):
    with pytest.raises(Findings) as raised:
        part({"struct": {"a": {"fake": "nmae"}, "b": {"serial": 1}}}).yields(scope())
    assert [path for path, _ in raised.value.findings] == [("fields", "a", "provider"), ("fields", "b")]
    with pytest.raises(Findings, match="must give whole numbers"):
        part({"list": {"of": 1, "length": {"uniform": [0, 2]}}}).yields(scope())


@pytest.fixture
def folder(tmp_path):
    days = [datetime.date(2026, 1, 1), datetime.date(2026, 1, 2), None, datetime.date(2026, 1, 2)]
    pq.write_table(pa.table({"day": days, "plan": ["b", "a", "b", "b"]}), tmp_path / "seen.parquet")
    (tmp_path / "bare.csv").write_text("size\n")
    return str(tmp_path)


def test_a_sample_draws_each_line_alike(part, plain_rows, scope, folder):
    plans = part({"sample": {"file": "seen.parquet", "column": "plan"}})
    seen = Counter(plans.generate(plain_rows(stop=40_000, folder=folder)).to_pylist())
    assert stats.chisquare([seen["a"], seen["b"]], [10_000, 30_000]).pvalue > 0.001
    assert plans.proves(scope(folder=folder)) == {"not_null"}
    days = part({"sample": {"file": "seen.parquet", "column": "day"}})
    assert days.yields(scope(folder=folder)) == pa.date32()
    made = days.generate(plain_rows(stop=40_000, folder=folder))
    assert abs(made.null_count - 10_000) < 3.3 * 7500**0.5
    assert days.proves(scope(folder=folder)) == frozenset()


@pytest.mark.parametrize(
    ("file", "column", "message"),
    [
        ("seem.parquet", "day", "no file 'seem.parquet'.*Did you mean 'seen.parquet'"),
        ("../seen.parquet", "day", "outside the scenario's folder"),
        ("seen.parquet", "dya", "no column 'dya'. Did you mean 'day'"),
        ("bare.csv", "size", "no rows to draw from"),
    ],
)
def test_a_sample_that_cannot_be_drawn_is_told(file, column, message, part, scope, folder):
    with pytest.raises(Findings, match=message):
        part({"sample": {"file": file, "column": column}}).yields(scope(folder=folder))
