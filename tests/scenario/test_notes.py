"""What the binders ask of the problems noted so far."""

from __future__ import annotations

from itertools import product

from sandbox.scenario.binding.notes import Notes


def test_what_is_at_below_and_beside_a_path_is_known():
    """Held against looking through all notes, which takes minutes in a file that is wrong on each of its lines."""
    noted = [("a",), ("a", "b", 0), ("b", "c"), ("b", "c", "d"), ("c", 1)]
    notes = Notes()
    for path in noted:
        notes.add(path, "is wrong.")
    for head in [(), *(path for size in (1, 2, 3) for path in product(("a", "b", "c", "d", 0, 1), repeat=size))]:
        below = [path for path in noted if path[: len(head)] == head]
        assert notes.below(head) == bool(below)
        for key in ("a", "b", "c", "d"):
            assert notes.beside(head, key) == any(path[len(head) : len(head) + 1] != (key,) for path in below)
    assert not Notes().below(())
