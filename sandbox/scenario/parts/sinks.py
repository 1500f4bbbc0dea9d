"""What a sink that writes files is asked; one that sends is in `sandbox.scenario.outlets`."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Protocol

import pyarrow as pa

from sandbox.registry import Part


class SinkPart(Part):
    """Base of a sink's configuration (entry point group `sandbox.sinks`)."""

    holds_structs: ClassVar[bool] = True
    """Whether a value may have parts; else what has, such as the row before a change, comes as columns of its own."""

    @abstractmethod
    def open(self, path: str, schema: pa.Schema) -> Writer:
        """A writer of one part at `path`; `schema` is the contract's columns, without the envelope."""

    @abstractmethod
    def suffix(self) -> str:
        """The ending of a part's file, with its dot."""


class Writer(Protocol):
    """Writes one part of a dataset; `close` is idempotent and leaves a whole file."""

    def write(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...
