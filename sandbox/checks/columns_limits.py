"""Column generators at their limits: no rows, very many, little memory, and nothing but addresses for chance."""

from __future__ import annotations

import hashlib
import random
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS
from sandbox.checks.check import Broken, first_difference
from sandbox.checks.column_subject import ColumnSubject, Setting
from sandbox.world.columns.base import plain

_FAR = 1 << 32
_GOLDEN_ROWS = (65_000, 66_000)
_SPARE_BYTES = 2 << 20
"""What interpreters and libraries keep for themselves; a generator that keeps all it makes is beyond it at once."""
_KEPT_BLOCKS = 10
_FAR_BLOCK = 50
_CLOCK_READERS = {
    ("time", "time"), ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"), ("time", "ctime"),
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
}  # fmt: skip


def no_rows_no_values(subject: ColumnSubject) -> Broken | None:
    """A block without rows gives an array without values, of the type that was told."""
    use = subject.use(Setting(rows=0))
    made, told = use.of_no_rows(), use.part.yields(use.scope())
    wanted = pa.string() if plain(told) == pa.uuid() else plain(told)
    if len(made):
        return Broken(f"{len(made):,} values", "none for no rows")
    return None if plain(made.type) == wanted else Broken(f"an empty array of type {made.type}", f"{told}")


def far_rows_cost_no_more(subject: ColumnSubject) -> Broken | None:
    """A block far down takes no more memory than the first: nothing before it has to be made."""
    if not subject.is_numbered:
        return None
    use = subject.use(Setting(rows=(_FAR_BLOCK + 1) * BLOCK_ROWS))
    use.generated(0, BLOCK_ROWS)
    near = _peak_bytes(lambda: use.generated(0, BLOCK_ROWS))
    far = _peak_bytes(lambda: use.generated(_FAR_BLOCK * BLOCK_ROWS, (_FAR_BLOCK + 1) * BLOCK_ROWS))
    if far <= 2 * near + _SPARE_BYTES:
        return None
    return Broken(f"{far >> 20} MiB for the rows of block {_FAR_BLOCK}", f"about the {near >> 20} MiB of block 0")


def memory_is_given_back(subject: ColumnSubject) -> Broken | None:
    """Block after block may be made in bounded memory: what was made is not kept."""
    if not subject.is_numbered:
        return None
    use = subject.use(Setting(rows=(_KEPT_BLOCKS + 1) * BLOCK_ROWS))
    use.values(0, BLOCK_ROWS)
    with _traced():
        before = _held_bytes()
        for block in range(1, _KEPT_BLOCKS + 1):
            use.values(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS)
        kept = _held_bytes() - before
    if kept <= _SPARE_BYTES:
        return None
    return Broken(f"{kept >> 20} MiB more after {_KEPT_BLOCKS} blocks", "memory that does not grow with the rows")


def rows_above_32_bits(subject: ColumnSubject) -> Broken | None:
    """Row numbers above 2^32 work, slice alike, and do not begin anew."""
    if not subject.is_numbered:
        return None
    setting = Setting(rows=2 * _FAR)
    across = subject.use(setting).values(_FAR - 500, _FAR + 500)
    broken = first_difference(subject.use(setting).values(_FAR, _FAR + 500), across.slice(500), _FAR)
    if broken:
        return broken
    first, second = (subject.use(setting).values(start, start + 500) for start in (0, BLOCK_ROWS))
    if first.equals(across.slice(500)) and not first.equals(second):
        return Broken("the values of row 0 again from row 2^32 on", "values of their own")
    return None


def no_global_randomness(subject: ColumnSubject) -> Broken | None:
    """The generators that all of Python and NumPy share are left as they were found."""
    use = subject.use()
    with _known_states() as known:
        use.values(0, 1000)
        for name, state in _states().items():
            if state != known[name]:
                return Broken(f"the global generator of {name} moved", "draws by address alone")
    return None


def no_clock(subject: ColumnSubject) -> Broken | None:
    """No value hangs on when it is made: the clock of the machine is not read."""
    subject.use().values(0, 1000)  # what is imported on the way is not the generator's doing
    read: list[str] = []

    def listen(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and (_owner(called), called.__name__) in _CLOCK_READERS:
            read.append(f"{_owner(called)}.{called.__name__} in {frame.f_code.co_filename.rpartition('/')[2]}")

    use = subject.use()
    previous = sys.getprofile()
    sys.setprofile(listen)
    try:
        use.values(0, 1000)
    finally:
        sys.setprofile(previous)
    return Broken(read[0], "the scenario's own clock, `rows.window`") if read else None


def keeps_its_values(subject: ColumnSubject) -> Broken | None:
    """The values are those of the golden digest: a change of values needs a new engine number."""
    golden = subject.sample.golden
    digest = value_digest(subject)
    return None if golden is None or digest == golden else Broken(f"the digest {digest}", golden)


def value_digest(subject: ColumnSubject) -> str:
    """The digest of 1,000 values around a block's boundary, for `golden`; floats count with 6 digits, since their
    last bits are the processor's."""
    first, last = _GOLDEN_ROWS
    values = [_rounded(value) for value in subject.whole.slice(first, last - first).to_pylist()]
    return hashlib.blake2b(repr(values).encode(), digest_size=8).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return str(value)


def _owner(called: Any) -> str:
    """The module or class that a built-in function belongs to, without the package before it."""
    owner = getattr(called, "__self__", None)
    return str(getattr(owner, "__name__", "")).rpartition(".")[2]


def _states() -> dict[str, Any]:
    return {"random": random.getstate(), "numpy.random": repr(np.random.get_state(legacy=False))}


@contextmanager
def _known_states() -> Iterator[dict[str, Any]]:
    """The shared generators in a state that nobody who seeds them anew would hit upon, and then as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    random.seed("sandbox.checks")
    np.random.seed(0x5A4DB0C5)
    try:
        yield _states()
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


@contextmanager
def _traced() -> Iterator[None]:
    was_tracing = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        yield
    finally:
        if not was_tracing:
            tracemalloc.stop()


def _peak_bytes(work: Callable[[], Any]) -> int:
    """The most that Python and NumPy hold while they work; Arrow's arrays mostly wrap theirs."""
    with _traced():
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        work()
        return tracemalloc.get_traced_memory()[1] - before


def _held_bytes() -> int:
    return int(tracemalloc.get_traced_memory()[0] + pa.total_allocated_bytes())


CHECKS = (
    no_rows_no_values,
    far_rows_cost_no_more,
    memory_is_given_back,
    rows_above_32_bits,
    no_global_randomness,
    no_clock,
    keeps_its_values,
)
