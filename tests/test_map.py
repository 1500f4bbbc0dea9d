"""The map in sandbox/README.md tells each file by its docstring; `python tests/test_map.py` redraws it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAP = ROOT / "sandbox" / "README.md"
BEGIN, END = "<!-- the map: redrawn by tests/test_map.py -->", "<!-- end of the map -->"
ROOMS = (
    "__main__.py", "cli", "pytest_plugin.py", "api", "fixtures", "calibrate", "init", "demo", "serve", "board",
    "report", "rehearse", "gap", "runs", "campaign", "experiment", "checks", "fairness", "review", "models", "mart",
    "edges", "behaviour", "catalogue", "reconcile", "verify", "pipe", "replay", "landing", "sources", "sinks",
    "clients", "delivery", "world", "scenario", "contract", "registry.py", "strict.py", "whole.py", "addresses.py",
    "lean.py", "meanings.py", "errors.py",
)  # fmt: skip


def drawn() -> str:
    """The map as the tree has it now, the highest room first."""
    lines: list[str] = []
    for room in ROOMS:
        place = ROOT / "sandbox" / room
        files = (
            [place]
            if place.is_file()
            else sorted(place.rglob("*.py"), key=lambda path: (path.parent, path.name != "__init__.py", path.name))
        )
        for file in files:
            name = file.relative_to(ROOT / "sandbox")
            if name.name == "__init__.py":
                lines += ["", f"**{name.parent}/** {about(file)}", ""]
            else:
                lines.append(f"- `{name}`: {about(file)}")
    return "\n".join(lines).strip()


def about(file: Path) -> str:
    """The first sentence of a module's docstring, in one line."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split())


def split(text: str) -> tuple[str, str, str]:
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    return before, old.strip(), after


def test_the_map_tells_the_truth() -> None:
    assert split(MAP.read_text(encoding="utf-8"))[1] == drawn(), "redraw the map: python tests/test_map.py"


def test_every_room_is_on_the_map() -> None:
    there = {
        path.name for path in (ROOT / "sandbox").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert there - {"__init__.py"} == set(ROOMS)


def test_every_file_says_what_it_is_for() -> None:
    silent = [file for file in (ROOT / "sandbox").rglob("*.py") if not about(file)]
    assert not silent


if __name__ == "__main__":
    before, _, after = split(MAP.read_text(encoding="utf-8"))
    MAP.write_text(f"{before}{BEGIN}\n\n{drawn()}\n\n{END}{after}", encoding="utf-8")
