"""Messages with a JSON object each as text columns: together where they are alike, else each by itself.

Both ways give the same rows, which a test holds for whatever messages there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD
from sandbox.scenario.parts import Unread
from sandbox.sources.brought_envelopes import brought
from sandbox.sources.json_columns import ObjectReader
from sandbox.sources.json_digits import NO_KEYS, Keys
from sandbox.sources.json_objects import BROKEN_TEXT, NO_OBJECT, are_objects, columns_of, keys_of
from sandbox.sources.messages import Messages, unread


@dataclass(slots=True)
class JsonReader:
    """Reads messages of one topic or shard, one batch after the other."""

    known: Sequence[str] = ()
    """Columns that there are in any case; keys beyond them are more columns."""
    whole: str | None = None
    """The name of a column for the messages as they are."""
    exact: Keys = NO_KEYS
    """Keys whose numbers are kept as they are written, digit by digit."""
    _alike: ObjectReader = field(init=False)

    def __post_init__(self) -> None:
        self._alike = ObjectReader(self.exact)

    def __call__(self, messages: Messages) -> Iterator[pa.RecordBatch | Unread]:
        """The messages that are objects, as text columns and the envelope; then those that are not, with their bytes.

        An envelope that an object has under `_sandbox` goes before what the broker knows.
        """
        rows = self._alike(messages.payloads)
        if rows is None:
            yield from self._each(messages)
        else:
            texts = pa.array(messages.payloads, pa.binary()).cast(pa.string()) if self.whole else None
            yield self._batch(dict(zip(rows.schema.names, rows.columns, strict=True)), texts, messages.envelopes)

    def _each(self, messages: Messages) -> Iterator[pa.RecordBatch | Unread]:
        texts, torn = _texts(messages.payloads)
        objects = pc.and_not(are_objects(texts), torn)
        good = texts.filter(objects)
        if len(good):
            found = keys_of(good)
            told = messages.envelopes.filter(objects)
            if ENVELOPE in found:
                told = brought(columns_of(good, [ENVELOPE]).column(0), told)
            names = [name for name in found if name not in (ENVELOPE, self.whole)]
            columns = columns_of(good, names, self.exact).columns if names else []
            yield self._batch(dict(zip(names, columns, strict=True)), good, told)
        for rule, wrong in ((BROKEN_TEXT, torn), (NO_OBJECT, pc.and_not(pc.invert(objects), torn))):
            places = np.flatnonzero(wrong.to_numpy(zero_copy_only=False)).tolist()
            if places:
                yield unread(messages, places, rule)

    def _batch(
        self, found: dict[str, pa.Array], texts: pa.StringArray | None, envelopes: pa.StructArray
    ) -> pa.RecordBatch:
        """The columns that are known first, null where they did not come; then others, the whole and the envelope."""
        rows = len(envelopes)
        columns = {name: found.get(name, pa.nulls(rows, pa.string())) for name in self.known if name != self.whole}
        columns |= {name: column for name, column in found.items() if name not in columns and name != self.whole}
        if self.whole is not None:
            columns[self.whole] = texts
        schema = pa.schema([pa.field(name, pa.string()) for name in columns]).append(ENVELOPE_FIELD)
        return pa.RecordBatch.from_arrays([*columns.values(), envelopes], schema=schema)


def _texts(payloads: Sequence[bytes]) -> tuple[pa.StringArray, pa.BooleanArray]:
    """The payloads as text, and which of them are none (their text is then null)."""
    try:
        return pa.array(payloads, pa.binary()).cast(pa.string()), pa.repeat(False, len(payloads))
    except pa.ArrowInvalid:
        texts = pa.array([_text(payload) for payload in payloads], pa.string())
        return texts, texts.is_null()


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
