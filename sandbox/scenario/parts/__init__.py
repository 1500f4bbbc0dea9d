"""What the language asks of a part: the base of a column generator, a source and a sink.

The classes here are what a plugin author subclasses. They hold configuration and answer the validator's
questions; the work is done by methods that the rooms above call with their own context.
"""

from sandbox.scenario.parts.columns import ColumnPart, Drawing, Rows, Scope, Table
from sandbox.scenario.parts.sinks import SinkPart, Writer
from sandbox.scenario.parts.sources import Following, RawSource, Share, Source, SourcePart, Unread

__all__ = [
    "ColumnPart",
    "Drawing",
    "Following",
    "RawSource",
    "Rows",
    "Scope",
    "Share",
    "SinkPart",
    "Source",
    "SourcePart",
    "Table",
    "Unread",
    "Writer",
]
