"""Avro's own schema resolution as judge: what fastavro reads of rows that the other side wrote, we call compatible."""

from __future__ import annotations

import io
import json

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from sandbox.contract import Column, Contract
from sandbox.contract.comparing import breaks
from sandbox.contract.exports import avro_schema
from tests.contract.contracts import many

_VALUES = {
    "bool": [True, False],
    "int32": [0, -(2**31), 2**31 - 1],
    "int64": [0, 2**62],
    "float32": [0.0, 1.5],
    "float64": [0.0, 1e300],
    "string": ["", "word"],
    "bytes": [b"", b"\\x00\\xff"],
    "list<int32>": [[], [1, 2]],
    "list<int64>": [[], [2**40]],
    "map<string, float32>": [{}, {"a": 1.5}],
}
"""Types whose resolution Avro's rules decide, each with values at its ends."""
_DEFAULTS = {"bool": True, "int32": 1, "int64": 2, "float32": 1.5, "float64": 2.5, "string": "x"}


@st.composite
def column(draw, name):
    kind = draw(st.sampled_from(sorted(_VALUES)))
    nullable = draw(st.booleans())
    default = _DEFAULTS.get(kind) if draw(st.booleans()) else None
    return Column(name, kind, nullable=nullable, default=default)


@st.composite
def pairs(draw):
    """Two contracts of one dataset: columns of one name may differ, and each may have some of its own."""
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))
    both = []
    for _ in range(2):
        kept = [name for name in names if draw(st.integers(0, 4)) > 0] or names[:1]
        both.append([draw(column(name)) for name in kept])
    same = draw(st.sets(st.sampled_from(names)))
    new = [next((old for old in both[0] if old.name == each.name and each.name in same), each) for each in both[1]]
    return Contract("rows", tuple(both[0])), Contract("rows", tuple(new))


def rows(contract):
    """Rows that reach the ends of every column: one with nothing in it where that may be, and one for each value."""
    most = max(len(_VALUES[each.type]) for each in contract.columns)
    for at in range(most):
        yield {each.name: _VALUES[each.type][at % len(_VALUES[each.type])] for each in contract.columns}
    yield {each.name: None if each.nullable else _VALUES[each.type][0] for each in contract.columns}


def reads(writer, reader):
    """Whether fastavro reads every row of the writer in the schema of the reader."""
    schemas = [fastavro.parse_schema(json.loads(json.dumps(avro_schema(each)))) for each in (writer, reader)]
    written = io.BytesIO()
    fastavro.writer(written, schemas[0], list(rows(writer)))
    written.seek(0)
    try:
        return len(list(fastavro.reader(written, reader_schema=schemas[1]))) == len(list(rows(writer)))
    except (fastavro.read.SchemaResolutionError, ValueError, TypeError, KeyError):
        return False


@many
@given(pairs())
def test_backward_is_that_avro_reads_old_rows_in_the_new_schema(pair):
    old, new = pair
    found = breaks(old, new, "backward")
    assert (not found) == reads(old, new), (old.columns, new.columns, found)


@many
@given(pairs())
def test_forward_is_that_avro_reads_new_rows_in_the_old_schema(pair):
    old, new = pair
    found = breaks(old, new, "forward")
    assert (not found) == reads(new, old), (old.columns, new.columns, found)
