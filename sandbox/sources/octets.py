"""Bytes of any encoding as UTF-8 on the way in, with a mark where they cannot be read.

A row that holds the mark is set aside by the readers, so that one broken byte costs one row and not the file.
"""

from __future__ import annotations

import codecs
import io
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.errors import OutsideError
from sandbox.sources.listing import unreadable

MARK = "\U0010ffff"
"""A noncharacter: Unicode promises that no text to exchange holds it."""
_CHUNK = 1 << 20
_ERRORS = "sandbox-mark"


class _Readable(Protocol):
    def read(self, size: int) -> bytes: ...


def _put_mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARK, error.end


codecs.register_error(_ERRORS, _put_mark)


def is_encoding(name: str) -> bool:
    """Whether Python knows the encoding, and it is one of text."""
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False


class Utf8Stream(io.RawIOBase):
    """A binary stream in UTF-8, from one in `encoding`; a byte order mark is dropped."""

    def __init__(self, stream: _Readable, encoding: str, name: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)(_ERRORS)
        self._name = name
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        """True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes of UTF-8; fewer only at the end."""
        if size < 0:
            return self.readall()
        pieces = [self._ready]
        have = len(self._ready)
        while have < size and not self._ended:
            pieces.append(self._next())
            have += len(pieces[-1])
        joined = b"".join(pieces)
        self._ready = joined[size:]
        return joined[:size]

    def readall(self) -> bytes:
        """Everything that is left."""
        pieces = []
        while piece := self.read(_CHUNK):
            pieces.append(piece)
        return b"".join(pieces)

    def _next(self) -> bytes:
        try:
            chunk = self._stream.read(_CHUNK)
            self._ended = not chunk
            return self._decoder.decode(chunk, self._ended).encode()
        except OSError as error:
            raise unreadable(self._name, error) from error
        except UnicodeError as error:
            raise OutsideError(f"{self._name}: is not written in the encoding that it should be ({error}).") from error


def marked(texts: pa.StringArray) -> pa.BooleanArray:
    """Where a text holds bytes that could not be read; shape (n,), null as False."""
    return pc.fill_null(pc.match_substring(texts, MARK), False)
