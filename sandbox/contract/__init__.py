"""What data must look like: types, contracts, and the check that splits what conforms from what does not."""

from sandbox.contract.arrow_types import type_of
from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.conform import Conform, Conformed
from sandbox.contract.infer import infer_contract
from sandbox.contract.keys import broken_keys
from sandbox.contract.model import Column, Contract, Expectation, ForeignKey
from sandbox.contract.parse import Parse
from sandbox.contract.problems import contract_problems, link_problems
from sandbox.contract.rules import Rule, rules_of
from sandbox.contract.type_text import parse_type
from sandbox.contract.types import Type

__all__ = [
    "Checked",
    "Column",
    "Conform",
    "Conformed",
    "Contract",
    "Expectation",
    "ForeignKey",
    "Parse",
    "RowCheck",
    "Rule",
    "Type",
    "broken_keys",
    "contract_problems",
    "infer_contract",
    "link_problems",
    "parse_type",
    "rules_of",
    "type_of",
]
