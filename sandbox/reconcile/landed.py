"""What somebody else's pipeline landed, as an address names it, read by the contract of what was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from sandbox.contract.conform import Conformed
from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD, envelope
from sandbox.contract.model import Contract
from sandbox.scenario.language import Binding
from sandbox.scenario.parts import RawSource, Share, Unread
from sandbox.sources.brought_envelopes import brought
from sandbox.sources.json_digits import Keys
from sandbox.sources.mapped import mapped
from sandbox.sources.opening import source_at


@dataclass
class Landed:
    """The rows of a landed copy, in the contract's columns; what is no row is counted."""

    address: str
    contract: Contract
    folder: str
    rename: Mapping[str, str] = field(default_factory=dict)
    unreadable: int = 0

    @property
    def keeps_order(self) -> bool:
        """Whether they are read in the order in which they landed. Raises InputError: there is no such source."""
        return source_at(self.address)[1].keeps_order()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows with their envelope. A value that cannot be read as its type is null.

        Raises:
            InputError: there is no such source, or it lacks a column.
            OutsideError: it cannot be read.
        """
        kind, part = source_at(self.address)
        binding = Binding.model_construct(
            kind=kind, source=part, rename=dict(self.rename), parse={}, where=None, arrived_at=None
        )
        source = mapped(_WithEnvelope(part.open(self.folder)), binding, self.contract, self.address)
        try:
            for share in source.shares():
                for found in source.batches(share):
                    if isinstance(found, Conformed):
                        yield found.batch
                    else:
                        self.unreadable += found.rejected.num_rows
        finally:
            source.close()


@dataclass(frozen=True)
class _WithEnvelope:
    """A raw source whose column `_sandbox` is JSON text, as files and tables hold it, made an envelope again."""

    raw: RawSource

    def schema(self) -> pa.Schema:
        schema = self.raw.schema()
        at = schema.get_field_index(ENVELOPE)
        return schema.set(at, ENVELOPE_FIELD) if self._is_text else schema

    def shares(self) -> list[Share]:
        return list(self.raw.shares())

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Unread]:
        for found in self.raw.batches(share):
            if isinstance(found, Unread) or not self._is_text or ENVELOPE not in found.schema.names:
                yield found
                continue
            at = found.schema.get_field_index(ENVELOPE)
            nothing = envelope(np.zeros(found.num_rows, np.uint64), 0)
            yield found.set_column(at, ENVELOPE_FIELD, brought(found.column(at), nothing))

    def keep_digits(self, keys: Keys) -> None:
        keep = getattr(self.raw, "keep_digits", None)
        if keep is not None:
            keep(keys)

    def close(self) -> None:
        self.raw.close()

    @property
    def _is_text(self) -> bool:
        schema = self.raw.schema()
        return ENVELOPE in schema.names and pa.types.is_string(schema.field(ENVELOPE).type)
