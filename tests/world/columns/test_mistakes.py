"""What a user may write wrong in a column, with the words and the place that come back."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.strict import Findings

MISTAKES = [
    ({"normal": {"mean": 0, "sd": 0}}, ("normal", "sd"), "must be > 0; for one value write `constant`"),
    ({"normal": {"mean": 0, "sd": -1}}, ("normal", "sd"), "got -1, must be >= 0"),
    ({"normal": {"mean": 0}}, ("normal", "sd"), "is missing"),
    ({"normal": {"mean": 0, "sd": 1, "median": 2}}, ("normal", "median"), "unknown key"),
    ({"lognormal": {"median": 0, "sigma": 1}}, ("lognormal", "median"), "must be > 0"),
    ({"lognormal": {"median": 1, "sigma": 51}}, ("lognormal", "sigma"), "must be <= 50"),
    ({"normal": {"mean": 1e300, "sd": 1}}, ("normal", "mean"), "got 1e+300, must be at most 1e+100"),
    ({"negative_binomial": {"mean": 1e12}}, ("negative_binomial", "mean"), "must be at most 100,000"),
    ({"gamma": {"mean": 1, "shape": 0}}, ("gamma", "shape"), "must be > 0"),
    ({"beta": {"alpha": 1, "beta": 1, "low": 2, "high": 1}}, ("beta", "high"), "must be above low"),
    ({"uniform": [5, 1]}, ("uniform",), "the first must be below the second"),
    ({"uniform": [5]}, ("uniform",), "exactly 2"),
    ({"poisson": -1}, ("poisson",), "must be >= 0"),
    ({"geometric": 0}, ("geometric",), "must be >= 0.0001"),
    ({"zipf": {"ranks": 0}}, ("zipf", "ranks"), "must be >= 1"),
    ({"integer": [6, 1]}, ("integer",), "needs low <= high"),
    ({"bernoulli": 1.2}, ("bernoulli",), "must be <= 1"),
    ({"bernoulli": {"p": 0.1, "log_odds": 1}}, ("bernoulli",), "exactly one of `p` and `log_odds`"),
    ({"choice": {"a": 0, "b": 0}}, ("choice",), "one weight must be above 0"),
    ({"choice": {"a": -1, "b": 2}}, ("choice", "a"), "must be >= 0"),
    ({"choice": []}, ("choice",), "at least 1"),
    ({"choice": ["a", 1]}, ("choice",), "different types"),
    ({"choice": ["a", "b", "a"]}, ("choice",), "'a' stands there twice"),
    ({"choice": {"values": ["a", "b"], "weights": [1]}}, ("choice", "weights"), "has 1 weights for 2 values"),
    ({"serial": "P000"}, ("serial",), "must hold one number"),
    ({"serial": "{}-{}"}, ("serial",), "must hold one number"),
    ({"serial": "{:050d}"}, ("serial",), "at most 18"),
    ({"serial": {"step": 0}}, ("serial", "step"), "must be >= 1"),
    ({"date": ["2026-01-31", "2026-01-01"]}, ("date",), "must not lie after the last"),
    ({"date": ["2026-02-31", "2026-03-01"]}, ("date", 0), "must be a date such as 2026-01-31"),
    ({"datetime": ["2026-01-31", "2026-01-31"]}, ("datetime",), "the first must be before the second"),
    ({"times": "evenning"}, ("times",), "must be one of 'flat'"),
    ({"times": {"day": [1, 2]}}, ("times", "day"), "must have exactly 24"),
    ({"times": {"week": [0] * 7}}, ("times", "week"), "one weight must be above 0"),
    ({"times": {"from": "2026-02-01", "to": "2026-01-01"}}, ("times", "to"), "must lie after"),
    ({"histogram": {"edges": [0, 1], "weights": [1, 2]}}, ("histogram", "edges"), "must have 3"),
    ({"histogram": {"edges": [1, 0], "weights": [1]}}, ("histogram", "edges"), "must rise"),
    ({"sample": {"file": "a.xlsx", "column": "a"}}, ("sample", "file"), "must end in .csv or .parquet"),
    ({"ref": {"dataset": "a", "zipf": 1, "weight": "w"}}, ("ref", "weight"), "take one of them out"),
    ({"uuid": False}, ("uuid",), "must be"),
    ({"list": {"of": {"nromal": {}}, "length": 1}}, ("list", "of", "nromal"), "Did you mean 'normal'"),
    ({"struct": {"a": {"poisson": -1}}}, ("struct", "a", "poisson"), "must be >= 0"),
    ({"given": "plan", "gamma": {"a": {"mean": 0}}}, ("gamma", "a", "mean"), "must be > 0"),
]


@pytest.mark.parametrize(("written", "path", "message"), MISTAKES, ids=[str(each[0])[:50] for each in MISTAKES])
def test_a_mistake_is_told_with_its_place(written, path, message, part):
    with pytest.raises(Findings) as raised:
        part(written)
    told = dict(raised.value.findings)
    assert path in told, told
    assert message in told[path]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"pattern": "[A-Z"}, r"\["),
        ({"pattern": "a*"}, "has no end"),
        ({"times": {"order": True}}, "number of rows is known"),
        ({"parent": "plan"}, "only a dataset `of` another"),
        ({"normal": {"mean": "name", "sd": 1}}, "gives string, must give a number"),
        ({"serial": {"start": 2**63 - 10}}, "64 bits cannot hold"),
    ],
)
def test_what_only_its_surroundings_show_is_told_before_anything_is_made(written, message, part, scope):
    with pytest.raises(ValueError, match=message):
        part(written).yields(scope(expressions={"name": pa.string()}, rows=-1 if "times" in written else 1000))


@pytest.mark.parametrize(
    "written", [{"normal": {"mean": 0, "sd": "x"}}, {"bernoulli": "x"}, {"poisson": "x"}, {"exponential": "x"}]
)
def test_an_expression_out_of_bounds_is_told_with_its_value(written, part, plain_rows):
    rows = plain_rows(stop=2, expressions={"x": pa.array([0.5, -3.0])})
    with pytest.raises(InputError, match=r"the expression `x` gives -3 in a row, must be >= 0.*greatest"):
        part(written).generate(rows)
