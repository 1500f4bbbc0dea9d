"""Read YAML into values that know their places; refuse what is not plain data, and say how to mend it."""

from __future__ import annotations

import re
from pathlib import Path as FilePath

import yaml

from sandbox.errors import InputError, OutsideError, Place, Problem, did_you_mean
from sandbox.scenario.assumptions import unwrapped
from sandbox.scenario.composing import Composer
from sandbox.scenario.document import Document
from sandbox.scenario.syntax import syntax_problem, too_deep_to_scan

MAX_BYTES = 8 * 2**20

# Control characters, line breaks other than \n (editors count lines differently), halves of surrogate pairs.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def read(path: str | FilePath) -> Document:
    """Read a scenario file.

    Args:
        path: the file; places name it as given here.
    Raises:
        InputError: there is no such file, or it is not YAML as scenarios use it.
        OutsideError: the file is there and cannot be read.
    """
    file = str(path)
    try:
        raw = _bytes_of(FilePath(path))
    except FileNotFoundError:
        raise InputError(f"{file}: no such file.{_neighbours(FilePath(path))}") from None
    except (IsADirectoryError, NotADirectoryError, ValueError):
        raise InputError(f"{file}: not a file; name a YAML file.") from None
    except OSError as error:
        raise OutsideError(f"{file}: cannot be read: {error.strerror or error}.") from None
    return parse(_decoded(raw, file), file)


def parse(text: str, file: str) -> Document:
    """Read the text of a scenario; `file` is what places name.

    Returns:
        The document; its `problems` hold what could be read but may not stand as written.
    Raises:
        InputError: the text is not YAML or no map, is empty, holds several documents or breaks a bound.
    """
    document = parse_value(text, file)
    if not isinstance(document.root.content, dict):
        message = "a scenario is made of 'key: value' lines, with a space after the colon."
        raise InputError(Problem(message, "", document.root.place))
    return document


def parse_value(text: str, file: str) -> Document:
    """Read one YAML value of any kind, under the same rules as `parse`."""
    text = text.removeprefix("\ufeff")
    if found := _FORBIDDEN.search(text):
        message = f"character U+{ord(found.group()):04X} may not stand here; in double quotes write it as an escape."
        raise InputError(Problem(message, "", place_in(text, found.start(), file)))
    composer = Composer(text, file)
    try:
        root = composer.document()
    except yaml.MarkedYAMLError as error:
        if too_deep_to_scan(error):
            return parse_value(text[: error.problem_mark.index], file)  # type: ignore[union-attr]
        raise InputError([*composer.problems, syntax_problem(error, text, file)]) from None
    root = unwrapped(root, composer.problems)
    return Document(root, {file: text}, tuple(composer.problems))


def place_in(text: str, offset: int, file: str) -> Place:
    """The place of a character of a text."""
    before = text[:offset]
    return Place(file, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def _bytes_of(path: FilePath) -> bytes:
    if path.exists() and not path.is_file():
        raise IsADirectoryError(str(path))
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _decoded(raw: bytes, file: str) -> str:
    if len(raw) > MAX_BYTES:
        raise InputError(f"{file}: larger than {MAX_BYTES // 2**20} MiB; a scenario is a text of some pages.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(Problem("is UTF-16; save it as UTF-8.", "", Place(file)))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode("utf-8")
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8."
        raise InputError(Problem(message, "", place_in(good, len(good), file))) from None


def _neighbours(path: FilePath) -> str:
    try:
        near = [file.name for file in path.parent.iterdir() if file.suffix in (".yaml", ".yml")]
    except OSError:
        return ""
    return did_you_mean(path.name, near)
