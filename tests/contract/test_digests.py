"""Value digests: the same for the same values however they are held, another for any other value."""

from __future__ import annotations

import datetime
import decimal
import hashlib

import numpy as np
import pyarrow as pa
import pytest

from sandbox.addresses import BLOCK_ROWS
from sandbox.contract.digests import BlockDigests, ColumnDigests, digest_file, merge

ROWS = 2 * BLOCK_ROWS + 1_234
DAY = datetime.date(2026, 1, 1)


def digest(array: pa.Array, kind: pa.DataType | None = None) -> str:
    """The digest of one column, declared as `kind`."""
    digests = ColumnDigests(pa.schema([("column", kind or array.type)]))
    digests.update(pa.record_batch([array], names=["column"]))
    return merge([digests.finish()])["column"]


def table() -> pa.Table:
    """A few columns over more than two blocks."""
    numbers = np.arange(ROWS)
    plans = pa.array(["basic", "plus", "max"]).take(pa.array(numbers % 3))
    return pa.table(
        {
            "id": numbers,
            "price": np.round(np.sqrt(numbers), 2),
            "plan": plans.dictionary_encode(),
            "name": plans,
            "known": pa.array(numbers % 5 == 0, mask=numbers % 7 == 0),
            "basket": pa.array([[1, 2], None, [], [3]] * (ROWS // 4) + [[5]] * (ROWS % 4)),
        }
    )


def digest_in_batches(data: pa.Table, sizes: list[int], first_row: int = 0) -> BlockDigests:
    digests = ColumnDigests(data.schema, first_row)
    start = 0
    while start < data.num_rows:
        size = sizes[start % len(sizes)]
        for batch in data.slice(start, size).to_batches():
            digests.update(batch)
        start += size
    return digests.finish()


def test_batches_and_workers_do_not_matter():
    data = table()
    whole = digest_in_batches(data, [ROWS])
    assert digest_in_batches(data, [1_000, 70_001, 13]) == whole
    workers = [
        digest_in_batches(data.slice(2 * BLOCK_ROWS), [999], 2 * BLOCK_ROWS),
        digest_in_batches(data.slice(0, 2 * BLOCK_ROWS), [BLOCK_ROWS]),
    ]
    assert merge(workers) == merge([whole])
    assert all(text.startswith("v1:") and len(text) == 35 for text in merge(workers).values())
    assert [len(blocks) for blocks in whole.columns.values()] == [3] * 6


def test_golden():
    assert digest(pa.array([1, 2, None, -3])) == "v1:cbfe9af22997b213539d1c1a2777e8f6"
    assert digest(pa.array(["a", None, "Zoë"])) == "v1:5190689df490f502e54b780c41cc5733"
    assert digest(pa.array(["a", None, "b", "a"]).dictionary_encode()) == "v1:69ecab9b7842793532df6e61b72bcd08"


def test_parts_that_do_not_fit_together_are_refused():
    data = table()
    first = digest_in_batches(data.slice(0, BLOCK_ROWS), [BLOCK_ROWS])
    third = digest_in_batches(data.slice(2 * BLOCK_ROWS), [BLOCK_ROWS], 2 * BLOCK_ROWS)
    short = digest_in_batches(data.slice(0, BLOCK_ROWS - 1), [BLOCK_ROWS])
    for parts in ([first, third], [third], [first, first], [short, third]):
        with pytest.raises(ValueError, match="jump"):
            merge(parts)
    with pytest.raises(ValueError, match="multiple"):
        ColumnDigests(data.schema, 5)


SAME = {
    "zero": (pa.array([0.0, 1.5]), pa.array([-0.0, 1.5])),
    "float32 zero": (pa.array([0.0], pa.float32()), pa.array([-0.0], pa.float32())),
    "nan": (
        pa.array([np.nan, 1.0]),
        pa.array(np.array([0xFFF8000000000001, 0x3FF0000000000000], np.uint64)).view("double"),
    ),
    "offsets": (pa.array(["a", "bc"]), pa.array(["zz", "a", "bc"]).slice(1)),
    "large text": (pa.array(["a", None]), pa.array(["a", None], pa.large_string())),
    "text views": (pa.array(["a", None]), pa.array(["a", None], pa.string_view())),
    "large bytes": (pa.array([b"a", None]), pa.array([b"a", None], pa.large_binary())),
    "dictionary": (pa.array(["a", None, "a"]), pa.array(["a", None, "a"]).dictionary_encode()),
    "bits": (pa.array([True, None, False]), pa.array([False, True, None, False]).slice(1)),
    "large list": (pa.array([[1], None]), pa.array([[1], None], pa.large_list(pa.int64()))),
    "fixed list": (pa.array([[1, 2], None]), pa.array([[1, 2], None], pa.list_(pa.int64(), 2))),
    "sliced list": (pa.array([[2], [3]]), pa.array([[1], [2], [3]]).slice(1)),
    "map": (
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([[("b", 2)], [("a", 1)]], pa.map_(pa.string(), pa.int64())).slice(1),
    ),
    "under a null": (
        pa.array([None, 2]),
        pa.Array.from_buffers(pa.int64(), 2, [pa.py_buffer(b"\x02"), pa.py_buffer(np.array([9, 2]))]),
    ),
    "struct": (
        pa.array([{"a": None}, {"a": 2}, None]),
        pa.array([{"a": 5}, {"a": None}, {"a": 2}, None]).slice(1),
    ),
    "decimal": (
        pa.array([decimal.Decimal("1.50")], pa.decimal128(5, 2)),
        pa.array([decimal.Decimal("1.50")], pa.decimal256(5, 2)),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_equal_values_have_equal_digests(name):
    plain, other = SAME[name]
    assert digest(plain) == digest(other, plain.type)


def test_an_enum_is_the_same_from_codes_and_from_text():
    kind = pa.dictionary(pa.int8(), pa.string())
    plain = pa.array(["b", None, "a", "b"])
    one = pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 1]), pa.array(["a", "b"]))
    two = pa.DictionaryArray.from_arrays(pa.array([0, None, 2, 0]), pa.array(["b", "unused", "a"]))
    assert digest(plain, kind) == digest(one, kind) == digest(two, kind)
    digests = ColumnDigests(pa.schema([("column", kind)]))
    digests.update(pa.record_batch([one.slice(0, 2)], names=["column"]))
    digests.update(pa.record_batch([two.slice(2)], names=["column"]))
    assert merge([digests.finish()])["column"] == digest(plain, kind)


DIFFERENT = [
    pa.array([1, 2]),
    pa.array([2, 1]),
    pa.array([1, 2, 0]),
    pa.array([1, None, 2]),
    pa.array([1, 2], pa.int32()),
    pa.array([1, 2], pa.timestamp("us")),
    pa.array([1, 2], pa.timestamp("us", "UTC")),
    pa.array([1, 2], pa.timestamp("ms")),
    pa.array([1.0, 2.0]),
    pa.array([-1.0, -2.0]),
    pa.array([-1.0, 2.0]),
    pa.array([1.0, -2.0]),
    pa.array([True, False]),
    pa.array([DAY, DAY]),
    pa.array(["12", ""]),
    pa.array(["1", "2"]),
    pa.array(["", "12"]),
    pa.array([None, "12"]),
    pa.array([b"1", b"2"]),
    pa.array([[1, 2]]),
    pa.array([[1], [2]]),
    pa.array([[], [1, 2]]),
    pa.array([None, [1, 2]]),
    pa.array([{"a": 1}, {"a": 2}]),
    pa.array([{"b": 1}, {"b": 2}]),
    pa.array([decimal.Decimal("1.5"), decimal.Decimal("2.5")]),
    pa.nulls(2),
]


def test_different_values_have_different_digests():
    digests = [digest(array) for array in DIFFERENT]
    assert len(set(digests)) == len(digests)


def test_one_changed_bit_is_seen_wherever_it_is():
    rng = np.random.default_rng(3)
    numbers = rng.integers(0, 2**63, 20_000).astype(np.uint64)
    seen = {digest(pa.array(numbers))}
    for bit in range(64):
        changed = numbers.copy()
        changed[rng.integers(0, 20_000, 2)] ^= np.uint64(1 << bit)
        seen.add(digest(pa.array(changed)))
    assert len(seen) == 65


def test_the_digest_of_a_file_is_sha256(tmp_path):
    path = tmp_path / "part"
    for content in (b"", b"x" * 3_000_000):
        path.write_bytes(content)
        assert digest_file(path) == "sha256:" + hashlib.sha256(content).hexdigest()


def test_no_rows_have_digests_too():
    empty = ColumnDigests(pa.schema([("column", pa.int64())])).finish()
    assert empty == BlockDigests(0, 0, {"column": ()})
    assert merge([empty])["column"].startswith("v1:")
