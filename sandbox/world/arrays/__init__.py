"""Journey expressions as arrays: the SQL of a scenario where a query for each step would be too slow."""

from sandbox.world.arrays.expression import ArrayExpression, array_expression
from sandbox.world.arrays.operand import Operand, arrow_of, operand_of

__all__ = ["ArrayExpression", "Operand", "array_expression", "arrow_of", "operand_of"]
