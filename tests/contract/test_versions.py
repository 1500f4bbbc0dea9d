"""Versions of a contract: which one a row is of, what each version says, and that rows are judged by theirs."""

import datetime
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from sandbox.contract.checks import RowCheck
from sandbox.contract.conform import Conform
from sandbox.contract.envelope import envelope, with_envelope
from sandbox.contract.model import Column, Contract, Expectation
from sandbox.contract.problems import contract_problems
from sandbox.contract.versions import as_of_version, versions_at, versions_of

CONTRACT = Contract(
    dataset="web",
    columns=(
        Column("id", "int64"),
        Column("at", "timestamp"),
        Column("coupon", "string", nullable=True, since=2),
        Column("channel", "string", since=3),
    ),
    primary_key=("id",),
    expectations=(Expectation("fits", "coupon <> channel", ("coupon", "channel")),),
    time="at",
    version=3,
    versions=("2026-02-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"),
)
DAYS = (datetime.date(2026, 1, 31), datetime.date(2026, 2, 1), datetime.date(2026, 2, 28), datetime.date(2026, 3, 1))


def rows(coupon, channel):
    moments = pa.array([datetime.datetime.combine(day, datetime.time(), datetime.UTC) for day in DAYS])
    columns = {"id": range(4), "at": moments, "coupon": coupon, "channel": channel}
    arrays = [pa.array(values, CONTRACT.schema.field(name).type) for name, values in columns.items()]
    return pa.record_batch(arrays, schema=CONTRACT.schema)


def test_a_version_begins_at_its_moment():
    assert contract_problems(CONTRACT) == []
    batch = rows([None] * 4, [None] * 4)
    assert versions_at(CONTRACT, batch.column("at")).tolist() == [1, 2, 2, 3]
    assert versions_of(CONTRACT, batch).tolist() == [1, 2, 2, 3]


def test_each_row_is_judged_by_its_version():
    checked = RowCheck(CONTRACT)(rows(["a", "a", None, "a"], [None, "b", None, None]))
    assert checked.counts == {"coupon.version": 1, "channel.version": 1, "channel.not_null": 1}
    assert checked.accepted.column("id").to_pylist() == [2]


def test_the_version_that_the_envelope_names_counts():
    batch = rows([None] * 4, [None, None, None, "b"])
    named = envelope(np.arange(4, dtype=np.uint64), 0, contract_version=np.array([1, 2, 3, 2], np.int32))
    checked = RowCheck(CONTRACT)(with_envelope(batch, named))
    assert checked.counts == {"channel.version": 1, "channel.not_null": 1}
    assert checked.accepted.column("id").to_pylist() == [0, 1]


def test_a_source_may_lack_what_came_later():
    early = rows([None] * 4, [None] * 4).select(["id", "at"])
    conformed = Conform(CONTRACT)(early)
    assert conformed.batch.schema.names == list(CONTRACT.names)
    assert RowCheck(CONTRACT)(conformed).counts == {"channel.not_null": 1}
    assert [problem.path for problem in Conform(CONTRACT).problems(early.schema.remove(0))] == ["web.id"]


def test_a_version_alone_is_a_contract_of_its_own():
    assert as_of_version(CONTRACT, 1).names == ("id", "at")
    second = as_of_version(CONTRACT, 2)
    assert (second.names, second.version, second.versions) == (("id", "at", "coupon"), 2, ())
    assert second.expectations == ()
    assert contract_problems(second) == []
    assert as_of_version(CONTRACT, 3).expectations == CONTRACT.expectations


def test_versions_survive_being_written():
    assert Contract.from_dict(CONTRACT.to_dict()) == CONTRACT


@pytest.mark.parametrize(
    ("changed", "path", "said"),
    [
        ({"version": 2}, "version", "got 2, and 3 versions are told."),
        ({"versions": CONTRACT.versions[::-1]}, "versions", "must be later and later."),
        ({"versions": ("soon", "later")}, "versions", "must be moments such as 2026-02-01T00:00:00+00:00."),
        ({"version": 1, "versions": ()}, "columns.coupon.since", "there is no version 2."),
        ({"time": "coupon"}, "columns.coupon.since", "a key or a time is there in every version."),
    ],
)
def test_versions_that_make_no_sense_are_told(changed, path, said):
    assert (path, said) in [(each.path, each.message) for each in contract_problems(replace(CONTRACT, **changed))]


def test_a_column_that_came_later_may_have_a_default() -> None:
    later = Column("b", "int64", nullable=True, since=2, default=1)
    contract = Contract("t", (Column("a", "int64"), later), version=2, versions=("2026-01-01T00:00:00+00:00",))
    assert contract_problems(contract) == []
