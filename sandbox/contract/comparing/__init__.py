"""Two contracts side by side: does the new one break who wrote or reads by the old one?"""

from sandbox.contract.comparing.compatibility import MODES, Break, breaks

__all__ = ["MODES", "Break", "breaks"]
