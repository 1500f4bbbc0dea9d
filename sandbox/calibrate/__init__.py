"""The scenario as the real data has it: what can be said of them is fitted and spliced into the user's own text."""

from sandbox.calibrate.calibrate import calibrate
from sandbox.calibrate.fitted import Calibration, Change, Evidence, Fitted, Fitter

__all__ = ["Calibration", "Change", "Evidence", "Fitted", "Fitter", "calibrate"]
