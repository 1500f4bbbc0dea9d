"""A source and a sink: one Arrow IPC stream a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from sandbox.errors import OutsideError
from sandbox.scenario.parts import RawSource, Share, SinkPart, SourcePart, Writer


class StreamFile(SourcePart):
    """The rows of one Arrow IPC stream."""

    path: str
    """The file, relative to the scenario's folder."""

    @classmethod
    def shorthand(cls) -> str:
        """`arrow_stream: orders.arrows`."""
        return "path"

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The file."""
        return {"file": [self.path]}

    def open(self, folder: str) -> RawSource:
        """Look at the stream's schema."""
        return StreamRows(Path(folder) / self.path)


class StreamRows:
    """One share: streams are read from their beginning."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
                self._schema = stream.schema
        except (OSError, pa.ArrowInvalid) as error:
            raise OutsideError(f"{path.name}: is no Arrow stream that can be read ({error}).") from error

    def schema(self) -> pa.Schema:
        """The stream's."""
        return self._schema

    def shares(self) -> Sequence[Share]:
        """The file."""
        state = self._path.stat()
        return [Share(0, self._path.name, fingerprint=f"{self._path.name} {state.st_size} {state.st_mtime_ns}")]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """As they were written."""
        with pa.OSFile(str(self._path)) as file, pa.ipc.open_stream(file) as stream:
            yield from stream

    def close(self) -> None:
        """Nothing is held open."""


class StreamPart(SinkPart):
    """Parts as Arrow IPC streams."""

    def open(self, path: str, schema: pa.Schema) -> Writer:
        """A writer of one stream."""
        return StreamWriter(path, schema)

    def suffix(self) -> str:
        """`.arrows`."""
        return ".arrows"


class StreamWriter:
    """Writes batches as they come, in the schema's types."""

    def __init__(self, path: str, schema: pa.Schema) -> None:
        self._schema = schema
        self._file = pa.OSFile(path, "wb")
        self._stream = pa.ipc.new_stream(self._file, schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch; texts may come as dictionaries."""
        self._stream.write_batch(batch.cast(self._schema))

    def close(self) -> None:
        """Finish the stream."""
        if not self._file.closed:
            self._stream.close()
            self._file.close()
