"""The array form of each operator and function that has one, by the name of its node in sqlglot's tree."""

from sandbox.world.arrays.logic_forms import OF_LOGIC
from sandbox.world.arrays.number_forms import OF_NUMBERS
from sandbox.world.arrays.time_forms import OF_TIME

RULES = {**OF_NUMBERS, **OF_LOGIC, **OF_TIME}
