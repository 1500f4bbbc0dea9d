"""The language: what a scenario file may say. Every key of a scenario is a field here or in a part's configuration.

The models hold what was written, with units read (durations in seconds). What it means together (references,
cycles, expressions, capacities) is judged in `binding`; nothing here knows another dataset.
"""

from sandbox.scenario.language.change import Change
from sandbox.scenario.language.column import Check, Column, ColumnOptions, Nested, read_generator
from sandbox.scenario.language.dataset import Correlation, Dataset
from sandbox.scenario.language.delivery import Delivery, Outage, Stage
from sandbox.scenario.language.experiment import Experiment
from sandbox.scenario.language.life import Hazard, Leave, Returns, SignUps, Transition
from sandbox.scenario.language.model import Label, Model
from sandbox.scenario.language.scenario import Clock, Scenario
from sandbox.scenario.language.shelves import Policy, Retrain, Shelves
from sandbox.scenario.language.stream import Choosing, Journey, Pick, Shelf, State, Taste, Visits
from sandbox.scenario.language.target import Binding, Parse
from sandbox.scenario.language.terms import Duration, Moment, Name, Rate

__all__ = [
    "Binding",
    "Change",
    "Check",
    "Choosing",
    "Clock",
    "Column",
    "ColumnOptions",
    "Correlation",
    "Dataset",
    "Delivery",
    "Duration",
    "Experiment",
    "Hazard",
    "Journey",
    "Label",
    "Leave",
    "Model",
    "Moment",
    "Name",
    "Nested",
    "Outage",
    "Parse",
    "Pick",
    "Policy",
    "Rate",
    "Retrain",
    "Returns",
    "Scenario",
    "Shelf",
    "Shelves",
    "SignUps",
    "Stage",
    "State",
    "Taste",
    "Transition",
    "Visits",
    "read_generator",
]
