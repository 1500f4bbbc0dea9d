"""The options that mean the same in every verb, and the scenario that they ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sandbox.api import Scenario

Verb = TypeVar("Verb", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path)


class Duration(click.ParamType[float]):
    """A length of time as scenarios write it, such as `90s` or `5min`; in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        from sandbox.scenario.quantities import duration

        if isinstance(value, float):
            return value
        try:
            return duration(value).total_seconds()
        except ValueError as error:
            self.fail(str(error), param, ctx)


class OutputFile(click.Path):
    """A file to write, judged before the work: no hour is to end with nowhere to put its page."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path, whose folder is there or can be made."""
        if not str(value):
            self.fail("is empty; name a file.", param, ctx)
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if path.exists() and not path.is_file():  # a device or a pipe is written into where it is
            return path
        above = Path(os.path.realpath(path)).parent
        while not above.exists():
            above = above.parent
        if not above.is_dir():
            self.fail(f"'{path}' cannot be written: {above} is no folder.", param, ctx)
        if not os.access(above, os.W_OK | os.X_OK):
            self.fail(f"'{path}' cannot be written: the folder {above} may not be written into.", param, ctx)
        return path


@dataclass(frozen=True, slots=True)
class Asked:
    """The scenario that a user asks for, not yet read."""

    file: Path
    target: str | None
    seed: int | None
    scale: float
    settings: Sequence[str]
    allow: Sequence[Path]

    def load(self) -> Scenario:
        """Read and judge it. Raises InputError with everything that is wrong."""
        from sandbox.lean import leave_pandas_out

        leave_pandas_out()
        from sandbox.api import load

        return load(
            self.file, target=self.target, seed=self.seed, scale=self.scale, set=self.settings, allow=self.allow
        )


def takes_scenario(verb: Callable[..., None]) -> Callable[..., None]:
    """Add the argument SCENARIO and the options that change it; the verb gets them as one `Asked`."""

    @wraps(verb)
    def with_asked(
        file: Path,
        target: str | None,
        seed: int | None,
        scale: float,
        settings: Sequence[str],
        allow: Sequence[Path],
        **rest: Any,
    ) -> None:
        verb(Asked(file, target, seed, scale, settings, allow), **rest)

    return _all(
        with_asked,
        click.argument("file", metavar="SCENARIO", type=_FILE),
        click.option("--target", metavar="NAME", help="Take datasets from this target; the dummy without it."),
        click.option("--seed", type=int, metavar="NUMBER", help="Another seed than the scenario's."),
        click.option("--scale", type=float, default=1.0, metavar="FACTOR", help="Multiply the rows of every entity."),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="PATH=VALUE",
            help="Change a value, as in datasets.customers.rows=1000; may be repeated.",
        ),
        click.option(
            "--allow",
            multiple=True,
            type=_FILE,
            metavar="FOLDER",
            help="A further folder that `include:` may read from; may be repeated.",
        ),
    )


_quiet = click.option("--quiet", "-q", is_flag=True, help="Say only what was asked for: no progress, no summary.")
_debug = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")


def speaks(verb: Verb) -> Verb:
    """Add `--quiet`, `--format` and `--debug`; the verb gets `quiet` and `as_json`."""
    return _all(
        verb,
        _quiet,
        click.option(
            "--format",
            "as_json",
            type=click.Choice(["text", "json"]),
            default="text",
            callback=lambda context, option, value: value == "json",
            help="Speak to people, or to programs; errors too.  [default: text]",
        ),
        _debug,
    )


def listens(port: int) -> Callable[[Verb], Verb]:
    """Add `--host` and `--port` to a verb that serves, by itself at this port."""

    def with_address(verb: Verb) -> Verb:
        return _all(
            verb,
            click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Where to listen.", show_default=True),
            click.option(
                "--port",
                type=click.IntRange(0, 65_535),
                default=port,
                metavar="NUMBER",
                help="0: a free one.",
                show_default=True,
            ),
        )

    return with_address


def needs_a_server() -> None:
    """Whoever serves needs libraries of an extra: told before any work. Raises InputError."""
    from sandbox.registry import from_extra

    for library in ("orjson", "starlette", "uvicorn"):
        from_extra(library, "serve")


def judges(verb: Verb) -> Verb:
    """Add the same to a verb that judges something; it gets `quiet` and `speech`, which CI may ask for too."""
    return _all(
        verb,
        _quiet,
        click.option(
            "--format",
            "speech",
            type=click.Choice(["text", "json", "github", "junit"]),
            default="text",
            help="Speak to people, to programs, as annotations of a GitHub workflow, or as JUnit's XML; errors too."
            "  [default: text]",
        ),
        _debug,
    )


runs_folder = click.option(
    "--out", type=_FILE, default=Path("data"), metavar="FOLDER", help="Where the runs lie.", show_default=True
)
unreleased = click.option(
    "--unreleased", is_flag=True, help="Take a run that may not be released, or none: a rehearsal, said aloud."
)
patience = click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=60.0,
    metavar="SECONDS",
    help="How long a sink that does not answer is tried again.",
    show_default=True,
)
workers = click.option(
    "--workers", type=click.IntRange(min=0), default=0, metavar="NUMBER", help="How many work at once; 0: one a core."
)
show_pii = click.option("--show-pii", is_flag=True, help="Show personal data instead of masking it.")


def _all(verb: Verb, *decorators: Callable[[Verb], Verb]) -> Verb:
    """Decorate so that `--help` lists the options in the order given."""
    for decorator in reversed(decorators):
        verb = decorator(verb)
    return verb
