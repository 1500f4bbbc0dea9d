"""What likely happened to real data that is not as promised: causes in words, each with a mend."""

from sandbox.verify.likely.cause import Cause, Kind, names_only
from sandbox.verify.likely.causes import causes_of

__all__ = ["Cause", "Kind", "causes_of", "names_only"]
