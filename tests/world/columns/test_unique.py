"""Values that must not repeat are made so, whatever slice is asked for and however many rows follow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sandbox.errors import InputError

FAMILIES = {
    "integer": ({"integer": [100, 1_099]}, 1000),
    "date": ({"date": ["2020-01-01", "2022-12-31"]}, 1000),
    "choice": ({"choice": ["a", "b", "c"]}, 3),
    "pattern": ({"pattern": "[a-f]{4}"}, 1296),
    "ref": ({"ref": "products"}, 1000),
    "fake": ({"fake": "email"}, 1000),
}


@pytest.fixture
def products(plain_table):
    return {"products": plain_table({"id": pa.array(np.arange(1000))}, "id")}


@pytest.mark.parametrize("name", FAMILIES)
def test_no_value_repeats_and_slices_agree(name, part, plain_rows, products, scope):
    written, total = FAMILIES[name]
    rows = plain_rows(stop=total, total=total, unique=True, tables=products)
    values = part(written).generate(rows).to_pylist()
    assert len(set(values)) == total
    half = total // 2
    assert part(written).generate(rows.of(half, total)).to_pylist() == values[half:]
    assert "unique" in part(written).proves(scope(unique=True, rows=total))
    assert "unique" not in part(written).proves(scope(rows=total))


@pytest.mark.parametrize("name", ["integer", "date", "pattern", "fake"])
def test_more_rows_leave_the_first_ones_alone(name, part, plain_rows):
    few, many = (
        part(FAMILIES[name][0]).generate(plain_rows(stop=300, total=total, unique=True)).to_pylist()
        for total in (300, 900)
    )
    assert few == many


def test_it_is_a_shuffle_and_not_the_order_of_the_range(part, plain_rows):
    values = part({"integer": [0, 999]}).generate(plain_rows(stop=1000, unique=True)).to_numpy()
    assert abs(np.corrcoef(values, np.arange(1000))[0, 1]) < 3.3 / 1000**0.5


@pytest.mark.parametrize("name", ["integer", "date", "choice", "ref"])
def test_too_many_rows_are_refused(name, part, plain_rows, products):
    written, total = FAMILIES[name]
    beyond = 2 * total + 1000
    with pytest.raises(InputError, match=r"different values for .* rows"):
        part(written).generate(plain_rows(stop=10, total=beyond, unique=True, tables=products))


def test_few_fakes_are_noticed_before_anything_is_made(part, scope):
    assert part({"fake": "boolean"}).capacity(scope(unique=True)) == 2
    assert 50 < part({"fake": "country_code"}).capacity(scope(unique=True)) < 300
    assert part({"fake": "boolean"}).capacity(scope()) is None
