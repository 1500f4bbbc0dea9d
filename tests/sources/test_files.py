"""Files as they come from other people: torn, mixed, wide, empty, in other encodings."""

import datetime as dt
import gzip
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.errors import OutsideError
from sandbox.scenario.parts import Unread
from sandbox.sinks.avro import AvroFile
from sandbox.sources.files import ArrowFiles, AvroFiles, CsvFiles, JsonLinesFiles, ParquetFiles
from sandbox.strict import Findings, validated


def rows_of(part, folder="."):
    """All rows, and all that could not be taken apart, share by share."""
    raw = part.open(str(folder))
    good, unread = [], []
    for share in raw.shares():
        for found in raw.batches(share):
            if isinstance(found, Unread):
                unread += [(found.rule, text) for text in found.texts]
            else:
                good += found.to_pylist()
    raw.close()
    return good, unread


def csv(tmp_path, content, **options):
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return rows_of(CsvFiles(path=str(path), **options))


def test_values_stay_text_and_empty_is_not_null(tmp_path):
    good, unread = csv(tmp_path, 'a,b\n007,""\n1e3,\n"x\ny","say ""hi"""\n')
    assert good == [{"a": "007", "b": ""}, {"a": "1e3", "b": None}, {"a": "x\ny", "b": 'say "hi"'}]
    assert unread == []


def test_ragged_rows_are_set_aside_with_their_text(tmp_path):
    good, unread = csv(tmp_path, "a,b,c\n1,2,3\n1,2\n4,5,6,7\n\n8,9,10\n")
    assert [row["a"] for row in good] == ["1", "8"]
    assert unread == [("row.fields", "1,2"), ("row.fields", "4,5,6,7")]


def test_a_torn_quote_in_one_line_costs_that_line(tmp_path):
    good, unread = csv(tmp_path, 'a,b\n1,"x\n2,y"\n3,z\n')
    assert good == [{"a": "1", "b": "x\n2,y"}, {"a": "3", "b": "z"}]
    assert unread == []
    good, unread = csv(tmp_path, 'a,b\n1,5" pipe\n3,z\n')
    assert good == [{"a": "1", "b": '5" pipe'}, {"a": "3", "b": "z"}]
    assert unread == []


@pytest.mark.parametrize("rest", [3, 1_000_000])
def test_a_quote_that_never_closes_names_its_line(tmp_path, rest):
    with pytest.raises(OutsideError, match=r"file\.csv:3: a value in quotes .* runs over \d+ lines; close the quote"):
        csv(tmp_path, 'a,b,c\n1,2,3\n1,"torn,3\n' + "2,b,4\n" * rest)


def test_bytes_that_are_no_text_cost_their_row(tmp_path):
    good, unread = csv(tmp_path, b"a,b\n1,\xff\xfe\n2,caf\xc3\xa9\n3,\xe9,\n")
    assert good == [{"a": "2", "b": "café"}]
    assert unread == [("row.encoding", "1,\ufffd\ufffd"), ("row.fields", "3,\ufffd,")] or unread == [
        ("row.fields", "3,\ufffd,"),
        ("row.encoding", "1,\ufffd\ufffd"),
    ]


def test_other_encodings_and_marks(tmp_path):
    text = "a;b\n1;café\n"
    for content, encoding in (
        (text.encode("latin-1"), "latin-1"),
        (text.encode("utf-16"), "utf-16"),
        (b"\xef\xbb\xbf" + text.encode(), "utf-8"),
        (text.replace("\n", "\r\n").encode(), "utf-8"),
    ):
        assert csv(tmp_path, content, encoding=encoding, delimiter=";")[0] == [{"a": "1", "b": "café"}]
    with pytest.raises(OutsideError, match="say `encoding: utf-16`"):
        csv(tmp_path, text.encode("utf-16-le"))
    with pytest.raises(Findings, match="encoding that Python knows"):
        validated(CsvFiles, {"path": "x", "encoding": "utf-42"})
    with pytest.raises(Findings):
        validated(CsvFiles, {"path": "x", "encoding": "base64"})


def test_files_without_a_header(tmp_path):
    with pytest.raises(OutsideError, match="is empty; a CSV file begins with a header"):
        csv(tmp_path, "")
    assert csv(tmp_path, "", columns=["a"]) == ([], [])
    assert csv(tmp_path, "1,2\n", columns=["a", "b"])[0] == [{"a": "1", "b": "2"}]
    assert csv(tmp_path, "a,b\n") == ([], [])
    with pytest.raises(OutsideError, match="column 'a' twice"):
        csv(tmp_path, "a,b,a\n1,2,3\n")


def test_one_column_keeps_its_empty_lines(tmp_path):
    assert csv(tmp_path, 'a\n1\n\n""\n')[0] == [{"a": "1"}, {"a": None}, {"a": ""}]


@pytest.mark.parametrize("text", ["a,b", "a,b\n", '"a",b\r\n'])
def test_a_header_alone_is_a_table_without_rows(tmp_path, text):
    (tmp_path / "x.csv").write_bytes(text.encode())
    assert rows_of(CsvFiles(path="x.csv"), tmp_path) == ([], [])


def test_no_quotes_at_all(tmp_path):
    assert csv(tmp_path, 'a,b\n1,"x\n2,y"\n', quote="")[0] == [{"a": "1", "b": '"x'}, {"a": "2", "b": 'y"'}]


def test_ten_thousand_columns(tmp_path):
    names = [f"c{at}" for at in range(10_000)]
    good, unread = csv(tmp_path, ",".join(names) + "\n" + ",".join("1" * 10_000) + "\n")
    assert len(good) == 1
    assert len(good[0]) == 10_000
    assert not unread
    pq.write_table(pa.table({name: [1] for name in names}), tmp_path / "wide.parquet")
    assert len(rows_of(ParquetFiles(path="wide.parquet"), tmp_path)[0][0]) == 10_000
    (tmp_path / "wide.jsonl").write_text(json.dumps(dict.fromkeys(names, 1)) + "\n")
    assert len(rows_of(JsonLinesFiles(path="wide.jsonl"), tmp_path)[0][0]) == 10_000


def test_files_with_slightly_different_columns(tmp_path):
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("b,c\n3,4\n")
    good, _ = rows_of(CsvFiles(path="*.csv"), tmp_path)
    assert good == [{"a": "1", "b": "2", "c": None}, {"a": None, "b": "3", "c": "4"}]
    pq.write_table(pa.table({"a": pa.array([1], pa.int32())}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": [2**40], "b": ["x"]}), tmp_path / "2.parquet")
    assert rows_of(ParquetFiles(path="*.parquet"), tmp_path)[0] == [{"a": 1, "b": None}, {"a": 2**40, "b": "x"}]


def test_folders_globs_urls_and_packed_files(tmp_path):
    for name in ("b/2.csv", "a/1.csv", "a/.hidden.csv", "_markers/9.csv", "a/readme.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"n\n{name}\n")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"n\npacked\n"))

    def found(path):
        return [row["n"] for row in rows_of(CsvFiles(path=path), tmp_path)[0]]

    assert found(".") == ["a/1.csv", "b/2.csv", "packed"]
    assert found("*/*.csv") == ["a/1.csv", "b/2.csv"] == found("**/[0-9].csv")
    assert found("a/?.csv") == ["a/1.csv"]
    assert found((tmp_path / "a").as_uri()) == ["a/1.csv"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(OutsideError, match=r"empty/: no file that ends in \.csv or \.tsv or \.txt is there"):
        found("empty/")
    for path in ("nothing.csv", "a/*.json"):
        with pytest.raises(OutsideError, match=f"{re.escape(path)}: no such file"):
            found(path)


def test_moving_a_folder_changes_no_name(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder / "day").mkdir(parents=True)
        (tmp_path / folder / "day" / "x.csv").write_text("n\n1\n")
    names = [
        [share.name for share in CsvFiles(path=f"{folder}/**/*.csv").open(str(tmp_path)).shares()]
        for folder in ("one", "two")
    ]
    assert names == [["day/x.csv"], ["day/x.csv"]]


def test_secrets_of_a_url_are_not_told():
    part = CsvFiles(path="s3://key:secret@bucket/folder?region=eu-west-1")
    assert part.touches() == {"host": ["s3://bucket/folder"]}
    with pytest.raises(OutsideError) as error:
        CsvFiles(path="nowhere://me:secret@host/x").open(".")
    assert "secret" not in str(error.value)


def test_parquet_that_is_cut_off_or_none(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": range(1000)}), path)
    whole = path.read_bytes()
    for content, said in (
        (whole[:-20], "is no whole Parquet file"),
        (b"", "it is empty"),
        (b"a,b\n" * 9, "is no whole"),
    ):
        path.write_bytes(content)
        with pytest.raises(OutsideError, match=said):
            ParquetFiles(path=str(path)).open(".")
    path.write_bytes(whole[:4] + b"\0" * 200 + whole[204:])
    with pytest.raises(OutsideError, match=r"x\.parquet: "):
        rows_of(ParquetFiles(path=str(path)))


def test_large_parquet_is_shared_out_by_row_groups(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": range(3000)}), path, row_group_size=1000)
    import sandbox.sources.columnar as columnar

    whole = ParquetFiles(path=str(path)).open(".").shares()
    assert [(share.name, share.rows) for share in whole] == [("x.parquet", 3000)]
    before = columnar.SHARE_ROWS
    columnar.SHARE_ROWS = 2000
    try:
        raw = ParquetFiles(path=str(path)).open(".")
        assert [(share.name, share.start, share.stop) for share in raw.shares()] == [
            ("x.parquet#0", 0, 2),
            ("x.parquet#2", 2, 3),
        ]
        assert rows_of(ParquetFiles(path=str(path)))[0] == [{"a": n} for n in range(3000)]
    finally:
        columnar.SHARE_ROWS = before


def test_arrow_files_and_streams(tmp_path):
    table = pa.table({"a": [1, 2], "w": pa.array(["x", "y"]).dictionary_encode()})
    with pa.OSFile(str(tmp_path / "1.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    with pa.OSFile(str(tmp_path / "2.arrow"), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    assert rows_of(ArrowFiles(path="."), tmp_path)[0] == table.to_pylist() * 2
    (tmp_path / "3.arrow").write_bytes(b"")
    with pytest.raises(OutsideError, match=r"3\.arrow: is no whole Arrow file \(it is empty\)"):
        rows_of(ArrowFiles(path="."), tmp_path)


def test_avro_files_that_differ_a_little_and_one_that_is_cut_off(tmp_path):
    for name, table in (
        ("1", pa.table({"n": [1, 2], "at": pa.array([0, 1], pa.timestamp("us", "UTC"))})),
        ("2", pa.table({"n": [3], "more": ["é"]})),
        ("3", pa.table({"n": pa.array([], pa.int64())})),
    ):
        writer = AvroFile(codec="deflate").open(str(tmp_path / f"{name}.avro"), table.schema)
        for batch in table.to_batches():
            writer.write(batch)
        writer.close()
    rows, _ = rows_of(AvroFiles(path="."), tmp_path)
    assert [(row["n"], row["more"]) for row in rows] == [(1, None), (2, None), (3, "é")]
    assert rows[1]["at"] == dt.datetime(1970, 1, 1, 0, 0, 0, 1, dt.UTC)
    whole = (tmp_path / "1.avro").read_bytes()
    for content, said in (
        (whole[:-9], "is no whole Avro file"),
        (b"", "it is empty"),
        (b"n\n1\n", "is no whole Avro file"),
    ):
        (tmp_path / "3.avro").write_bytes(content)
        with pytest.raises(OutsideError, match=rf"3\.avro: .*{said}"):
            rows_of(AvroFiles(path="."), tmp_path)


def json_lines(tmp_path, content):
    (tmp_path / "x.jsonl").write_bytes(content)
    return rows_of(JsonLinesFiles(path="x.jsonl"), tmp_path)


def test_layouts_that_few_kernels_know_are_settled(tmp_path):
    table = pa.table(
        {
            "view": pa.array(["a", None], pa.string_view()),
            "octets": pa.array([b"x", None], pa.binary_view()),
            "runs": pa.RunEndEncodedArray.from_arrays([2], ["same"]),
            "lists": pa.array([[1], None], pa.list_view(pa.int8())),
        }
    )
    with pa.ipc.new_file(tmp_path / "x.arrow", table.schema) as file:
        file.write_table(table)
    source = ArrowFiles(path="x.arrow").open(str(tmp_path))
    [batch] = source.batches(source.shares()[0])
    assert batch.schema == source.schema()
    assert batch.take(pa.array([1])).to_pylist() == [{"view": None, "octets": None, "runs": "same", "lists": None}]
    assert batch.filter(pa.array([True, False])).to_pylist()[0]["lists"] == [1]


def test_json_values_become_text_and_missing_keys_null(tmp_path):
    lines = b'{"a": 1, "b": "x\\ny", "c": {"d": [1, null]}}\r\n\n{"b": null, "a": 1.50, "e.f": true}'
    good, unread = json_lines(tmp_path, lines)
    assert not unread
    assert good[0]["b"] == "x\ny"
    assert json.loads(good[0]["c"]) == {"d": [1, None]}
    assert good[0]["e.f"] is None
    assert (good[1]["a"], good[1]["b"], good[1]["c"], good[1]["e.f"]) == ("1.5", None, None, "true")


def test_keys_of_all_kinds(tmp_path):
    row = {"*": "1", "a.b": "2", "": "3", '"': "4", "\\": "5", "'": "6", "a/b": "7", "~1": "8", "$": "9", "[0]": "10"}
    (tmp_path / "x.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert rows_of(JsonLinesFiles(path="x.jsonl"), tmp_path)[0] == [row]


def test_lines_that_are_no_objects_are_set_aside(tmp_path):
    good, unread = json_lines(tmp_path, b'{"a": 1}\n[1]\n{"a": \n"x"\n{"a": "\xff"}\n{"a": 2}\n')
    assert [row["a"] for row in good] == ["1", "2"]
    assert sorted(unread) == [
        ("row.encoding", '{"a": "\ufffd"}'),
        ("row.json", '"x"'),
        ("row.json", "[1]"),
        ("row.json", '{"a": '),
    ]


def test_files_that_are_no_json_lines(tmp_path):
    with pytest.raises(OutsideError, match="is no JSON lines file"):
        json_lines(tmp_path, b"a,b\n1,2\n")
    assert json_lines(tmp_path, b"") == ([], [])


def test_a_key_that_comes_late_is_not_lost(tmp_path):
    first = b'{"a": "' + b"x" * 1000 + b'"}\n'
    good, _ = json_lines(tmp_path, first * 6000 + b'{"a": "y", "late": 1}\n')
    assert len(good) == 6001
    assert good[-1] == {"a": "y", "late": "1"}
