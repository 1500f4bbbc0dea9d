"""What the world makes of SQL by faster ways is, byte for byte, what DuckDB makes of it."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.scenario.expressions import compile_expression
from sandbox.scenario.locked import evaluate, thread_connection
from sandbox.world.evaluation import evaluated
from sandbox.world.formulas import formula_of

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
LONG = st.integers(-(2**63), 2**63 - 1) | st.integers(0, 20_000)
SHORT = st.integers(-(2**15), 2**15 - 1)
LEAVES = [
    "pooled",
    "listed",
    "plain",
    "long",
    "short",
    "lower(pooled)",
    "upper(listed)",
    "replace(pooled, 'a', '''')",
    "lower(plain)",
    "length(listed)",
    "coalesce(pooled, 'none')",
    "' '",
    "'é.'",
    "''",
]


@st.composite
def batches(draw):
    """Pooled texts, whose pool may hold nulls and repeat itself; an enum; plain texts; two widths of whole numbers."""
    rows = draw(st.integers(0, 5))

    def column(values):
        return draw(st.lists(st.none() | values, min_size=rows, max_size=rows))

    pool = draw(st.lists(st.none() | TEXT, min_size=1, max_size=4))
    codes = pa.array(column(st.integers(0, len(pool) - 1)), pa.int16())
    listed = pa.array(column(st.integers(0, 1)), pa.int8())
    arrays = {
        "pooled": pa.DictionaryArray.from_arrays(codes, pa.array(pool, pa.string())),
        "listed": pa.DictionaryArray.from_arrays(listed, pa.array(["Aa", "bB"])),
        "plain": pa.array(column(TEXT), pa.string()),
        "long": pa.array(column(LONG), pa.int64()),
        "short": pa.array(column(SHORT), pa.int16()),
    }
    return pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))


def by_duckdb(text, types, batch):
    """The whole expression in one query, over texts that are plain: what enums are to SQL is part of the question."""
    expression = compile_expression(text, types)
    at = batch.schema.get_field_index("pooled")
    plain = batch.set_column(at, "pooled", batch.column(at).dictionary_decode())
    return evaluate(thread_connection(), {"x": expression.sql}, plain).column("x")


@settings(max_examples=200, deadline=None)
@given(batches(), st.lists(st.sampled_from(LEAVES), min_size=1, max_size=5), st.booleans())
def test_joins_of_texts_are_those_of_duckdb(batch, leaves, in_brackets):
    text = " || ".join(leaves) + " || ''"
    text = f"({text}) || plain" if in_brackets else text
    types = {field.name: field.type for field in batch.schema} | {"pooled": pa.string()}
    formula = formula_of(text, types)
    made = evaluated({"x": formula}, batch.column, len(batch), "datasets.t.columns")[formula.text]
    made = made.dictionary_decode() if pa.types.is_dictionary(made.type) else made
    assert made.cast(pa.string()).to_pylist() == by_duckdb(text, types, batch).to_pylist()


@pytest.mark.parametrize("text", ["lower(pooled)", "length(pooled)", "pooled is null", "pooled"])
def test_what_reads_one_pool_is_that_of_duckdb(text):
    pool = pa.array(["Ä", None, "", "Ä"])
    batch = pa.RecordBatch.from_arrays(
        [pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 2, 3], pa.int8()), pool)], names=["pooled"]
    )
    types = {"pooled": pa.string()}
    formula = formula_of(text, types)
    made = evaluated({"x": formula}, batch.column, 5, "datasets.t.columns")[formula.text]
    assert made.to_pylist() == by_duckdb(text, types, batch).to_pylist()


def test_what_has_few_values_is_asked_of_duckdb_once(monkeypatch):
    asked = []
    monkeypatch.setattr("sandbox.world.evaluation.evaluate", lambda *given: asked.append(given) or evaluate(*given))
    types = {"broke_off": pa.bool_()}
    texts = ["case when broke_off then 'dropped' else 'not' end", "coalesce(not broke_off, true)", "'once ' || 'said'"]
    formulas = {text: formula_of(text, types) for text in texts}
    for values in ([True, False, None, True], [None], [False, False], []):
        batch = pa.RecordBatch.from_arrays([pa.array(values, pa.bool_())], names=["broke_off"])
        made = evaluated(formulas, batch.column, len(values), "here")
        for text in texts:
            expression = compile_expression(text, types)
            wanted = evaluate(thread_connection(), {"x": expression.sql}, batch).column("x").combine_chunks()
            assert made[text].equals(wanted)
            assert made[text].type == wanted.type
    assert len(asked) == len(texts)
