"""The scenario as users hold it: what all of its parts can do, in one object."""

from __future__ import annotations

from sandbox.api.making import Making
from sandbox.api.outlook import Outlook
from sandbox.api.outside import Outside
from sandbox.api.rows import Rows
from sandbox.api.serving import Serving
from sandbox.api.swap_day import SwapDay
from sandbox.api.trying import Trying


class Scenario(Outlook, Rows, Making, Trying, Serving, Outside, SwapDay):
    """A scenario that is right, ready to be made."""
