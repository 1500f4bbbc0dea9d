"""What arrays make of SQL is what DuckDB makes of it, row by row; where it refuses, they refuse."""

import datetime as dt
import math
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.errors import InputError
from sandbox.scenario.locked import evaluate, thread_connection
from sandbox.world.arrays import array_expression, arrow_of, operand_of

INF, NAN = math.inf, math.nan

PRICES = ("12.34", "-1.05", "0.00", "99999999.99", "2.50", "-2.50", "0.05")
DAYS = ("2024-02-29", "1999-12-31", "2026-03-29", "1970-01-01", "2021-01-03", "1600-01-01", "2025-12-31")
MICROSECONDS = [0, 1_700_000_000_123_456, None, 86_399_999_999, -1, 1_609_459_199_999_999, -(11 * 10**15) - 1, 10**15]
BATCH = pa.table(
    {
        "visit.step": pa.array([0, 1, -7, None, 5, 2**31 - 1, 12, 3], pa.int64()),
        "visit.appeal": pa.array([0.5, -2.5, NAN, INF, None, 1e-9, -0.0, 2.675], pa.float64()),
        "x": pa.array([1.5, NAN, NAN, -INF, 3.0, None, 0.0, -1e6], pa.float64()),
        "real": pa.array([0.1, -2.5, None, NAN, 1e30, 16777216.0, 0.0, 7.0], pa.float32()),
        "tiny": pa.array([1, -8, 127, None, 0, 3, 2, -128], pa.int8()),
        "n": pa.array([3, -2, 0, None, 2**31 - 1, -(2**31), 7, 1], pa.int32()),
        "whole": pa.array([2**63 - 1, -(2**63), 5, None, 0, -1, 4, 10**15], pa.int64()),
        "count": pa.array([0, 1, 2**32 - 1, None, 4, 5, 6, 7], pa.uint32()),
        "price": pa.array([*map(Decimal, PRICES), None], pa.decimal128(10, 2)),
        "known": pa.array([True, False, None, True, False, None, True, False]),
        "gone": pa.array([None, False, True, True, True, None, False, False]),
        "parent.plan": pa.array(["basic", "Plus", None, "", "basic", "max ü", "12", "basic"]).dictionary_encode(),
        "item.category": pa.array(["a", "b", "a", "basic", None, "B", "c", "a"]).dictionary_encode(),
        "name": pa.array(["Ada", None, "x%", "Çelik", "", "b_a", "3", "ada"]),
        "parent.since": pa.array([None, *map(dt.date.fromisoformat, DAYS)], pa.date32()),
        "at.time": pa.array(MICROSECONDS, pa.timestamp("us", "UTC")),
        "local": pa.array(MICROSECONDS[::-1], pa.timestamp("us")),
    }
)
TYPES = {
    field.name: field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in BATCH.schema
}
EXPRESSIONS = (Path(__file__).parent / "expressions.txt").read_text(encoding="utf-8").splitlines()


def by_duckdb(expression, batch):
    try:
        return evaluate(thread_connection(), {"x": expression.sql}, batch).column("x").combine_chunks()
    except InputError as error:
        return str(error)


def by_arrays(expression, batch):
    columns = {name: operand_of(batch.column(name)) for name in expression.columns_used}
    try:
        made = expression.evaluate(columns.__getitem__, batch.num_rows, "x")
    except InputError as error:
        return str(error)
    assert made.doubts is None
    assert made.values.shape == (batch.num_rows,)
    assert made.nulls is None or made.nulls.any()
    if pa.types.is_decimal(expression.type) and made.values.dtype == np.float64:  # more digits than an int64 has
        return pa.array(made.values, mask=made.nulls)
    return arrow_of(made, expression.type, batch.num_rows)


def check_same(expression, batch):
    text, wanted, made = expression.text, by_duckdb(expression, batch), by_arrays(expression, batch)
    if isinstance(wanted, str) or isinstance(made, str):
        assert made == wanted, text
        for row in range(batch.num_rows if batch.num_rows > 1 else 0):  # what fails must not hide the others
            check_same(expression, batch.slice(row, 1))
        return
    plain = made.dictionary_decode() if pa.types.is_dictionary(made.type) else made
    if pa.types.is_decimal(wanted.type) and plain.type == pa.float64():
        assert max(abs(value or 0) for value in wanted.to_pylist()).scaleb(wanted.type.scale) >= 2**63, text
        wanted = wanted.cast(pa.float64())
    assert plain.type == wanted.type, text
    if not pa.types.is_floating(plain.type):
        assert plain.equals(wanted), text
        return
    assert plain.is_null().equals(wanted.is_null()), text
    ours, theirs = (array.fill_null(0).to_numpy().astype(float) for array in (plain, wanted))
    # Only what libraries round each in their way (exp, pow, sin) may differ at all.
    tolerance = 1e-6 if pa.types.is_float32(plain.type) else 1e-12
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=1e-300, err_msg=text)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_each_operator_and_function_is_that_of_duckdb(text):
    check_same(array_expression(text, TYPES), BATCH)


LEAVES = {
    "number": "visit.step visit.appeal x real tiny n whole count price 0 1 -3 2.5 0.05 1e3 7",
    "flag": "known gone true null::bool",
    "text": "parent.plan item.category name 'basic' 'a'",
    "time": "at.time parent.since local",
}
"""Expressions of each kind to begin with."""
FORMS = {
    "number": """
        ({number} + {number}); ({number} - {number}); ({number} * {number}); ({number} / {number})
        ({number} % {number}); ({number} // {number}); -({number}); abs({number}); sign({number}); round({number})
        round(({number})::double, 2); round(({number})::double, -1)
        floor({number}); ceil({number}); trunc({number}); exp({number}); ln({number})
        sqrt({number}); sin({number}); cbrt({number}); greatest({number}, {number}); least({number}, {number})
        cast({number} as int); cast({number} as bigint); cast({number} as double); cast({number} as real)
        cast({number} as decimal(12, 2)); length({text}); case {text} when {text} then {number} end
        date_diff('day', {time}, {time}); date_diff('hour', {time}, {time}); date_diff('month', {time}, {time})
        hour({time}); isodow({time}); month({time}); epoch({time}); dayofyear({time})
    """,
    "flag": """
        ({number} = {number}); ({number} <> {number}); ({number} < {number}); ({number} >= {number}); ({text} = {text})
        ({text} < {text}); ({time} > {time}); ({time} <= {time}); ({flag} and {flag}); ({flag} or {flag}); (not {flag})
        ({number} is null); ({text} is not null); ({flag} is null); ({flag} is true); ({flag} is not false)
        ({number} is distinct from {number}); ({number} between {number} and {number})
        ({number} in ({number}, 2, {number}))
        ({text} in ('a', 'basic')); ({text} like '%a%')
    """,
    "text": """
        lower({text}); ({text} || {text})
    """,
}
OF_ANY = """
    case when {flag} then {same} when {flag} then {same} else {same} end; case when {flag} then {same} end
    coalesce({same}, {same}); nullif({same}, {same}); if({flag}, {same}, null)
"""


@st.composite
def expressions(draw, kind, depth):
    """SQL of a kind of value, so many forms deep at most."""
    if depth == 0 or kind == "time" or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(LEAVES[kind].split()))
    forms = [form.strip() for form in re.split(r"[;\n]", FORMS[kind] + OF_ANY)]
    form = draw(st.sampled_from([form for form in forms if form])).replace("{same}", f"{{{kind}}}")
    pieces = re.split(r"{(\w+)}", form)
    pieces[1::2] = [draw(expressions(inner, depth - 1)) for inner in pieces[1::2]]
    return "".join(pieces)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions("number", 3) | expressions("flag", 3) | expressions("text", 2), st.integers(0, 7), st.integers(0, 8))
def test_random_expressions_are_those_of_duckdb(text, start, rows):
    check_same(array_expression(text, TYPES), BATCH.slice(start, rows))
