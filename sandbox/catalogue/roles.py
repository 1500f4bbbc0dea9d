"""Which column of a dataset is the title of a product, which its category and which its price, by name and type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.contract.model import Contract

_TITLES = ("title", "product_name", "item_name", "name", "description", "label")
_CATEGORIES = ("category", "genre", "department", "section", "kind", "type", "group", "brand")
_PRICES = ("price", "unit_price", "list_price", "cost", "fee", "amount", "monthly_fee")


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of columns; None where a dataset has no such one."""

    key: str
    title: str | None
    category: str | None
    price: str | None
    facts: tuple[str, ...]
    """All others that may be shown."""


def roles_of(contract: Contract) -> Roles:
    """Read the roles off a contract; what is personal has none.

    Args:
        contract: of a dataset with a key of one column.
    """
    key = contract.primary_key[0]
    open_ = {
        field.name: field.type for field in contract.schema if field.name != key and field.name not in contract.pii
    }
    texts = [name for name, kind in open_.items() if _is_text(kind)]
    numbers = [name for name, kind in open_.items() if _is_number(kind)]
    title = _named(_TITLES, texts)
    category = _named(_CATEGORIES, [name for name in texts if name != title])
    price = _named(_PRICES, numbers)
    return Roles(key, title, category, price, tuple(name for name in open_ if name not in (title, category, price)))


def _named(words: Iterable[str], names: list[str]) -> str | None:
    """The column that is called as one of the words, or ends with one: `item_category`, `UnitPrice`."""
    plain = {name: name.lower().replace("_", "") for name in names}
    for word in words:
        for name in names:
            if plain[name].endswith(word.replace("_", "")):
                return name
    return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind.value_type if pa.types.is_dictionary(kind) else kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
