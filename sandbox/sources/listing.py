"""Which files a path means: a file, a folder, a glob, or a URL that pyarrow's file systems open.

Files are listed in the order of their names relative to the path's fixed beginning, so that moving a folder changes
nothing. Hidden files and markers (`_SUCCESS`, `.crc`) are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from sandbox.errors import OutsideError

_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file: `path` opens it, `name` is relative to where the search began, with `/`."""

    path: str
    name: str
    size: int
    changed_ns: int

    @property
    def fingerprint(self) -> str:
        """Changes when the content may have."""
        return f"{self.name} {self.size} {self.changed_ns}"


@dataclass(frozen=True, slots=True)
class Listing:
    """Files on one file system, sorted by name; at least one, unless it may be empty."""

    filesystem: fs.FileSystem
    files: tuple[FoundFile, ...]

    def open_stream(self, file: FoundFile) -> pa.NativeFile:
        """Open to read from the beginning; `.gz`, `.bz2`, `.zst` and `.lz4` are unpacked on the way."""
        try:
            return self.filesystem.open_input_stream(file.path, compression="detect")
        except OSError as error:
            raise unreadable(file.name, error) from error

    def open_file(self, file: FoundFile) -> pa.NativeFile:
        """Open to read anywhere."""
        try:
            return self.filesystem.open_input_file(file.path)
        except OSError as error:
            raise unreadable(file.name, error) from error


def find(where: str, folder: str, endings: Sequence[str], may_be_empty: bool = False) -> Listing:
    """List the files that `where` means.

    Args:
        where: a path (relative ones begin at `folder`), a glob (`*`, `?`, `[…]`, `**` over folders) or a URL.
        folder: where relative paths begin.
        endings: of a folder, only files with one of these endings are taken, or the same packed (`.csv.gz`).
        may_be_empty: whether it is good, too, that there is no such file.
    Raises:
        OutsideError: it cannot be reached, or there is no such file.
    """
    shown = without_secrets(where)
    try:
        filesystem, path = _resolved(where, folder)
        fixed, pattern = _cut(path)
        infos = _infos(filesystem, fixed, pattern, endings)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise OutsideError(f"{shown}: cannot be reached ({_reason(error)}).") from error
    if not infos and not may_be_empty:
        is_folder = pattern is None and filesystem.get_file_info(fixed).type == fs.FileType.Directory
        missing = f"no file that ends in {' or '.join(endings)} is there" if is_folder else "no such file"
        raise OutsideError(f"{shown}: {missing}.")
    files = (FoundFile(info.path, _name(info, fixed), info.size or 0, info.mtime_ns or 0) for info in infos)
    return Listing(filesystem, tuple(sorted(files, key=lambda file: file.name)))


def touched(where: str) -> dict[str, Sequence[str]]:
    """What a path touches: its host and what it names there, or a local file."""
    parts = urlsplit(where)
    if "://" in where and parts.scheme != "file":
        return {"host": [without_secrets(where)]}
    return {"file": [where]}


def without_secrets(where: str) -> str:
    """A URL as it may be shown: no user, password or query."""
    if "://" not in where:
        return where
    parts = urlsplit(where)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def unreadable(name: str, error: Exception) -> OutsideError:
    """The error of a file that cannot be opened or read."""
    return OutsideError(f"{name}: cannot be read ({_reason(error)}).")


def _resolved(where: str, folder: str) -> tuple[fs.FileSystem, str]:
    if "://" in where:
        # A `?` in a URL begins its options, so that globs there have `*` and `[…]` alone.
        return fs.FileSystem.from_uri(where)  # type: ignore[no-any-return]
    return fs.LocalFileSystem(), (Path(folder) / Path(where).expanduser()).as_posix()


def _cut(path: str) -> tuple[str, str | None]:
    """The folder before the first wildcard, and the pattern of what follows."""
    if not _WILD.search(path) or Path(path).exists():
        return path.rstrip("/") or "/", None
    parts = path.split("/")
    first = next(at for at, part in enumerate(parts) if _WILD.search(part))
    return "/".join(parts[:first]) or "/", "/".join(parts[first:])


def _infos(filesystem: fs.FileSystem, fixed: str, pattern: str | None, endings: Sequence[str]) -> list[fs.FileInfo]:
    info = filesystem.get_file_info(fixed)
    if info.type == fs.FileType.File:
        return [info]
    if info.type == fs.FileType.NotFound:
        return []
    inside = filesystem.get_file_info(fs.FileSelector(fixed, recursive=True))
    files = [info for info in inside if info.type == fs.FileType.File and not _passed_over(_name(info, fixed))]
    if pattern is not None:
        wanted = re.compile(_as_expression(pattern))
        return [info for info in files if wanted.fullmatch(_name(info, fixed))]
    packed = re.compile(rf".*({'|'.join(map(re.escape, endings))})(\.(gz|bz2|zst|lz4))?", re.DOTALL)
    return [info for info in files if packed.fullmatch(info.base_name.lower())]


def _name(info: fs.FileInfo, fixed: str) -> str:
    return str(info.path[len(fixed) :].lstrip("/") or info.base_name)


def _passed_over(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))


def _as_expression(pattern: str) -> str:
    """A glob as a regular expression over a relative path."""
    tokens = re.findall(r"\*\*/?|\*|\?|\[!?\]?[^\]]*\]|.", pattern, re.DOTALL)
    written = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(written.get(token) or _one_of(token) or re.escape(token) for token in tokens)


def _one_of(token: str) -> str:
    """`[a-c]` and `[!a-c]` as regular expressions; empty for what is no such thing."""
    if len(token) < 3 or token[0] != "[":
        return ""
    inside = token[1:-1].replace("\\", "\\\\")
    return f"[^{inside[1:]}]" if inside[0] == "!" else f"[{inside}]"


def _reason(error: Exception) -> str:
    """The first line of what the system says, without the paths that it repeats."""
    if isinstance(error, OSError) and error.strerror and error.errno:
        return error.strerror
    first = str(error).strip().split("\n", 1)[0]
    return re.sub(r"\. Detail:.*|'[^']*[/\\][^']*'|\S+://\S+", "…", first)[:300]
