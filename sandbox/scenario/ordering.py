"""Order things so that each comes after what it needs, or name the cycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sandbox.errors import MOST_SHOWN


class CycleError(ValueError):
    """Things need each other in a circle; `cycle` lists them, the first again at the end."""

    def __init__(self, cycle: tuple[str, ...]) -> None:
        self.cycle = cycle
        shown = cycle if len(cycle) <= MOST_SHOWN else (*cycle[: MOST_SHOWN - 1], "…", cycle[-1])
        super().__init__(" → ".join(shown))


def in_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """The names of `needs`, each after those it needs, otherwise in the given order.

    What is needed but not a name of the mapping is passed over.

    Raises:
        CycleError: some need each other in a circle.
    """
    ordered: dict[str, None] = {}
    for name in needs:
        trail: list[str] = [name]
        pending = [iter(needs[name])]
        while trail:
            if trail[-1] in ordered:
                trail.pop()
                pending.pop()
                continue
            for needed in pending[-1]:
                if needed not in needs or needed in ordered:
                    continue
                if needed in trail:
                    raise CycleError((*trail[trail.index(needed) :], needed))
                trail.append(needed)
                pending.append(iter(needs[needed]))
                break
            else:
                ordered[trail.pop()] = None
                pending.pop()
    return list(ordered)
