"""Small shares and batches, taken together by what they are and nothing else."""

import pyarrow as pa

from sandbox.scenario.parts import Share, Unread
from sandbox.sources.gathering import BATCH_ROWS, SHARE_ROWS, gathered, joined


def test_shares_are_gathered_up_to_a_size():
    raw = [
        Share(at, f"{at}.csv", rows=rows, fingerprint=f"f{at}") for at, rows in enumerate([1, 2, SHARE_ROWS, -1, 5, 6])
    ]
    together = gathered(raw)
    assert [(share.name, share.start, share.stop, share.rows) for share in together] == [
        ("0.csv … 1.csv", 0, 2, 3),
        ("2.csv", 2, 3, SHARE_ROWS),
        ("3.csv", 3, 4, -1),
        ("4.csv … 5.csv", 4, 6, 11),
    ]
    assert [share.index for share in together] == [0, 1, 2, 3]
    assert together[0].fingerprint == "f0\nf1"
    assert gathered([]) == []


def test_a_table_without_rows_is_a_share():
    assert [share.rows for share in gathered([Share(0, "a", rows=0)])] == [0]


def test_batches_are_joined_while_their_columns_are_the_same():
    def batch(rows, name="a"):
        return pa.record_batch({name: pa.array(range(rows))}), pa.array(range(rows), pa.uint64())

    torn = (Unread(("x",), "row.fields"), pa.array([7], pa.uint64()))
    found = list(joined([batch(1), torn, batch(2), batch(BATCH_ROWS), batch(1), batch(1, "b")]))
    assert [len(ids) for _, ids in found] == [1, BATCH_ROWS + 3, 1, 1]
    assert found[0] == torn
    assert [rows.schema.names for rows, _ in found[1:]] == [["a"], ["a"], ["b"]]
