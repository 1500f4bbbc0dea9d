"""Names of types survive every way round: text, Arrow, DuckDB, Parquet."""

from __future__ import annotations

import io

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.contract.arrow_types import field_of, type_of
from sandbox.contract.type_text import parse_type
from sandbox.contract.types import PLAIN, Type
from sandbox.errors import InputError

LEAVES = [*PLAIN, "decimal(12, 2)", "timestamp", "timestamp(ms)", "timestamp(ns, none)", "timestamp(us, Europe/London)"]


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    part = st.builds(lambda text, null: text + null, inner, st.sampled_from(["", "?"]))
    return st.one_of(
        part.map(lambda text: f"list<{text}>"),
        part.map(lambda text: f"map<string, {text}>"),
        st.tuples(part, part).map(lambda two: f'struct<a: {two[0]}, "b c": {two[1]}>'),
        st.sampled_from(["union<int64, string>", "union<bool, decimal(5, 1), decimal(6, 1)>"]),
    )


types = st.recursive(st.sampled_from(LEAVES), nested, max_leaves=5)


@given(types)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_a_type_comes_back_from_its_text_from_arrow_and_from_parquet(text: str) -> None:
    kind = parse_type(text)
    assert parse_type(str(kind)) == kind
    field = field_of("x", kind, nullable=True)
    assert type_of(field) == kind
    file = io.BytesIO()
    pq.write_table(pa.table([pa.nulls(1, field.type)], schema=pa.schema([field])), file)
    landed = pq.read_table(file).schema.field("x")
    assert type_of(landed) == kind
    assert landed.type == field.type, "what lands must need no cast when it is read again"


@given(types)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_duckdb_takes_every_type(text: str) -> None:
    kind = parse_type(text)
    with duckdb.connect() as database:
        assert database.sql(f"SELECT CAST(NULL AS {kind.duckdb})").fetchall() == [(None,)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("strng", "unknown type 'strng'. Did you mean 'string'?"),
        ("string?", "for a column say nullable: true"),
        ("string(20)", "goes into max_length"),
        ("decimal", "as decimal(12, 2)"),
        ("decimal(39, 2)", "precision must be 1 to 38"),
        ("decimal(3, 4)", "scale 0 to precision"),
        ("decimal(x)", "as decimal(12, 2)"),
        ("timestamp(s)", "unknown unit 's'. Did you mean 'us'?"),
        ("timestamp(us, Europe/Londn)", "Did you mean 'Europe/London'?"),
        ("timestamp(us, Europe)", "unknown time zone 'Europe'"),
        ("list", "as list<int64>"),
        ("list<int64", "'>' is missing at the end"),
        ("list<int64, string>", "write list<int64>"),
        ("list<enum>", "cannot stand inside another type"),
        ("map<string?, int64>", "write map<string, int64>"),
        ("struct<a int64>", "expected ':'"),
        ("struct<a: int64, a: int64>", "'a' is there twice"),
        ("struct<: int64>", "write struct<a: int64, b: string?>"),
        ("union<int64>", "two or more different types"),
        ("union<int64, int>", "two or more different types"),
        ("int64 int64", "comes after the end"),
        ("int64;", "cannot read it from ';' on"),
        ("", "a type is missing"),
        ("list<" * 40 + "int64" + ">" * 40, "nested more than 16 deep"),
    ],
)
def test_a_wrong_type_says_what_to_mend(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_type(text)
    assert message in str(caught.value)


def test_short_names_and_defaults() -> None:
    assert parse_type("int") == Type("int64")
    assert parse_type("timestamp").arrow() == pa.timestamp("us", tz="UTC")
    assert parse_type("timestamp(us, none)").arrow() == pa.timestamp("us")
    assert str(parse_type("timestamp(us,UTC)")) == "timestamp"


@pytest.mark.parametrize(
    ("values", "index"), [(3, pa.int8()), (128, pa.int8()), (129, pa.int16()), (40_000, pa.int32())]
)
def test_an_enum_takes_the_narrowest_index_that_holds_its_values(values: int, index: pa.DataType) -> None:
    assert parse_type("enum").arrow(values) == pa.dictionary(index, pa.string())


@pytest.mark.parametrize(
    ("arrow", "text"),
    [
        (pa.large_string(), "string"),
        (pa.string_view(), "string"),
        (pa.binary(16), "bytes"),
        (pa.uuid(), "uuid"),
        (pa.time32("s"), "time"),
        (pa.date64(), "date"),
        (pa.float16(), "float32"),
        (pa.timestamp("s"), "timestamp(ms, none)"),
        (pa.decimal256(20, 3), "decimal(20, 3)"),
        (pa.dictionary(pa.int32(), pa.int64()), "int64"),
        (pa.large_list(pa.int8()), "list<int8?>"),
        (pa.null(), "string"),
    ],
)
def test_arrow_types_that_others_use_find_their_place(arrow: pa.DataType, text: str) -> None:
    assert str(type_of(arrow)) == text


def test_an_arrow_type_without_a_place_is_refused() -> None:
    with pytest.raises(InputError, match="duration"):
        type_of(pa.duration("s"))
