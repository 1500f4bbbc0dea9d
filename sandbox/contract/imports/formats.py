"""Which format a file is of, by what stands in it; and whether its ending says so too."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from sandbox.errors import InputError, Place, Problem

AVRO, JSON_SCHEMA, SQL, ODCS = "Avro", "JSON Schema", "SQL", "Open Data Contract Standard"
PARQUET, ARROW, CSV, AVRO_DATA = "Parquet", "Arrow", "CSV", "Avro data"
YAML, JSON = "YAML", "JSON"

_ENDINGS: dict[str, tuple[str, ...]] = {
    ".avsc": (JSON,),
    ".avro": (JSON, AVRO_DATA),
    ".json": (JSON,),
    ".yaml": (YAML, JSON),
    ".yml": (YAML, JSON),
    ".sql": (SQL,),
    ".ddl": (SQL,),
    ".parquet": (PARQUET,),
    ".arrow": (ARROW,),
    ".feather": (ARROW,),
    ".ipc": (ARROW,),
    ".csv": (CSV,),
    ".tsv": (CSV,),
}
_MAGIC = ((b"PAR1", PARQUET), (b"ARROW1", ARROW), (b"Obj\x01", AVRO_DATA))
_STATEMENT = re.compile(r"^\s*(?:create|alter|comment\s+on|drop|set|insert)\b", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"\s*(?:--[^\n]*(?:\n|$)|/\*.*?\*/)", re.DOTALL)
_YAML_KEY = re.compile(r"^[A-Za-z$][\w$]*\s*:(?:\s|$)", re.MULTILINE)


def carrier(raw: bytes, path: Path) -> str:
    """What carries the schema: JSON, YAML, SQL, CSV, or one of the binary formats.

    Raises:
        InputError: the file is empty, is UTF-16, is none of them, or is not what its ending says.
    """
    found = _by_content(raw, path)
    expected = _ENDINGS.get(path.suffix.lower())
    if found is None:
        known = ", ".join(_ENDINGS)
        raise InputError(
            Problem(f"no schema format is recognised in it; read are files such as {known}.", "", Place(str(path)))
        )
    if expected is not None and found not in expected:
        message = f"ends in {path.suffix} but holds {found}; give it the ending of its content."
        raise InputError(Problem(message, "", Place(str(path))))
    return found


def _by_content(raw: bytes, path: Path) -> str | None:
    if not raw.strip():
        raise InputError(Problem("the file is empty.", "", Place(str(path))))
    for magic, name in _MAGIC:
        if raw.startswith(magic):
            return name
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(Problem("is UTF-16; save the file as UTF-8.", "", Place(str(path))))
    start = raw[:65_536].decode("utf-8", errors="replace").removeprefix("\ufeff").lstrip()
    if "\x00" in start:
        return None
    if start[:1] in ("{", "["):
        return JSON
    bare = _COMMENT.sub("", start) if start.startswith(("--", "/*")) else start
    if _STATEMENT.match(bare):
        return SQL
    lines = [line for line in start.splitlines() if line.strip() and not line.startswith(("#", "---"))]
    if path.suffix.lower() in (".csv", ".tsv"):
        return CSV
    if lines and _YAML_KEY.match(lines[0]):
        return YAML
    return CSV if lines and any(mark in lines[0] for mark in ",;\t|") else None
