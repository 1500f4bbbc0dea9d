"""Maps: keys and values, so many in each row, no key twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.errors import InputError
from sandbox.scenario.language import Nested
from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.strict import Findings, Path
from sandbox.world.columns.base import decoded
from sandbox.world.columns.nested import MOST_ELEMENTS, Nest, inside_scope


class MapOf(Nest):
    """A map in each row, from keys to values."""

    keys: Nested
    """The generator of the keys; of keys that come twice in a row, the first stays."""
    values: Nested
    """The generator of the values."""
    length: Nested
    """How many entries: a whole number or a generator of whole numbers; below 0 counts as 0."""

    def inside(self) -> Mapping[Path, ColumnPart]:
        """Keys, values and length."""
        return {("keys",): self.keys, ("values",): self.values, ("length",): self.length}

    def yields(self, scope: Scope) -> pa.DataType:
        """A map from what `keys` to what `values` yields."""
        fields = self.fields_of(scope)
        if not pa.types.is_integer(fields["length",].type):
            raise Findings([(("length",), f"gives {fields['length',].type}, must give whole numbers.")])
        if fields["keys",].nullable:
            raise Findings([(("keys",), "may give null, and a key is never null.")])
        return pa.map_(fields["keys",].type, fields["values",].type)

    def generate(self, rows: Rows) -> pa.Array:
        """Lengths first, then all keys and all values at once; null where the length is."""
        lengths = rows.within("length", self.length)
        counts = np.maximum(pc.fill_null(lengths.cast(pa.int64()), 0).to_numpy(zero_copy_only=False), 0)
        if counts.sum() > MOST_ELEMENTS:
            raise InputError(f"length: {counts.sum():,} entries in {len(rows):,} rows; make the maps shorter.")
        keys = decoded(rows.within("keys", self.keys, counts))
        values = decoded(rows.within("values", self.values, counts))
        owner = np.repeat(np.arange(len(rows)), counts)
        codes = pc.dictionary_encode(keys).indices.to_numpy(zero_copy_only=False).astype(np.int64)
        _, first = np.unique(owner * (len(keys) + 1) + codes, return_index=True)
        first.sort()
        kept = np.bincount(owner[first], minlength=len(rows)) if len(first) else np.zeros(len(rows), np.int64)
        missing = np.append(np.asarray(lengths.is_null()), False) if lengths.null_count else None
        offsets = pa.array(np.concatenate([[0], np.cumsum(kept)]).astype(np.int32), mask=missing)
        taken = pa.array(first)
        return pa.MapArray.from_arrays(offsets, keys.take(taken), values.take(taken))

    def proves(self, scope: Scope) -> frozenset[str]:
        """A map is there where its length is."""
        return self.length.proves(inside_scope(scope)) & {"not_null"}
