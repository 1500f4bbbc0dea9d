"""Maps, unions, and the lines of a file."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from sandbox.contract import type_of
from sandbox.errors import InputError
from sandbox.strict import Findings

MAP = {"map": {"keys": {"choice": ["a", "b", "c"]}, "values": {"integer": [1, 6]}, "length": {"integer": [0, 4]}}}
UNION = {"union": {"branches": [{"choice": ["x", "y"]}, {"integer": [1, 6]}], "weights": [3, 1]}}


def test_no_key_of_a_map_comes_twice_in_a_row(part, plain_rows):
    values = part(MAP).generate(plain_rows(stop=5_000)).to_pylist()
    for entries in values:
        assert len(dict(entries)) == len(entries)
    assert {len(entries) for entries in values} == {0, 1, 2, 3}
    single = [dict(entries) for entries in values if len(entries) == 1]
    assert stats.chisquare(list(Counter(value for each in single for value in each.values()).values())).pvalue > 0.001


def test_a_map_is_null_where_its_length_is(part, plain_rows):
    rows = plain_rows(stop=3, expressions={"n": pa.array([-1, None, 1])})
    made = part({"map": {"keys": {"constant": "k"}, "values": 7, "length": "n"}}).generate(rows)
    assert made.to_pylist() == [[], None, [("k", 7)]]


def test_a_map_says_its_type(part, scope):
    assert str(type_of(part(MAP).yields(scope()))) == "map<string, int64?>"


def test_keys_are_never_null_and_maps_end(part, plain_rows, scope):
    with pytest.raises(Findings, match="a key is never null"):
        part({"map": {"keys": {"sql": "x"}, "values": 1, "length": 1}}).yields(scope(expressions={"x": pa.int64()}))
    with pytest.raises(InputError, match="make the maps shorter"):
        part({"map": {"keys": {"integer": [1, 9]}, "values": 1, "length": 10**7}}).generate(plain_rows())


def test_a_union_sets_one_branch_in_each_row_by_weight(part, plain_rows, scope):
    values = part(UNION).generate(plain_rows(stop=20_000))
    texts, numbers = values.field("string"), values.field("int64")
    assert (texts.is_null().to_numpy(False) != numbers.is_null().to_numpy(False)).all()
    assert abs(numbers.null_count / 20_000 - 0.75) < 3.3 * (0.75 * 0.25 / 20_000) ** 0.5
    assert set(texts.drop_null().to_pylist()) == {"x", "y"}
    assert stats.chisquare(list(Counter(numbers.drop_null().to_pylist()).values())).pvalue > 0.001
    assert values.type == part(UNION).yields(scope())


def test_branches_are_of_different_types(part, scope):
    with pytest.raises(InputError, match="two or more different types"):
        part({"union": [{"integer": [1, 2]}, {"integer": [5, 6]}]}).yields(scope())
    with pytest.raises(Findings, match="has 1 weights for 2 branches"):
        part({"union": {"branches": [1, {"fake": "name"}], "weights": [1]}})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "codes.csv").write_text('code,meaning\n007,"a, b"\n200,\n404,""\n')
    return str(tmp_path)


def test_lines_stay_together_and_begin_again(part, plain_rows, folder):
    columns = {name: part({"lines": {"file": "codes.csv", "column": name}}) for name in ("code", "meaning")}
    codes, meanings = (column.generate(plain_rows(stop=7, folder=folder, made={})) for column in columns.values())
    assert codes.to_pylist() == ["007", "200", "404", "007", "200", "404", "007"]
    assert meanings.to_pylist()[:3] == ["a, b", None, ""]


def test_lines_know_what_holds(part, scope, folder):
    codes = part({"lines": {"file": "codes.csv", "column": "code"}})
    assert codes.capacity(scope(folder=folder)) == 3
    assert codes.proves(scope(folder=folder, rows=3)) == {"not_null", "unique"}
    assert codes.proves(scope(folder=folder, rows=4)) == {"not_null"}
    assert part({"lines": {"file": "codes.csv", "column": "meaning"}}).proves(scope(folder=folder)) == frozenset()


@pytest.mark.parametrize(
    ("file", "column", "said"),
    [
        ("code.csv", "code", "no file 'code.csv'.*Did you mean 'codes.csv'"),
        ("codes.csv", "cod", "no column 'cod'. Did you mean 'code'"),
        ("../codes.csv", "code", "outside the scenario's folder"),
        ("codes.txt", "code", "must end in .csv or .parquet"),
    ],
)
def test_lines_that_cannot_be_read(part, scope, folder, file, column, said):
    with pytest.raises(Findings, match=said):
        part({"lines": {"file": file, "column": column}}).yields(scope(folder=folder))


def test_lines_stand_in_no_list(part, scope, folder):
    nested = {"list": {"of": {"lines": {"file": "codes.csv", "column": "code"}}, "length": 1}}
    with pytest.raises(Findings, match="goes by the numbers"):
        part(nested).yields(scope(folder=folder))


def test_any_slice_of_a_union_in_a_list(part, plain_rows):
    column = part({"list": {"of": UNION, "length": {"integer": [0, 3]}}})
    whole = column.generate(plain_rows(stop=200)).to_pylist()
    assert column.generate(plain_rows().of(50, 60)).to_pylist() == whole[50:60]
    assert np.mean([len(value) for value in whole]) > 1
