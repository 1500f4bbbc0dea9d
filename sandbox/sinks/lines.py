"""JSON lines as they come: to standard output, or into one file that grows."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from sandbox.contract.envelope import split_envelope
from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account, Errand, Faults, Outlet, OutletPart, Refusal
from sandbox.sinks.growing import GrowingFile
from sandbox.sinks.jsonl import json_texts
from sandbox.sinks.pieces import octets_of


class StandardOutput(OutletPart):
    """Standard output, a JSON object a line."""

    lasts: ClassVar[bool] = False
    meets: ClassVar[bool] = True
    refuses: ClassVar[bool] = False

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, Any]:
        """Nothing stands behind `-` or `stdout:`."""
        if location:
            raise ValueError(f"'{location}' means nothing here; write - or stdout:")
        return {}

    def takes_json(self) -> bool:
        """They are what is sent."""
        return True

    def touches(self) -> Mapping[str, Sequence[str]]:
        """Nothing."""
        return {}

    def connect(self, errand: Errand) -> Outlet:
        """Whatever standard output is now."""
        return _Printed()


class LinesFile(OutletPart):
    """One file of JSON lines that grows."""

    guarantee: ClassVar[Literal["exactly-once", "at-least-once"]] = "exactly-once"
    refuses: ClassVar[bool] = False
    path: str = Field(min_length=1)

    def takes_json(self) -> bool:
        """They are what is sent."""
        return True

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The file."""
        return {"file": [self.path]}

    def connect(self, errand: Errand) -> Outlet:
        """Open the file; nothing is written before rows come."""
        return GrowingFile(Path(errand.folder) / Path(self.path).expanduser(), errand.name, self.path)


class _Printed:
    """Every row is there as soon as it is printed."""

    def __init__(self) -> None:
        self._rows = self._printed = 0

    def send(self, batch: pa.RecordBatch, faults: Faults | None = None) -> None:
        self.put(self.written(batch, faults))
        self._printed = self._rows

    def written(self, batch: pa.RecordBatch, faults: Faults | None = None) -> pa.Array:
        self._printed = self._rows  # had what was written before not been put, nobody would write more
        self._rows += batch.num_rows
        texts = [text.cast(pa.binary()) for text in json_texts(split_envelope(batch)[0], faults)]
        return pa.concat_arrays(texts) if texts else pa.array([], pa.binary())

    def put(self, written: pa.Array) -> None:
        octets = getattr(sys.stdout, "buffer", None)
        try:
            if octets is None:  # somebody put a file of text in its place
                sys.stdout.write(bytes(octets_of(written)).decode(errors="replace"))
            else:
                octets.write(octets_of(written))
            sys.stdout.flush()
        except BrokenPipeError:  # whoever reads has seen enough
            raise
        except OSError as error:
            said = f"standard output cannot be written ({error.strerror}). Mend that; the same command begins anew."
            raise OutsideError(said) from error

    def account(self) -> Account:
        return Account(self._rows, self._printed, settled=self._printed)

    def refusals(self) -> Sequence[Refusal]:
        return ()

    def flush(self) -> None:
        self._printed = self._rows

    def held(self) -> None:
        return None

    def close(self) -> None:
        """Standard output stays open."""
