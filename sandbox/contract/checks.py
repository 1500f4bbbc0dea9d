"""The row by row check: what conforms goes on untouched, what does not is set aside with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.conform import Conform, Conformed, same_layout
from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.contract.predicates import Predicate, predicate_of
from sandbox.contract.readings import Mask
from sandbox.contract.rejected import reasons_of, refuse, rejected_schema
from sandbox.contract.rules import Rule, rules_of
from sandbox.contract.versions import Numbers, versions_of


@dataclass(frozen=True)
class Checked:
    """One batch, split: rows in = rows accepted + rows rejected.

    `accepted` has the contract's columns and types (the very batch that came in, if all is well); `rejected` is
    as `rejected_schema` says; `counts` is how many rows broke each rule, by the rule's name.
    """

    accepted: pa.RecordBatch
    rejected: pa.RecordBatch
    counts: Mapping[str, int] = field(default_factory=dict)
    refused: Mask | None = None
    """Which rows of the batch were rejected, shape (n,), where a check tells it; None: none."""


@dataclass(frozen=True)
class RowCheck:
    """Checks batches against the rules that a row decides by itself; `proven` ones, by name, are not looked at."""

    contract: Contract
    proven: frozenset[str] = frozenset()

    def __call__(self, batch: pa.RecordBatch | Conformed) -> Checked:
        """Split one batch.

        Args:
            batch: what `Conform` made of a source's rows, or a batch in the contract's columns. One whose
                columns have other types or another order is read by the plain rules of `Parse` first.
        Raises:
            InputError: a column is missing.
        """
        conformed = batch if isinstance(batch, Conformed) else self._conformed(batch)
        broken = self._broken(conformed)
        if not broken:
            return Checked(conformed.batch, self._none_rejected)
        refused = np.logical_or.reduce([mask for _, mask in broken])
        rows = np.flatnonzero(refused)
        return Checked(
            accepted=self._settled(conformed.batch.filter(pa.array(~refused))),
            rejected=refuse(self.contract, conformed.raw, rows, reasons_of(broken, rows)),
            counts={name: int(mask.sum()) for name, mask in broken},
            refused=refused,
        )

    def _conformed(self, batch: pa.RecordBatch) -> Conformed:
        names = batch.schema.names
        data = names[:-1] if names and names[-1] == ENVELOPE else names
        fits = tuple(data) == self.contract.names and all(
            same_layout(arrow, column) for arrow, column in zip(batch.schema.types, self.contract.columns, strict=False)
        )
        return Conformed(batch, batch) if fits else Conform(self.contract)(batch)

    def _broken(self, conformed: Conformed) -> list[tuple[str, Mask]]:
        """Each rule that some row breaks, and where, in the order of the rules."""
        broken = []
        versions = versions_of(self.contract, conformed.batch) if self.contract.versions else None
        for rule, predicate in self._predicates:
            if rule.kind == "type":
                mask = conformed.unreadable.get(rule.columns[0])
            elif predicate is None:
                mask = self._too_early(rule.columns[0], conformed, versions)
            else:
                mask = predicate(*[conformed.batch.column(name) for name in rule.columns])
                if mask is not None and rule.columns[0] in conformed.unreadable:
                    # What could not be read is null only for want of a value: that is the reason, not a null.
                    mask = mask & ~conformed.unreadable[rule.columns[0]]
                if mask is not None and versions is not None and rule.kind == "not_null":
                    mask = mask & (versions >= self.contract.column(rule.columns[0]).since)
            if mask is not None and mask.any():
                broken.append((rule.name, mask))
        return broken

    def _too_early(self, name: str, conformed: Conformed, versions: Numbers | None) -> Mask | None:
        """Where a column has a value in a row of a version that does not know it."""
        if versions is None:
            return None
        early = versions < self.contract.column(name).since
        return early & ~np.asarray(conformed.batch.column(name).is_null()) if early.any() else None

    def _settled(self, accepted: pa.RecordBatch) -> pa.RecordBatch:
        """The accepted rows with their enums in the contract's own dictionary, now that strangers are gone."""
        for at, column in enumerate(self.contract.columns):
            array = accepted.column(at)
            if column.parsed.name == "enum" and array.type != column.arrow:
                listed = pa.array(column.values, pa.string())
                codes = pc.index_in(array.dictionary_decode(), listed).cast(column.arrow.index_type)
                accepted = accepted.set_column(at, column.field, pa.DictionaryArray.from_arrays(codes, listed))
        return accepted

    @cached_property
    def _predicates(self) -> tuple[tuple[Rule, Predicate | None], ...]:
        rules = [rule for rule in rules_of(self.contract) if not rule.across and not self._excused(rule)]
        by_hand = ("type", "version")
        return tuple((rule, None if rule.kind in by_hand else predicate_of(rule, self.contract)) for rule in rules)

    def _excused(self, rule: Rule) -> bool:
        # Without these two a wrong proof would let a value land as null; both cost next to nothing to judge.
        is_enum = self.contract.column(rule.columns[0]).parsed.name == "enum"
        return rule.name in self.proven and rule.kind != "type" and not (rule.kind == "values" and is_enum)

    @cached_property
    def _none_rejected(self) -> pa.RecordBatch:
        schema = rejected_schema(self.contract)
        return pa.RecordBatch.from_arrays([pa.array([], arrow) for arrow in schema.types], schema=schema)

    def __reduce__(self) -> tuple[Any, ...]:
        # Compiled kernels do not travel between processes; they are compiled again where the check arrives.
        return RowCheck, (self.contract, self.proven)
