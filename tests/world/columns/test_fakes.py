"""Fakes: seeded by their address, blind to the machine's clock and generators, in any locale."""

from __future__ import annotations

import datetime
import random
import subprocess
import sys

import faker
import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.strict import Findings

DAY_US = 86_400_000_000


def test_texts_come_as_a_dictionary_of_the_pool(part, plain_rows, scope):
    column = part({"fake": {"provider": "name", "pool": 40}})
    values = column.generate(plain_rows(stop=5000))
    assert column.yields(scope()) == pa.string()
    assert values.type == pa.dictionary(pa.int8(), pa.string())
    assert len(values.dictionary) <= 40
    assert len(set(values.to_pylist())) == len(values.dictionary)


def test_other_columns_and_whoever_else_uses_random_change_nothing(part, plain_rows):
    first = part({"fake": {"provider": "ssn", "locale": "es_ES"}}).generate(plain_rows())
    random.seed(7)
    faker.Faker.seed(7)
    before = random.getstate()
    again = part({"fake": {"provider": "ssn", "locale": "es_ES"}}).generate(plain_rows())  # uses the global `random`
    assert again.to_pylist() == first.to_pylist()
    assert random.getstate() == before


def test_the_present_is_the_scenarios_start(part, plain_rows):
    far = 200 * 366 * DAY_US // 2  # about the year 2070
    dates = part({"fake": "future_date"}).generate(plain_rows(window=(far, far + DAY_US))).to_pylist()
    start = datetime.date(1970, 1, 1) + datetime.timedelta(microseconds=far)
    assert start < min(dates)
    assert max(dates) <= start + datetime.timedelta(days=31)
    assert faker.Faker().future_date() < datetime.date(2069, 1, 1), "the clock runs again"


def test_the_zone_of_the_machine_changes_nothing():
    program = (
        "import datetime; from sandbox.addresses import Address; from sandbox.world.columns.faker_pools import invent;"
        "now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC);"
        "names = ('date_time_this_year', 'iso8601');"
        "print([invent(name, {'en_US': 1.0}, {}, Address(('x',)), now, 5) for name in names])"
    )
    command = [sys.executable, "-c", program]
    told = [
        subprocess.run(command, env={"TZ": zone}, capture_output=True, text=True, check=True).stdout
        for zone in ("UTC", "Pacific/Auckland")
    ]
    assert told[0] == told[1]


def test_locales_come_by_their_weights(part, plain_rows):
    shares = {"ja_JP": 3, "en_US": 1}
    values = part({"fake": {"provider": "last_name", "locale": shares, "pool": 400}}).generate(plain_rows(stop=40_000))
    latin = sum(value.isascii() for value in values.to_pylist()) / 40_000
    assert abs(latin - 0.25) < 3.3 * (0.25 * 0.75 / 40_000) ** 0.5


def test_arguments_and_types_go_through(part, plain_rows, scope):
    numbers = part({"fake": {"provider": "random_int", "args": {"min": 5, "max": 9}}})
    assert numbers.yields(scope()) == pa.int64()
    assert set(numbers.generate(plain_rows()).to_pylist()) == {5, 6, 7, 8, 9}
    assert part({"fake": "date_of_birth"}).yields(scope()) == pa.date32()
    assert part({"fake": "date_time"}).yields(scope()) == pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ({"fake": "nmae"}, ("provider",), "Did you mean 'name'"),
        ({"fake": "add_provider"}, ("provider",), "unknown provider"),
        ({"fake": "profile"}, ("provider",), "gives dict; choose a provider of single values"),
        ({"fake": {"provider": "name", "locale": "en_UK"}}, ("locale",), "unknown locale 'en_UK'. Did you mean 'en_"),
        ({"fake": {"provider": "text", "args": {"chars": 3}}}, ("args",), "unexpected keyword argument"),
    ],
)
def test_what_faker_does_not_know_is_told_before_anything_is_made(written, path, message, part, scope):
    with pytest.raises(Findings, match=message) as raised:
        part(written).yields(scope())
    assert raised.value.findings[0][0] == path


def test_arguments_cannot_exhaust_the_memory(part):
    with pytest.raises(Findings, match="at most 10,000"):
        part({"fake": {"provider": "pystr", "args": {"max_chars": 10**9}}})


def test_too_few_different_values_are_an_error(part, plain_rows):
    with pytest.raises(InputError, match="'boolean' gives about 2 different values for 1,000 rows"):
        part({"fake": "boolean"}).generate(plain_rows(unique=True))
