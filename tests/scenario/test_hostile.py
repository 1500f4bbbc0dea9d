"""Every file of `hostile/` says at its top, as `# expect:` lines, all that the loader must tell of it.

Further lines at the top say how it is run: `# target:`, `# scale:`, `# set:`, `# environment: NAME=value`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.errors import InputError
from sandbox.scenario.loader import Options, load

HOSTILE = Path(__file__).parent / "hostile"
FILES = sorted(HOSTILE.glob("*.yaml"))
MOST_SECONDS = 1.0
MOST_BYTES = 300 * 2**20

GOOD = """
sandbox: 1
name: good
clock: {start: 2026-01-01}
datasets:
  t: {rows: 1, static: true, columns: {a: {pattern: "[a-z]{3}"}, b: {sql: upper(a)}, c: {fake: name}}}
"""


@pytest.fixture(scope="session", autouse=True)
def everything_imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Judging is timed, not the first import of DuckDB, sqlglot and Faker."""
    path = tmp_path_factory.mktemp("good") / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    load(path)


def headers(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_bytes().decode("utf-8", errors="replace").splitlines():
        if not line.startswith("# "):
            return
        key, _, value = line[2:].partition(": ")
        yield key, value


def said_of(path: Path) -> list[str]:
    """What the loader tells, with places as the file's own comments write them."""
    lines = list(headers(path))
    options = Options(
        target=next((value for key, value in lines if key == "target"), None),
        scale=float(next((value for key, value in lines if key == "scale"), 1.0)),
        settings=tuple(value for key, value in lines if key == "set"),
    )
    environment = dict(value.split("=", 1) for key, value in lines if key == "environment")
    with pytest.raises(InputError) as caught:
        load(path, options, environment)
    told = [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]
    return [line.removeprefix(f"{path.name}:").strip() for line in told]


def peak_bytes() -> int:
    """The most memory this process has held since it was last reset; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def reset_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pytest.skip("this system does not let a process reset the peak of its memory")


def test_there_are_enough_of_them():
    assert len(FILES) >= 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_hostile_file_is_told_in_full(path):
    started = time.process_time()
    assert said_of(path) == [value for key, value in headers(path) if key == "expect"]
    assert time.process_time() - started < MOST_SECONDS


def test_hostile_files_take_little_memory():
    for path in FILES:
        reset_peak()
        before = peak_bytes()
        said_of(path)
        assert peak_bytes() - before < MOST_BYTES, path.name


MOULD = "sandbox: 1\nname: large\nclock: {{start: 2026-01-01}}\ndatasets:\n  t:\n    rows: 10\n    static: true\n{0}"
LARGE = {
    "unknown keys": MOULD.format("".join(f"    k{n}: 1\n" for n in range(5_000)) + "    columns: {a: {serial: 1}}\n"),
    "a long key": MOULD.format(f"    {'k' * 900}: 1\n    columns: {{a: {{serial: 1}}}}\n"),
    "many values": MOULD.format(f"    columns: {{a: {{choice: [{', '.join(f'x{n}' for n in range(50_000))}, x0]}}}}\n"),
    "a long text": MOULD.format(f"    about: {'x' * 2_000_000}\n    columns: {{a: {{serial: 1}}}}\n"),
    "a file of 8 MiB": MOULD.format("# \n" * 3_000_000),
    "a circle of a thousand": MOULD.format(
        "    columns:\n"
        + "".join(f"      c{n}: {{given: c{(n + 1) % 1000}, choice: {{else: [x]}}}}\n" for n in range(1000))
    ),
    "SQL of a hundred thousand characters": MOULD.format(f'    columns: {{a: {{sql: "{"1 + " * 24_000}1"}}}}\n'),
    "SQL of deep nots": MOULD.format(f'    columns: {{a: {{sql: "{"not " * 2_400}true"}}}}\n'),
    "a correlation of thousands": MOULD.format(
        f"    correlate: [{{columns: [{', '.join(f'c{n}' for n in range(3_000))}], rho: 0.1}}]\n"
        "    columns: {a: {serial: 1}}\n"
    ),
    "braces": MOULD.format("    columns: " + "{a: " * 20_000),
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
def test_a_large_file_is_refused_soon(text, tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text(text, encoding="utf-8")
    reset_peak()
    before, started = peak_bytes(), time.process_time()
    with pytest.raises(InputError) as caught:
        load(path)
    assert time.process_time() - started < 3 * MOST_SECONDS
    assert peak_bytes() - before < MOST_BYTES
    assert all(len(str(problem)) < 2_000 for problem in caught.value.problems)
