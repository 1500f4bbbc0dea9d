"""Pools of values from Faker: seeded by an address, at a moment of the scenario's choice.

Some of Faker's providers use Python's global generator and many read the clock of the machine. While a pool is
made, the one is seeded (and put back afterwards) and the other stands still at the scenario's start.
"""

from __future__ import annotations

import datetime
import decimal
import random
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from faker.config import AVAILABLE_LOCALES
from faker.factory import Factory
from faker.generator import Generator
from faker.generator import random as faker_random

from sandbox.addresses import Address
from sandbox.errors import did_you_mean
from sandbox.strict import Findings

_LONGEST_TEXT = 100_000
_MOST_NULLS_IN_A_ROW = 1_000
_one_at_a_time = threading.Lock()


def invent(
    provider: str,
    locales: Mapping[str, float],
    arguments: Mapping[str, Any],
    address: Address,
    now: datetime.datetime,
    count: int,
    distinct_within: int | None = None,
) -> list[Any]:
    """Values of a provider, from its locales by weight.

    Args:
        provider: name of a provider, such as `city`.
        locales: weight of each locale, > 0.
        arguments: keyword arguments of the provider.
        address: what the values are for; equal addresses give equal values, and more of them begin with the same.
        now: the moment that providers take for the present.
        count: how many values.
        distinct_within: all values differ; ends early when none of so many attempts gave a new one.
    Raises:
        Findings: there is no such locale, provider or argument.
    """
    generators = {locale: _generator(locale) for locale in _known(locales)}
    makers = {locale: _maker(each, provider, locale) for locale, each in generators.items()}
    with _one_at_a_time, _still(address, now):
        for locale, generator in generators.items():
            generator.seed_instance(address.of("locale", locale).key().start)
        values = _values(provider, makers, locales, arguments)
        if distinct_within is None:
            return [next(values) for _ in range(count)]
        return _distinct(values, count, distinct_within)


def _known(locales: Mapping[str, float]) -> list[str]:
    wrong = [name for name in locales if name not in AVAILABLE_LOCALES]
    if wrong:
        mends = [f"unknown locale '{name}'.{did_you_mean(name, AVAILABLE_LOCALES)}" for name in wrong]
        raise Findings([(("locale",), mend) for mend in mends])
    return list(locales)


@cache
def _generator(locale: str) -> Generator:
    return Factory.create(locale)


def _maker(generator: Generator, provider: str, locale: str) -> Callable[..., Any]:
    """The method that makes the values; those of the generator itself are not for scenarios."""
    known = [name for name in dir(generator) if not name.startswith("_") and not hasattr(Generator, name)]
    if provider not in known:
        raise Findings([(("provider",), f"unknown provider '{provider}' in {locale}.{did_you_mean(provider, known)}")])
    return generator.get_formatter(provider)


def _values(
    provider: str, makers: Mapping[str, Callable[..., Any]], weights: Mapping[str, float], arguments: Mapping[str, Any]
) -> Iterator[Any]:
    """Values without end, each locale in turn as its weight is due."""
    due = dict.fromkeys(makers, 0.0)
    nulls = 0
    while nulls < _MOST_NULLS_IN_A_ROW:
        for locale in due:
            due[locale] += weights[locale] / sum(weights.values())
        chosen = max(due, key=due.__getitem__)
        due[chosen] -= 1.0
        try:
            value = makers[chosen](**arguments)
        except Exception as error:  # a provider may raise anything at an argument that it does not expect
            raise Findings([(("args",), f"'{provider}' cannot be made so: {error}.")]) from None
        nulls = nulls + 1 if value is None else 0
        if value is not None:
            yield _plain(value, provider)
    raise Findings([(("provider",), f"'{provider}' gives only nulls; choose another.")])


def _plain(value: Any, provider: str) -> Any:
    if isinstance(value, (str, bytes)) and len(value) > _LONGEST_TEXT:
        raise Findings([(("args",), f"'{provider}' gives texts of {len(value):,} characters; make them shorter.")])
    if isinstance(value, decimal.Decimal):
        return float(value)
    for kind in (datetime.datetime, datetime.date):
        if isinstance(value, kind):
            return kind.fromisoformat(value.isoformat())
    return str(value) if isinstance(value, str) else value


def _distinct(values: Iterator[Any], count: int, attempts: int) -> list[Any]:
    found: dict[Any, None] = {}
    since_new = 0
    while len(found) < count and since_new < attempts:
        before = len(found)
        found[next(values)] = None
        since_new = since_new + 1 if len(found) == before else 0
    return list(found)


@contextmanager
def _still(address: Address, now: datetime.datetime) -> Iterator[None]:
    """Seed the generators that all providers share, and let `now` be the present for them."""
    states = [(shared, shared.getstate()) for shared in (random, faker_random)]
    clock = _stopped_clock(now)
    patched = [
        (module, name, value, clock[id(value)])
        for path, module in list(sys.modules.items())
        if path.startswith("faker.providers")
        for name, value in list(vars(module).items())
        if id(value) in clock
    ]
    try:
        for shared, _ in states:
            shared.seed(address.of("shared").key().start)
        for module, name, _, stopped in patched:
            setattr(module, name, stopped)
        yield
    finally:
        for module, name, value, _ in patched:
            setattr(module, name, value)
        for shared, state in states:
            shared.setstate(state)


def _stopped_clock(now: datetime.datetime) -> dict[int, Any]:
    """What stands in for `datetime`, its classes `date` and `datetime`, by the identity of each."""

    class AsBefore(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, cls.__mro__[1])

    class Datetime(datetime.datetime, metaclass=AsBefore):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Datetime:
            moment = now.astimezone(tz or datetime.UTC)
            return cls.combine(moment.date(), moment.time(), tz)

        @classmethod
        def today(cls) -> Datetime:
            return cls.now()

        utcnow = today

        def astimezone(self, tz: datetime.tzinfo | None = None) -> Datetime:
            # A time without a zone is UTC here, wherever the machine stands.
            aware = self if self.tzinfo else self.replace(tzinfo=datetime.UTC)
            return aware if tz is None else super(Datetime, aware).astimezone(tz)

    class Date(datetime.date, metaclass=AsBefore):
        @classmethod
        def today(cls) -> Date:
            return cls(now.year, now.month, now.day)

    module = types.ModuleType("datetime")
    vars(module).update({**vars(datetime), "datetime": Datetime, "date": Date})
    return {id(datetime.datetime): Datetime, id(datetime.date): Date, id(datetime): module}
