from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.models.encoding import learn_encoding

CUT = datetime(2026, 1, 31, tzinfo=UTC)


def learnt(values, **columns):
    """The encoding and the uses of one column `x` and any others."""
    table = pa.table({"x": values, **columns})
    return *learn_encoding(table, pa.array([CUT] * len(table), pa.timestamp("us", "UTC"))), table


def encoded(values):
    encoding, _, table = learnt(values)
    return encoding.matrix(table, CUT)[:, 0].tolist()


def test_numbers_of_every_kind_become_floats():
    assert encoded(pa.array([1, 2, 250], pa.uint8())) == [1, 2, 250]
    assert encoded(pa.array([Decimal("1.50"), Decimal("2.25")])) == [1.5, 2.25]
    assert encoded(pa.array([True, False])) == [1, 0]
    assert encoded(pa.array([time(1, 0), time(0, 0, 30)])) == [3600, 30]
    assert encoded(pa.array([timedelta(seconds=90), timedelta(0)])) == [90, 0]


def test_times_become_days_before_the_moment():
    assert encoded(pa.array([date(2026, 1, 30), date(2026, 2, 1)])) == [1, -1]
    assert encoded(pa.array([datetime(2026, 1, 30, 12), datetime(2026, 1, 31)], pa.timestamp("ns"))) == [0.5, 0]
    assert encoded(pa.array([datetime(2026, 1, 30, tzinfo=UTC), CUT], pa.timestamp("s", "Europe/London"))) == [1, 0]


def test_days_count_from_each_rows_own_moment():
    table = pa.table({"x": [date(2026, 1, 1), date(2026, 1, 2)]})
    moments = pa.array([datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    encoding, _ = learn_encoding(table, moments)
    assert encoding.matrix(table, moments)[:, 0].tolist() == [1, 6]


def test_nulls_and_what_is_not_finite_are_nan():
    encoding, uses, table = learnt(pa.array([1.0, None, float("inf"), float("nan"), 3.0]))
    found = encoding.matrix(table, CUT)[:, 0]
    assert np.isnan(found).tolist() == [False, True, True, True, False]
    assert uses[0].remark == "2 values that are not finite count as null"


def test_frequent_categories_get_codes_and_the_rest_share_one():
    texts = ["b"] * 5 + ["a"] * 7 + ["rare", None]
    encoding, uses, table = learnt(pa.array(texts))
    assert encoding.columns[0].categories == ("a", "b")
    assert encoding.matrix(table, CUT)[:, 0].tolist() == [1.0] * 5 + [0.0] * 7 + [2.0, 3.0]
    assert uses[0].remark == "1 rare of 3 categories count as one"
    unknown = pa.table({"x": pa.array(["never seen", "a", None])})
    assert encoding.matrix(unknown, CUT)[:, 0].tolist() == [2, 0, 3]


def test_a_dictionary_is_its_texts_and_codes_do_not_hang_on_its_order():
    texts = pa.array(["b", "a", "b", "a", "c", "c", "c"] * 3)
    plain, _, _ = learnt(texts)
    packed = pa.DictionaryArray.from_arrays(pa.array([1, 2, 1, 2, 0, 0, 0] * 3), pa.array(["c", "b", "a"]))
    assert learnt(packed)[0].columns[0].categories == plain.columns[0].categories == ("c", "a", "b")


def test_many_categories_are_cut_at_thirty():
    texts = [f"t{number % 50:02d}" for number in range(1000)]
    encoding, _, _ = learnt(pa.array(texts))
    assert len(encoding.columns[0].categories) == 30


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (pa.array([1, 1, 1]), "the same in every training row"),
        (pa.array(["a", "a", "a"]), "the same in every training row"),
        (pa.nulls(3), "it is null in every training row"),
        (pa.array([None] * 3, pa.string()), "it is null in every training row"),
        (pa.array([f"id{number}" for number in range(300)]), "300 different texts, none of them in at least 5 rows"),
    ],
)
def test_what_tells_nothing_is_dropped_with_its_reason(values, reason):
    encoding, uses, _ = learnt(values)
    assert encoding.columns == ()
    assert uses[0].use == "dropped"
    assert reason in uses[0].remark


def test_a_constant_with_nulls_is_kept_because_its_absence_may_tell():
    assert learnt(pa.array([1, None, 1]))[1][0].use == "used"
    assert learnt(pa.array(["a", None] * 5))[1][0].use == "used"


def test_every_column_that_is_not_one_value_is_refused_at_once():
    with pytest.raises(InputError) as error:
        learnt(pa.array([[1], [2]]), y=pa.array([{"a": 1}, {"a": 2}]), z=pa.array([b"1", b"2"]))
    assert [problem.path for problem in error.value.problems] == ["features.x", "features.y", "features.z"]
    assert "is list<item: int64>; a feature must be one number" in str(error.value)


def test_missing_columns_are_all_named_with_the_nearest():
    encoding, _, _ = learnt(pa.array([1, 2]), y=pa.array([3, 4]))
    with pytest.raises(InputError) as error:
        encoding.matrix(pa.table({"X": [1]}), CUT)
    assert [problem.path for problem in error.value.problems] == ["features.x", "features.y"]
    assert "the model needs this column" in str(error.value)


def test_a_column_of_another_kind_is_refused_and_one_of_another_width_is_not():
    encoding, _, _ = learnt(pa.array([1, 2]))
    with pytest.raises(InputError, match=r"features.x: is string, the model learnt it as int64; cast it"):
        encoding.matrix(pa.table({"x": ["1"]}), CUT)
    assert encoding.matrix(pa.table({"x": pa.array([1.5], pa.float32())}), CUT).tolist() == [[1.5]]
    assert np.isnan(encoding.matrix(pa.table({"x": pa.nulls(1)}), CUT)).all()


def test_moments_must_match_the_rows():
    encoding, _, table = learnt(pa.array([1, 2]))
    with pytest.raises(InputError, match="there are 1 moments for 2 rows"):
        encoding.matrix(table, pa.array([CUT], pa.timestamp("us", "UTC")))
