"""References, what is looked up by them, and what a parent hands down."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError
from sandbox.strict import Findings

ROWS = 100_000
SIZE = 200


@pytest.fixture
def rows(plain_rows, plain_table):
    columns = {"id": pa.array(np.arange(SIZE)), "weight": pa.array(np.arange(SIZE, dtype=float))}
    empty = plain_table({"id": pa.array([], pa.int64())}, "id")
    return plain_rows(stop=ROWS, tables={"products": plain_table(columns, "id"), "empty": empty})


@pytest.fixture
def known(scope):
    columns = (Column("id", "int64"), Column("weight", "float64"))
    return scope(
        datasets={
            "products": Contract("products", columns, primary_key=("id",), static=True),
            "keyless": Contract("keyless", columns, static=True),
        },
        facts={"product": {"references": "products"}, "size": {}},
    )


def seen(written, part, rows):
    return np.bincount(part(written).generate(rows).to_numpy(), minlength=SIZE)


def test_rows_are_referred_to_evenly(part, rows):
    assert stats.chisquare(seen({"ref": "products"}, part, rows)).pvalue > 0.001


def test_rows_are_referred_to_by_a_column_of_theirs_or_by_a_list(part, rows):
    by_column = seen({"ref": {"dataset": "products", "weight": "weight"}}, part, rows)
    by_list = seen({"ref": {"dataset": "products", "weight": list(range(SIZE))}}, part, rows)
    expected = ROWS * np.arange(SIZE) / np.arange(SIZE).sum()
    assert by_column[0] == 0
    assert stats.chisquare(by_column[1:], expected[1:]).pvalue > 0.001
    assert (by_column == by_list).all()


def test_favourites_follow_zipf_and_lie_anywhere(part, rows):
    counts = seen({"ref": {"dataset": "products", "zipf": 1.1}}, part, rows)
    ranked = np.sort(counts)[::-1]
    share = 1 / np.arange(1, SIZE + 1) ** 1.1
    expected = ROWS * share / share.sum()
    assert np.abs(ranked[:5] - expected[:5]).max() < 4 * expected[0] ** 0.5
    assert abs(stats.spearmanr(counts, np.arange(SIZE)).statistic) < 3.3 / SIZE**0.5


def test_a_dataset_without_rows_cannot_be_referred_to(part, rows):
    with pytest.raises(InputError, match="'empty' has no rows to refer to"):
        part({"ref": "empty"}).generate(rows)
    assert len(part({"ref": "empty"}).generate(rows.of(0, 0))) == 0


def test_weights_must_fit_the_dataset(part, rows):
    with pytest.raises(InputError, match="has 3 numbers for the 200 rows"):
        part({"ref": {"dataset": "products", "weight": [1, 2, 3]}}).generate(rows)


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ({"ref": "product"}, ("dataset",), "Did you mean 'products'"),
        ({"ref": "keyless"}, ("dataset",), "no key of one column"),
        ({"ref": {"dataset": "products", "weight": "wait"}}, ("weight",), "Did you mean 'weight'"),
        ({"look_up": {"by": "size", "column": "id"}}, ("by",), "does not refer to another dataset"),
        ({"look_up": {"by": "product", "column": "wait"}}, ("column",), "Did you mean 'weight'"),
    ],
)
def test_what_leads_nowhere_is_told_with_its_place(written, path, message, part, known):
    with pytest.raises(Findings, match=message) as raised:
        part(written).yields(known)
    assert raised.value.findings[0][0] == path
