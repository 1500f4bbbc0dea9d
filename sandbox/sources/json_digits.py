"""Numbers in JSON that keep their digits: put into quotes where they stand, since readers of JSON make them floats.

That is done for the keys that a contract reads as decimals, and for no others: floats want no more digits than a float
has, and looking at each number would cost as much again as reading it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.model import Contract
from sandbox.contract.types import Type

Keys: TypeAlias = frozenset[str]
NO_KEYS: Keys = frozenset()


def exact_keys(contract: Contract, rename: Mapping[str, str]) -> Keys:
    """The keys of objects, at any depth, under which a contract has decimals, as the source calls them."""
    own = {new: old for old, new in rename.items()}
    return frozenset(
        name for column in contract.columns for name in _decimals(own.get(column.name, column.name), column.parsed)
    )


def _decimals(name: str, kind: Type) -> Iterator[str]:
    if kind.name == "decimal":
        yield name
    for part in kind.parts:
        # A part of a list or a union stands under the key of the whole.
        yield from _decimals(part.name if kind.name == "struct" else name, part.type)


def with_quotes(texts: pa.StringArray, keys: Keys) -> pa.StringArray:
    """Texts of JSON with the numbers under these keys as strings; what is no JSON does not become any by that."""
    # No quote without a backslash before it stands within a string. So where these match, a key begins and ends, unless
    # it is the end of a longer one: that one has the quote after a backslash. Of a number that is none (`1.5.5`), what
    # follows the quotes breaks the text as it did before.
    names = "|".join(re.escape(_as_key(key)) for key in sorted(keys))
    number = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
    return pc.replace_substring_regex(texts, rf'([{{,]\s*"(?:{names})"\s*:\s*)({number})', r'\1"\2"')


def _as_key(key: str) -> str:
    """A key as JSON writes it, without its quotes."""
    return key.replace("\\", "\\\\").replace('"', '\\"')
