"""The values of one column of a file in the scenario's folder."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from sandbox.errors import did_you_mean
from sandbox.strict import Findings


def require_kind(file: str) -> None:
    """Raise Findings where a file's ending says that it cannot be read."""
    if Path(file).suffix not in (".csv", ".parquet"):
        raise Findings([(("file",), f"got '{file}', must end in .csv or .parquet.")])


def file_values(folder: str, file: str, column: str, *, as_text: bool = False) -> pa.Array:
    """A column's values in the file's order, shape (lines,).

    Args:
        folder: the scenario's folder, which the file must lie in.
        as_text: whether what a .csv holds stays text, instead of being read as numbers and dates where it can be.
    Raises:
        Findings: no such file or column, not readable, or no rows.
    """
    table = _read(inside_folder(folder, file), file, as_text)
    if column not in table.column_names:
        mend = did_you_mean(column, table.column_names)
        raise Findings([(("column",), f"'{file}' has no column '{column}'.{mend}")])
    if not len(table):
        raise Findings([(("file",), f"'{file}' has no rows to draw from.")])
    return table[column].combine_chunks()


def inside_folder(folder: str, name: str) -> Path:
    """The file of this name below the folder. Raises Findings where it is not there, or lies elsewhere."""
    root = Path(folder).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise Findings([(("file",), f"'{name}' lies outside the scenario's folder; copy it there.")])
    if not path.is_file():
        near = did_you_mean(name, (str(found.relative_to(root)) for found in root.glob(f"**/*{path.suffix}")))
        raise Findings([(("file",), f"there is no file '{name}' in the scenario's folder.{near}")])
    return path


def _read(path: Path, name: str, as_text: bool) -> pa.Table:
    from pyarrow import csv, parquet

    try:
        if path.suffix == ".parquet":
            return parquet.read_table(path)
        if not as_text:
            return csv.read_csv(path)
        with csv.open_csv(path) as reader:
            kept = {column: pa.string() for column in reader.schema.names}
        convert = csv.ConvertOptions(column_types=kept, strings_can_be_null=True, quoted_strings_can_be_null=False)
        return csv.read_csv(path, convert_options=convert)
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        raise Findings([(("file",), f"'{name}' cannot be read: {str(error).splitlines()[0]}.")]) from None
