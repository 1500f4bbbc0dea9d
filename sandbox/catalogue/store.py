"""The catalogue in SQLite: written aside and renamed, read by any number of threads."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import OutsideError

_TABLES = """
CREATE TABLE origin (told TEXT NOT NULL);
CREATE TABLE products (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, category TEXT NOT NULL, price REAL,
    facts TEXT NOT NULL
);
CREATE TABLE pictures (id TEXT PRIMARY KEY, svg TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX products_by_category ON products (category, place);
"""
_AT_ONCE = 500
"""Ids that one query asks for; SQLite's limit of parameters lies above."""


@dataclass(frozen=True, slots=True)
class Product:
    """What a page shows for an id."""

    id: str
    title: str
    category: str
    """Empty where the dataset has none."""
    price: float | None
    facts: Mapping[str, Any]
    """Whatever else may be shown, by column."""


@dataclass(frozen=True)
class Catalogue:
    """The products of a file and their pictures; each look opens the file anew, so that none of them is left open."""

    path: Path

    def __len__(self) -> int:
        return int(self._rows("SELECT count(*) FROM products")[0][0])

    def products(self, ids: Sequence[str]) -> list[Product]:
        """Those of some ids, in their order; ids that nobody knows are left out."""
        found: dict[str, Product] = {}
        for first in range(0, len(ids), _AT_ONCE):
            some = ids[first : first + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            found |= {each.id: each for each in self._products(f"WHERE id IN ({marks})", some)}
        return [found[each] for each in ids if each in found]

    def page(self, category: str | None = None, words: str = "", first: int = 0, many: int = 48) -> list[Product]:
        """Products in the order of the dataset.

        Args:
            category: only those of one.
            words: only those whose title, category or id has each of them.
            first: how many to leave out.
            many: how many at most.
        """
        conditions: list[str] = ["true"]
        values: list[Any] = []
        if category is not None:
            conditions.append("category = ?")
            values.append(category)
        for word in words.split():
            conditions.append("title || ' ' || category || ' ' || id LIKE ? ESCAPE '\\'")
            values.append(f"%{_literal(word)}%")
        where = f"WHERE {' AND '.join(conditions)} ORDER BY place LIMIT ? OFFSET ?"
        return self._products(where, [*values, many, first])

    def categories(self) -> list[tuple[str, int]]:
        """Each category with how many products it has, the largest first."""
        rows = self._rows("SELECT category, count(*) FROM products GROUP BY 1 ORDER BY 2 DESC, 1")
        return [(str(name), int(many)) for name, many in rows if name]

    def picture(self, product: str) -> str | None:
        """The SVG of a product; None where nobody knows it."""
        rows = self._rows("SELECT svg FROM pictures WHERE id = ?", [product])
        return str(rows[0][0]) if rows else None

    def origin(self) -> str | None:
        """What the file was made from; None where it is no catalogue."""
        if not self.path.is_file():
            return None
        with suppress(OutsideError):
            rows = self._rows("SELECT told FROM origin")
            return str(rows[0][0]) if rows else None
        return None

    def _products(self, where: str, values: Sequence[Any]) -> list[Product]:
        rows = self._rows(f"SELECT id, title, category, price, facts FROM products {where}", values)
        return [
            Product(str(id_), title, category, price, json.loads(facts)) for id_, title, category, price, facts in rows
        ]

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                found: list[tuple[Any, ...]] = connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise OutsideError(f"{self.path}: the catalogue cannot be read ({error}).") from None
        return found


def write(path: Path, origin: str, drawn: Iterable[tuple[Product, str]]) -> Catalogue:
    """Write a catalogue, whole or not at all; one that was there is replaced.

    Args:
        path: of the file; its folder is made.
        origin: what it is made from, by which one that is up to date is known.
        drawn: products with their SVG; one whose id came before is left out.
    Raises:
        OutsideError: the disk does not take it.
    """
    aside = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.unlink(missing_ok=True)
        with closing(sqlite3.connect(aside)) as connection, connection:
            connection.executescript(f"PRAGMA journal_mode = off; PRAGMA synchronous = off; {_TABLES}")
            connection.execute("INSERT INTO origin VALUES (?)", (origin,))
            for some in _in_pieces(drawn):
                connection.executemany(
                    "INSERT OR IGNORE INTO products (id, title, category, price, facts) VALUES (?, ?, ?, ?, ?)",
                    [(p.id, p.title, p.category, p.price, json.dumps(p.facts, default=str)) for p, _ in some],
                )
                connection.executemany("INSERT OR IGNORE INTO pictures VALUES (?, ?)", [(p.id, svg) for p, svg in some])
        aside.replace(path)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise OutsideError(
            f"{path}: the catalogue cannot be written ({getattr(error, 'strerror', None) or error})."
        ) from None
    return Catalogue(path)


def _in_pieces(drawn: Iterable[tuple[Product, str]]) -> Iterator[list[tuple[Product, str]]]:
    some: list[tuple[Product, str]] = []
    for each in drawn:
        some.append(each)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    yield some


def _literal(word: str) -> str:
    """A word that LIKE takes as it is."""
    return "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in word)
