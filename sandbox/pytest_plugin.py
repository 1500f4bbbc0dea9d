"""The pytest plugin: `sandbox_scenario`, `sandbox_tables` and `@pytest.mark.sandbox`.

It is loaded in every project of an environment that sandbox is installed in; so nothing is imported before a test asks
for tables.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from sandbox.fixtures.tables import Tables

_MARK = (
    "sandbox(path, scale=1.0, set={}, seed=None, digests=None): the scenario that `sandbox_tables` holds, and that "
    '`sandbox_scenario()` makes; seed="test" takes the seed from the test\'s name'
)
_OPTIONS = ("scale", "set", "seed", "digests")
SEED_OF_TEST = "test"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one option."""
    parser.getgroup("sandbox").addoption(
        "--sandbox-update", action="store_true", help="Write the files of `digests=` anew instead of comparing."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARK)


@pytest.fixture
def sandbox_scenario(request: pytest.FixtureRequest) -> Callable[..., Tables]:
    """Make tables: `sandbox_scenario("shop.yaml", scale=0.1, set={"clock.days": 7})`; without a path, the marker's.

    A relative path is looked for beside the test file, then below pytest's root. Options are those of the marker.
    """
    marked = _marked(request.node)

    def tables(path: str | Path | None = None, **options: Any) -> Tables:
        __tracebackhide__ = True
        if path is None:
            path, options = marked.get("path"), {**marked, **options}
        options.pop("path", None)
        return _tables(request, path, options)

    return tables


@pytest.fixture
def sandbox_tables(sandbox_scenario: Callable[..., Tables]) -> Tables:
    """The tables of the scenario that the test is marked with."""
    return sandbox_scenario()


def _marked(node: pytest.Item) -> dict[str, Any]:
    """What the markers say together, the nearest to the test going over those of its class and module."""
    found: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("sandbox"))):
        if len(mark.args) > 1:
            _fail(f"@pytest.mark.sandbox takes one path; {', '.join(_OPTIONS)} are given by name.")
        found |= {**({"path": mark.args[0]} if mark.args else {}), **mark.kwargs}
    return found


def _tables(request: pytest.FixtureRequest, path: str | Path | None, options: dict[str, Any]) -> Tables:
    __tracebackhide__ = True
    with _as_written(), _told():
        from sandbox.fixtures.making import Request, kept_tables, tables_of
        from sandbox.fixtures.store import Store, default_folder

        _judge(path, options)
        seed = options.get("seed")
        asked = Request(
            _found(request, str(path)),
            float(options.get("scale", 1.0)),
            _settings(options.get("set") or ()),
            _seed(request.node.nodeid) if seed == SEED_OF_TEST else seed,
        )
        kept = kept_tables(asked, Store(default_folder()))
        if digests := options.get("digests"):
            _hold(request, _short(request.path.parent / digests), asked.file, kept)
        return tables_of(asked, kept)


def _judge(path: object, options: Mapping[str, Any]) -> None:
    from sandbox.errors import did_you_mean

    if path is None:
        _fail(
            "which scenario? Mark the test: @pytest.mark.sandbox('shop.yaml'), or call sandbox_scenario('shop.yaml')."
        )
    if not isinstance(path, (str, Path)):
        _fail(f"the path of a scenario must be a text or a pathlib.Path, got {path!r}.")
    for name in options:
        if name not in _OPTIONS:
            _fail(f"unknown option '{name}'.{did_you_mean(name, _OPTIONS)}")
    scale, seed = options.get("scale", 1.0), options.get("seed")
    if isinstance(scale, bool) or not isinstance(scale, (int, float)):
        _fail(f"scale: got {scale!r}, must be a number above 0.")
    if seed is not None and seed != SEED_OF_TEST and (isinstance(seed, bool) or not isinstance(seed, int)):
        _fail(f"seed: got {seed!r}, must be a whole number, or '{SEED_OF_TEST}' for one that follows from the test.")
    if not isinstance(options.get("digests") or "", (str, Path)):
        _fail(f"digests: got {options['digests']!r}, must name a file beside the test, such as 'shop.digests.json'.")
    settings = options.get("set") or ()
    if isinstance(settings, str) or not isinstance(settings, (Mapping, Sequence)):
        _fail(f"set: got {settings!r}, must be a mapping such as {{'clock.days': 7}}.")


def _settings(given: Mapping[str, Any] | Sequence[str]) -> tuple[str, ...]:
    """As `--set` has them."""
    if isinstance(given, Mapping):
        return tuple(f"{key}={json.dumps(value, default=str)}" for key, value in given.items())
    return tuple(given)


def _seed(test: str) -> int:
    """A seed of a test's own: it follows from the qualified name (with its parameters) alone."""
    from hashlib import blake2b

    return int.from_bytes(blake2b(test.encode(), digest_size=4).digest(), "big")


def _found(request: pytest.FixtureRequest, path: str) -> Path:
    """The scenario file: beside the test, or below pytest's root; where it is in neither place, as beside the test."""
    places = [folder / path for folder in (request.path.parent, request.config.rootpath)]
    there = next((place for place in places if place.is_file()), None)
    if there is None and not Path(path).is_absolute() and places[0].parent != places[1].parent:
        _fail(f"{path}: no such file beside the test ({_short(places[0])}), nor below pytest's root ({places[1]}).")
    return _short(there or places[0])


def _short(path: Path) -> Path:
    """Relative to where pytest was started, if it is below, as pytest itself names files."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        return path


def _hold(request: pytest.FixtureRequest, digests: Path, scenario: Path, kept: Any) -> None:
    from sandbox.fixtures.digests import moved, write_digests

    if request.config.getoption("--sandbox-update"):
        write_digests(digests, kept)
        return
    if lines := moved(digests, kept):
        said = "\n".join(f"  {line}" for line in lines)
        _fail(
            f"{digests}: the data of {scenario} have moved.\n{said}\n"
            "If that is meant, `pytest --sandbox-update` writes the file anew."
        )


class _AsWritten:
    """Finds the modules of sandbox before pytest does."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        return PathFinder.find_spec(name, path) if name.startswith("sandbox.") else None


@contextmanager
def _as_written() -> Iterator[None]:
    """Import sandbox as it is compiled already.

    pytest rewrites the asserts of every distribution that brings a plugin, which would compile each of our modules
    anew: about a second, the first time.
    """
    finder = _AsWritten()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a scenario is told in words, without a traceback of ours."""
    from sandbox.errors import Interrupted, SandboxError

    try:
        yield
    except Interrupted:
        raise KeyboardInterrupt from None
    except SandboxError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    raise pytest.fail.Exception(f"sandbox: {message}", pytrace=False) from None
