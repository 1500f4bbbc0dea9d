"""Say in plain words where a text stops being YAML, and what to write instead."""

from __future__ import annotations

import yaml

from sandbox.errors import Place, Problem

_MISALIGNED = "a line here is indented unlike its neighbours, lacks ': ', or follows text whose quotes have ended."
# Beginnings of libyaml's messages and of PyYAML's own where they differ, with what they mean to an author.
_MEANINGS = (
    ("found a tab character", "a tab indents this line; indent with spaces."),
    (
        "mapping values are not allowed",
        "a second ': ' in one line, or a line indented further than the one above; put text that holds ': ' in quotes.",
    ),
    ("found unknown escape character", "unknown escape in double quotes; use 'single quotes', or write \\\\ for \\."),
    ("found invalid Unicode character escape", "this escape is no character."),
    ("block sequence entries are not allowed", "a list item '- ' may not stand here; begin it on a line of its own."),
    ("could not find expected ':'", _MISALIGNED),
    ("did not find expected key", _MISALIGNED),
    ("expected <block end>", _MISALIGNED),
    ("did not find expected '-' indicator", "a key among list items, or a list item that is indented otherwise."),
    ("did not find expected node content", "a value is missing here."),
    ("expected the node content", "a value is missing here."),
    ("did not find expected comment or line break", "after | or > the text begins on the next line."),
    ("found unknown directive", "lines that start with % are not part of a scenario."),
    ("found incompatible YAML document", "only YAML 1.1 and 1.2 are read."),
    ("found duplicate", "lines that start with % are not part of a scenario."),
)


def syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """The problem that a YAML error stands for, at the place an author has to look at."""
    said = error.problem or error.context or "not YAML"
    opening, spot = _place(error.context_mark, file), _place(error.problem_mark or error.context_mark, file)
    if "unexpected end of stream" in said and opening is not None:
        return Problem("the quote that opens here is never closed.", "", opening)
    if said.startswith(("did not find expected ',' or", "expected ',' or")):
        opened = f" that opens at {opening}" if opening is not None else ""
        kind = "list [" if "']'" in said else "map {"
        mend = "put text that holds { } [ ] or a comma in quotes"
        return Problem(f"the {kind}{opened} lacks a comma or its end here; {mend}.", "", spot)
    if said.startswith(("found character", "while scanning for the next token")):
        return Problem(_bad_start(error.problem_mark, text), "", spot)
    for beginning, meaning in _MEANINGS:
        if said.startswith(beginning):
            return Problem(meaning, "", spot)
    return Problem(f"not YAML: {said}.", "", spot)


def too_deep_to_scan(error: yaml.MarkedYAMLError) -> bool:
    """Whether libyaml gave up because of nesting, which it does from PyYAML 6.0.4 on, at a thousand levels.

    It scans ahead of what it hands out, so it may fail before the depth that a scenario is refused for was seen. The
    text up to the mark is shallow enough to be handed out, and deep enough to be refused at the right place.
    """
    return "maximum nesting depth" in (error.problem or "")


def _bad_start(mark: yaml.Mark | None, text: str) -> str:
    character = text[mark.index : mark.index + 1] if mark is not None else ""
    if character == "\t":
        return "a tab indents this line; indent with spaces."
    return f"a value cannot start with {character or 'this'}; put it in quotes."


def _place(mark: yaml.Mark | None, file: str) -> Place | None:
    return None if mark is None else Place(file, mark.line + 1, mark.column + 1)
