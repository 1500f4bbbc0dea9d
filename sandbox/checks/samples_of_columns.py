"""How a scenario writes each built-in column generator: what the checks are run on. A new one needs a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.checks.column_subject import ColumnSample

_PLAN: dict[str, Any] = {"plan": {"choice": {"basic": 5, "plus": 3, "max": 1}, "nulls": 0.1}}
_AGE: dict[str, Any] = {"age": {"integer": [18, 90]}}
_PRODUCTS: dict[str, Any] = {
    "products": {
        "rows": 90,
        "static": True,
        "key": "product_id",
        "columns": {"product_id": {"serial": "P{:03d}"}, "price": {"gamma": {"mean": 60}}},
    }
}
_PEOPLE: dict[str, Any] = {
    "people": {
        "rows": 1,
        "static": True,
        "key": "person_id",
        "columns": {"person_id": {"serial": 1}, "plan": {"choice": ["basic", "plus"]}},
    }
}
_SEEN = "size,colour\n" + "".join(f"{number % 7},red\n" for number in range(100))

COLUMN_SAMPLES: Mapping[str, tuple[ColumnSample, ...]] = {
    "bernoulli": (
        ColumnSample({"bernoulli": 0.26}, golden="11d37e9b1c9546e1"),
        ColumnSample({"bernoulli": {"log_odds": "-2 + 0.02 * age"}}, beside=_AGE, golden="ec309d1afcc7c693"),
    ),
    "beta": (ColumnSample({"beta": {"alpha": 2, "beta": 5, "low": 1, "high": 5}}, golden="ad270014ae74e208"),),
    "choice": (
        ColumnSample({"choice": {"a": 3, "b": 1, "c": 0.001}}, golden="3a019546cf161efa"),
        ColumnSample({"choice": {"values": [1, 2, 3], "weights": [1, 2, 5]}}, golden="62d8b57229f4aa0c"),
    ),
    "constant": (
        ColumnSample({"constant": "EUR"}, golden="01a34c18a8490e85"),
        ColumnSample({"constant": 3}, golden="eb71481079b59274"),
    ),
    "date": (ColumnSample({"date": ["2020-01-01", "2025-12-31"]}, golden="631e21b6d12b0ba6"),),
    "datetime": (ColumnSample({"datetime": ["2020-01-01", "2025-12-31"]}, golden="22ffe9983bd5c0e4"),),
    "exponential": (ColumnSample({"exponential": 30}, golden="980e62d827009739"),),
    "fake": (ColumnSample({"fake": {"provider": "city", "locale": ["de_DE", "en_GB"], "pool": 50}}, most_unique=200),),
    "gamma": (
        ColumnSample({"gamma": {"mean": 9}}, golden="53c9858756bf0551"),
        ColumnSample({"gamma": {"mean": "age"}}, beside=_AGE, golden="d6f30a74aa80d605"),
    ),
    "geometric": (ColumnSample({"geometric": 0.3}, golden="ee4b1eac5f08088a"),),
    "given": (
        ColumnSample(
            {"given": "plan", "gamma": {"basic": {"mean": 9}, "else": {"mean": 1}}},
            beside=_PLAN,
            golden="199bdac64879cea1",
        ),
        ColumnSample(
            {"given": "plan", "choice": {"basic": ["x", "y"], "plus": ["y", "z"]}},
            beside=_PLAN,
            golden="a8d8d4ffffd78e51",
        ),
    ),
    "histogram": (ColumnSample({"histogram": {"edges": [0, 1, 5], "weights": [1, 3]}}, golden="c46fa5a0c03099e1"),),
    "integer": (
        ColumnSample({"integer": [1, 6]}, golden="01ca3d6e267b5116"),
        ColumnSample({"integer": [-(2**61), 2**61 - 1]}, golden="236a32e1e9249002"),
    ),
    "lines": (
        ColumnSample(
            {"lines": {"file": "seen.csv", "column": "size"}}, files={"seen.csv": _SEEN}, golden="697657e0b949c8ad"
        ),
    ),
    "list": (
        ColumnSample({"list": {"of": {"integer": [1, 6]}, "length": {"poisson": 2}}}, golden="467db16c0c2f1573"),
        ColumnSample({"list": {"of": {"ref": "products"}, "length": 2}}, datasets=_PRODUCTS, golden="5e7eb0af848dbb78"),
    ),
    "lognormal": (
        ColumnSample({"lognormal": {"median": 60, "sigma": 0.9}, "decimals": 2}, golden="9e8db3cb911df35f"),
        ColumnSample({"lognormal": {"median": "age", "sigma": "age / 90"}}, beside=_AGE, golden="2cc14d3b2ce3bb13"),
    ),
    "look_up": (
        ColumnSample(
            {"look_up": {"by": "product", "column": "price"}},
            beside={"product": {"ref": "products", "nulls": 0.1}},
            datasets=_PRODUCTS,
            golden="f7fc3c313b624418",
        ),
    ),
    "map": (
        ColumnSample(
            {"map": {"keys": {"choice": ["a", "b", "c"]}, "values": {"normal": {"mean": 0, "sd": 1}}, "length": 2}},
            golden="061d5074d68c454c",
        ),
    ),
    "negative_binomial": (ColumnSample({"negative_binomial": {"mean": 3, "shape": 0.7}}, golden="7417d17fddc2db74"),),
    "normal": (
        ColumnSample({"normal": {"mean": "age", "sd": 2}, "decimals": 3}, beside=_AGE, golden="fdb80341622750a0"),
    ),
    "parent": (
        ColumnSample(
            {"parent": "plan"}, keys={"of": "people", "fan_out": 2}, datasets=_PEOPLE, golden="77a1423df953df9b"
        ),
    ),
    "pattern": (
        ColumnSample({"pattern": "[A-Z]{2}[0-9]{6}"}, golden="ded56b9ac6d6bed3"),
        ColumnSample({"pattern": "a|b{2,3}|[^x]c"}, golden="ac059ff24cefe523"),
    ),
    "poisson": (
        ColumnSample({"poisson": 2.5}, golden="bcbb89e805b5ea83"),
        ColumnSample({"poisson": "age / 10"}, beside=_AGE, golden="0c2db6f8c461017c"),
    ),
    "ref": (
        ColumnSample({"ref": "products"}, datasets=_PRODUCTS, most_unique=90, golden="1b1cdf6498cbaa1d"),
        ColumnSample(
            {"ref": {"dataset": "products", "zipf": 1.1}}, datasets=_PRODUCTS, most_unique=90, golden="86b54223d343a798"
        ),
        ColumnSample(
            {"ref": {"dataset": "products", "weight": "price"}},
            datasets=_PRODUCTS,
            most_unique=90,
            golden="f0eb10b0b74ce306",
        ),
        ColumnSample(
            {"ref": {"dataset": "products", "given": "kind", "weight": {"dear": "price"}}},
            beside={"kind": {"choice": ["dear", "any"]}},
            datasets=_PRODUCTS,
            most_unique=90,
            golden="9f167c74017da386",
        ),
    ),
    "sample": (
        ColumnSample(
            {"sample": {"file": "seen.csv", "column": "size"}}, files={"seen.csv": _SEEN}, golden="ad81a8673e5fddb0"
        ),
    ),
    "serial": (
        ColumnSample({"serial": {"start": 7, "step": 3}}, golden="d3cbbe30320f6bc6"),
        ColumnSample({"serial": "P{:05d}-x"}, golden="490742cf2ce8853c"),
    ),
    "sql": (ColumnSample({"sql": "plan || '-' || age"}, beside={**_PLAN, **_AGE}, golden="9462050471c4c636"),),
    "struct": (
        ColumnSample(
            {"struct": {"a": {"choice": ["x", "y"]}, "b": {"normal": {"mean": "age", "sd": 1}}}},
            beside=_AGE,
            golden="70946c45721668ab",
        ),
    ),
    "times": (
        ColumnSample({"times": {"day": "evening", "week": "weekend"}}, golden="2512c20828f53510"),
        ColumnSample({"times": {"day": "office", "order": True}}, golden="f5b23d6a5d63a52a"),
    ),
    "uniform": (
        ColumnSample({"uniform": [0, 1]}, golden="5f9dfaebfbab3176"),
        ColumnSample({"uniform": ["-age", "age"]}, beside=_AGE, golden="ac21374d09dbb722"),
    ),
    "union": (
        ColumnSample(
            {"union": {"branches": [{"choice": ["a", "b"]}, {"integer": [1, 9]}], "weights": [3, 1]}},
            golden="6ed829b62eea9558",
        ),
    ),
    "uuid": (ColumnSample({"uuid": True}, golden="923d1f063f66f50e"),),
    # What a visit brings follows from the whole walk, not from a row alone: tests of streams hold it.
    "visit": (),
    "zipf": (ColumnSample({"zipf": 1000}, golden="ab82bc47cb520a4d"),),
}
