"""Many rows, large dictionaries, texts that no row has, and what is refused."""

import numpy as np
import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.scenario.expressions import ExpressionError, compile_expression
from sandbox.scenario.locked import evaluate, thread_connection
from sandbox.world.arrays import array_expression, arrow_of, operand_of

ROWS = 100_001
RANDOM = np.random.default_rng(7)


def nulls(share=0.1):
    return RANDOM.random(ROWS) < share


MANY = pa.table(
    {
        "x": pa.array(RANDOM.normal(size=ROWS), mask=nulls()),
        "n": pa.array(RANDOM.integers(-9, 9, ROWS), mask=nulls()),
        "known": pa.array(RANDOM.random(ROWS) < 0.5),
        "plan": pa.array([f"p{at % 5}" for at in range(ROWS)]).dictionary_encode(),
        "city": pa.array([f"c{at % 7}" for at in range(ROWS)], mask=nulls()).dictionary_encode(),
        "id": pa.array([f"i{at}" for at in range(ROWS)], mask=nulls()).dictionary_encode(),
    }
)
TYPES = {"x": pa.float64(), "n": pa.int64(), "known": pa.bool_()} | dict.fromkeys(("plan", "city", "id"), pa.string())


def made(text, table, types):
    expression = array_expression(text, types)
    columns = {name: operand_of(table.column(name)) for name in expression.columns_used}
    operand = expression.evaluate(columns.__getitem__, table.num_rows)
    array = arrow_of(operand, expression.type, table.num_rows)
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


@pytest.mark.parametrize(
    "text",
    [
        "x * n + 1",
        "n % 4 = 1 and x > 0 or known",
        "case when known then plan else city end",
        "case when x > 3.9 then plan when known then city end",
        "coalesce(city, plan) || '!'",
        "upper(case when known then plan else city end) || n",
        "plan = city or plan < city",
        "length(id)",
        "substr(id, 2) = '7'",
        "id || plan",
        "x * length(id) - case city when 'c1' then 1 else 2.5 end",
        "bit_count(n) + length(plan)",
        "case when n > 0 then ln(n) end",
    ],
)
def test_many_rows_are_as_in_one_query(text):
    sql = compile_expression(text, TYPES).sql
    wanted = evaluate(thread_connection(), {"x": sql}, MANY).column("x").combine_chunks()
    array = made(text, MANY, TYPES)
    if pa.types.is_floating(wanted.type):
        assert array.is_null().equals(wanted.is_null())
        pair = (values.fill_null(0).to_numpy() for values in (array, wanted))
        np.testing.assert_allclose(*pair, rtol=1e-12)
    else:
        assert array.equals(wanted)


def test_an_entry_that_no_row_has_does_no_harm():
    texts = pa.DictionaryArray.from_arrays(pa.array([1, 1, None]), pa.array(["no number", "12"]))
    table, types = pa.table({"t": texts}), {"t": pa.string()}
    assert made("t::int + 1", table, types).to_pylist() == [13, 13, None]


def test_a_row_that_is_left_out_does_no_harm():
    table = pa.table({"t": pa.array(["3", "x"]), "n": pa.array([2**62, 5])})
    types = {"t": pa.string(), "n": pa.int64()}
    assert made("case when t <> 'x' then t::int end", table, types).to_pylist() == [3, None]
    assert made("case when n < 10 then n * 4 end", table, types).to_pylist() == [None, 20]


@pytest.mark.parametrize("rows", [0, 1])
def test_no_rows_and_no_columns(rows):
    table = pa.table({"n": pa.array([4] * rows, pa.int64()), "t": pa.array(["a"] * rows)})
    types = {"n": pa.int64(), "t": pa.string()}
    assert made("n + 1", table, types).to_pylist() == [5] * rows
    assert made("upper(t)", table, types).to_pylist() == ["A"] * rows
    assert made("0.5", table, types).cast(pa.float64()).to_pylist() == [0.5] * rows


def test_a_row_that_does_not_go_through_is_told_without_its_value():
    expression = array_expression("n * n", {"n": pa.int64()})
    column = operand_of(pa.array([1, 2**40]))
    with pytest.raises(InputError) as error:
        expression.evaluate(lambda name: column, 2, "datasets.visits.journey")
    (problem,) = error.value.problems
    assert problem.path == "datasets.visits.journey"
    assert problem.message.startswith("fails on a row: Overflow in multiplication")
    assert str(2**40) not in problem.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("random()", "gives another value each time"),
        ("nn + 1", "unknown column 'nn'. Did you mean 'n'?"),
        ("n +", "something is missing"),
        ("tags", "'tags' is of type list"),
        ("big", "gives a value of type uint64; write cast(... as double)"),
    ],
)
def test_what_is_refused_is_told(text, said):
    with pytest.raises(ExpressionError) as error:
        array_expression(text, {"n": pa.int64(), "big": pa.uint64(), "tags": pa.list_(pa.string())})
    assert said in error.value.faults[0].message


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["a", None, "b"]),
        pa.array(["a", None, "b"]).dictionary_encode(),
        pa.array([1, None, -3], pa.int16()),
        pa.array([1.5, None, -3], pa.float32()),
        pa.array([True, None, False]),
        pa.array([0, None, -1], pa.date32()),
        pa.array([0, None, -1], pa.timestamp("us", "UTC")),
        pa.array([0, None, 1], pa.timestamp("s")),
        pa.array([0, None, -1], pa.int64()).cast(pa.decimal128(25, 3)),
    ],
)
def test_arrow_comes_back_as_it_was(array):
    for piece in (array, array.slice(1), array.slice(0, 0)):
        back = arrow_of(operand_of(piece), array.type, len(piece))
        assert back.to_pylist() == piece.to_pylist()
