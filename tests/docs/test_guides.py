"""Every block of the guides and of the README is carried out, in order, and says what the page says it says.

```yaml, ```sql, ```csv    a file: the first line is `# file: NAME`, or `# file: NAME, at the end` to add to it
```json                    a file too, with `// file: NAME` above it
```console                 `$ command` lines, each with what it prints; `# exit 2` behind a command is its exit code
```python                  is executed, or a file as above; a ```text block right below it is what it prints
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.cli import main

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "real" / "online_retail"
GUIDES = [
    ROOT / "README.md",
    *sorted(path for path in (ROOT / "sandbox/docs").glob("*.md") if path.stem != "reference"),
]
FILE_KINDS = ("yaml", "sql", "csv", "json")
RUN_KINDS = (*FILE_KINDS, "console", "python", "text")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(r"(?<![\d.])[+-]?\d+\.\d{3}(?!\d)|…")
LEAVE_OUT = (
    "-p",
    "no:cacheprovider",
    "-p",
    "no:unraisableexception",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
FIGURES_DIFFER = 0.05
"""Figures of models have three decimals; another release of scikit-learn may move them by this much."""


@dataclass(frozen=True)
class Block:
    guide: Path
    line: int
    kind: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.guide.name}:{self.line}"

    @property
    def needs_real_data(self) -> bool:
        return "ONLINE_RETAIL=" in self.text


def blocks(guide: Path) -> list[Block]:
    page = guide.read_text(encoding="utf-8")
    return [Block(guide, page.count("\n", 0, found.start()) + 1, found[1], found[2]) for found in FENCE.finditer(page)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What somebody has who cloned the project: the scenarios, and a place to write."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ONLINE_RETAIL", raising=False)
    monkeypatch.setenv("SANDBOX_CACHE", str(tmp_path / "kept"))
    # Reruns in processes of their own are held to in tests/runs; here each would load everything anew.
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    return tmp_path


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_page_does_what_it_says(guide: Path, folder: Path, request: pytest.FixtureRequest) -> None:
    if any("kinesis://" in block.text for block in blocks(guide)):
        request.getfixturevalue("aws")
    carry_out([block for block in blocks(guide) if not block.needs_real_data])


@pytest.mark.skipif(not REAL.is_dir(), reason="there is no ../shared/real/online_retail")
def test_what_needs_the_real_log_does_what_it_says(folder: Path) -> None:
    (folder / "online_retail").symlink_to(REAL)
    real = [block for guide in GUIDES if guide.stem != "README" for block in blocks(guide) if block.needs_real_data]
    assert real
    carry_out(real)


def test_every_block_of_a_guide_is_run() -> None:
    for guide in GUIDES[1:]:
        for block in blocks(guide):
            assert block.kind in RUN_KINDS, f"{block.where}: a block of kind '{block.kind}' would not be run"


def test_every_link_and_picture_is_there() -> None:
    for guide in GUIDES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", guide.read_text(encoding="utf-8")):
            assert (guide.parent / target).exists(), f"{guide.name} links to {target}"


def carry_out(page: list[Block]) -> None:
    names: dict[str, object] = {"__name__": "guide"}
    printed = ""
    for block in page:
        if block.kind in FILE_KINDS or block.text.startswith("# file: "):
            write_file(block)
        elif block.kind == "console":
            for command, expected in commands(block):
                run(block, command, expected)
        elif block.kind == "python":
            with said() as output:
                exec(compile(block.text, block.where, "exec"), names)
            printed = output.getvalue()
        elif block.kind == "text":
            expect(block, "the Python above", block.text, printed)


def write_file(block: Block) -> None:
    first, _, rest = block.text.partition("\n")
    found = re.fullmatch(r"(?:#|--|//) file: (\S+?)(, at the end)?", first)
    assert found, f"{block.where}: the first line does not say `# file: NAME`"
    path = Path(found[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a" if found[2] else "w", encoding="utf-8") as file:
        file.write(rest)


def commands(block: Block) -> list[tuple[str, str]]:
    """Each command of a console block, with what it should print."""
    assert block.text.startswith("$ "), f"{block.where}: a console block begins with `$ `"
    parts = [part.partition("\n") for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]]
    return [(command, expected) for command, _, expected in parts]


def run(block: Block, line: str, expected: str) -> None:
    command, _, exit_code = line.partition("  # exit ")
    words = shlex.split(command)
    with pytest.MonkeyPatch.context() as environment:
        while "=" in words[0]:
            environment.setenv(*words.pop(0).split("=", 1))
        ended, output = carried_out(words, command)
    assert ended == int(exit_code or 0), f"{block.where}: `{command}` ended with {ended}:\n{output}"
    if expected:
        expect(block, f"`{command}`", expected, output)


def carried_out(words: list[str], command: str) -> tuple[int, str]:
    """How a command ended, and what it printed: in a shell only where this process has not loaded what it needs."""
    if words[0] == "sandbox":
        return in_process(words[1:])
    if words[:3] == ["python", "-m", "pytest"]:
        return by_pytest(words[3:])
    return in_a_shell(command)


def by_pytest(arguments: list[str]) -> tuple[int, str]:
    """The tests of a page; afterwards none of its modules are left, nor the places where these were found.

    Garbage is not collected at the end of each, which takes a second in a process as large as this one; and that the
    plugins are loaded already is nothing to warn of.
    """
    loaded, paths, finders = set(sys.modules), sys.path[:], sys.meta_path[:]
    sys.path.insert(0, str(Path.cwd()))
    try:
        with said() as output:
            ended = pytest.main([*LEAVE_OUT, *arguments])
    finally:
        sys.path[:], sys.meta_path[:] = paths, finders
        for name in set(sys.modules) - loaded:
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(Path.cwd())):
                del sys.modules[name]
    return int(ended), output.getvalue()


def in_process(arguments: list[str]) -> tuple[int, str]:
    """The command line without a new process: scikit-learn is loaded once, not once a command."""
    with said() as output, pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0), output.getvalue()


def in_a_shell(command: str) -> tuple[int, str]:
    found = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    here = {**os.environ, "PATH": found}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=here, check=False)
    return done.returncode, done.stdout + done.stderr


@contextlib.contextmanager
def said() -> Iterator[io.StringIO]:
    """What is printed, to either stream."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        yield output


def expect(block: Block, what: str, expected: str, output: str) -> None:
    wanted, found = tidy(expected), tidy(output)
    assert alike(wanted, found), f"{block.where}: {what} printed\n\n{output}\nand the page says\n\n{expected}"


def tidy(text: str) -> list[str]:
    """Lines without what depends on the width of a column."""
    lines = [re.sub(r"─+", "─", re.sub(r"\s+", " ", line)).strip() for line in text.splitlines()]
    return [line for line in lines if line]


def alike(wanted: list[str], found: list[str]) -> bool:
    """Whether lines are as the page says; a line `…` stands for any lines."""
    if not wanted:
        return not found
    if wanted[0] == "…":
        return any(alike(wanted[1:], found[skipped:]) for skipped in range(len(found) + 1))
    return bool(found) and alike_line(wanted[0], found[0]) and alike(wanted[1:], found[1:])


def alike_line(wanted: str, found: str) -> bool:
    """Whether a line is as the page says; `…` stands for anything, and figures may differ a little."""
    marks = FIGURE.findall(wanted)
    between = [re.escape(part) for part in FIGURE.split(wanted)]
    gaps = [r"(.*)" if mark == "…" else r"([+-]?\d+\.\d{3})" for mark in marks]
    match = re.fullmatch("".join(part for pair in zip(between, [*gaps, ""], strict=True) for part in pair), found)
    if match is None:
        return False
    pairs = zip(marks, match.groups(), strict=True)
    return all(mark == "…" or abs(float(mark) - float(seen)) <= FIGURES_DIFFER for mark, seen in pairs)
