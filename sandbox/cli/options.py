"""The options that mean the same in every verb."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a verb prints what it has to say."""

    TEXT = "text"
    JSON = "json"


ScenarioFile = Annotated[Path, typer.Argument(metavar="SCENARIO", help="The scenario file.", show_default=False)]
Target = Annotated[
    str | None,
    typer.Option("--target", help="Where datasets come from: a target of the scenario; the dummy without it.", show_default=False),
]
Seed = Annotated[int | None, typer.Option("--seed", help="Another seed than the scenario's.", show_default=False)]
Scale = Annotated[float, typer.Option("--scale", help="Multiply the rows of every entity.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value: datasets.customers.rows=1000. May be repeated."),
]
Allow = Annotated[
    list[Path] | None, typer.Option("--allow", metavar="FOLDER", help="A further folder that `include:` may read from.")
]
Out = Annotated[Path, typer.Option("--out", help="Where to write.")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Processes that share the work; 0: one a core.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary; errors still show.")]
Output = Annotated[Format, typer.Option("--format", help="How to print.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
ShowPii = Annotated[bool, typer.Option("--show-pii", help="Show personal data in what is printed or reported.")]
