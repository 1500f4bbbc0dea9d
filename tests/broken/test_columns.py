"""Column generators, each broken in one way, and the checks that must notice."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import PrivateAttr

from sandbox.addresses import Address, words, words_at
from sandbox.checks import ColumnSample, all_checks
from sandbox.checks.column_subject import ColumnSubject
from sandbox.checks.columns_limits import value_digest
from sandbox.scenario.parts import ColumnPart
from sandbox.world.draws import Integers

GROUP = "sandbox.columns"
DIGITS = Integers(0, 999)


class Faithful(ColumnPart):
    """Whole numbers from 0 to 999, as they should be made; each saboteur changes one thing of it."""

    def yields(self, scope):
        return pa.int64()

    def generate(self, rows):
        return pa.array(rows.draw("value", DIGITS))

    def facts(self, scope):
        return {"ge": 0, "le": 999}

    def proves(self, scope):
        return frozenset({"not_null", "range"})


class OrderOfWordsChanges(Faithful):
    """In every other world the dictionary of its texts is in another order."""

    _worlds: Any = PrivateAttr(default_factory=count)

    def yields(self, scope):
        return pa.string()

    def generate(self, rows):
        worlds = rows.once("worlds", lambda _: next(self._worlds))
        texts = pa.array(["a", "b"] if worlds % 2 else ["b", "a"])
        values = pa.array(np.array(["a", "b"])[rows.draw("value", DIGITS) % 2])
        return pa.DictionaryArray.from_arrays(pc.index_in(values, texts).cast(pa.int8()), texts)

    def facts(self, scope):
        return {}

    def proves(self, scope):
        return frozenset({"not_null"})


class QuickWayForFewRows(Faithful):
    """Few rows are drawn in another, seemingly cheaper way."""

    def generate(self, rows):
        purpose = "few" if 9 < len(rows) < 20 else "value"
        return pa.array(rows.draw(purpose, DIGITS))


class RemembersWhatItMade(Faithful):
    """Its values hang on how often it was asked before."""

    def generate(self, rows):
        calls = rows.once("calls", lambda _: count())
        return pa.array(rows.draw("value" if next(calls) < 4 else "later", DIGITS))


class DiffersInThreads(Faithful):
    """Something of its thread gets into the values."""

    def generate(self, rows):
        is_main = threading.current_thread() is threading.main_thread()
        return pa.array(rows.draw("value" if is_main else "elsewhere", DIGITS))


class LooksAtItsNeighbours(Faithful):
    """How many columns there are beside it changes what it makes."""

    _beside: int = PrivateAttr(0)

    def yields(self, scope):
        self._beside = len(set(scope.columns) - {"value", "Aa", "BB", "renamed"})
        return pa.int64()

    def generate(self, rows):
        return pa.array(rows.draw(f"value beside {self._beside}", DIGITS))


class ForgetsTheSeed(Faithful):
    """Its address begins below the seed."""

    def generate(self, rows):
        names = rows.once("address", lambda address: address).names
        return pa.array(DIGITS.draw(Address(names[1:]), rows.start, rows.stop))


class HashesNamesWeakly(Faithful):
    """Names are hashed as Java hashes texts, and `Aa` and `BB` are then the same."""

    def generate(self, rows):
        seed, *names = rows.once("address", lambda address: address).names
        hashes = [sum(ord(letter) * 31 ** (len(name) - at) for at, letter in enumerate(name, 1)) for name in names[:2]]
        return pa.array(DIGITS.draw(Address((seed, *hashes)), rows.start, rows.stop))


class MakesAnotherType(Faithful):
    """It yields int64 and makes int32."""

    def generate(self, rows):
        values = super().generate(rows)
        return values.cast(pa.int32()) if len(rows) else values


class MakesNulls(Faithful):
    """It proves `not_null`, and is null now and then."""

    def generate(self, rows):
        drawn = rows.draw("value", DIGITS)
        return pa.array(drawn, mask=drawn == 7)


class MakesUnlistedValues(Faithful):
    """It proves that its values are among ten, and there are eleven."""

    def generate(self, rows):
        return pa.array(rows.draw("value", Integers(0, 10)))

    def facts(self, scope):
        return {"values": list(range(10))}

    def proves(self, scope):
        return frozenset({"not_null", "values"})


class LeavesItsRange(Faithful):
    """It proves `range`, and one value lies above."""

    def generate(self, rows):
        return pa.array(rows.draw("value", Integers(0, 1000)))


class MissesItsPattern(Faithful):
    """It proves `pattern`, and its texts sometimes are a digit short."""

    def yields(self, scope):
        return pa.string()

    def generate(self, rows):
        digits = pa.array(rows.draw("value", DIGITS)).cast(pa.string())
        return pc.binary_join_element_wise("P", digits, "")

    def facts(self, scope):
        return {"pattern": "P[0-9]{3}"}

    def proves(self, scope):
        return frozenset({"not_null", "pattern"})


class RefersToNowhere(Faithful):
    """It proves `foreign_key`, and one key is nobody's."""

    def datasets(self):
        return ("shops",)

    def generate(self, rows):
        return pa.array(rows.draw("value", Integers(1, 51)))

    def facts(self, scope):
        return {"references": "shops"}

    def proves(self, scope):
        return frozenset({"not_null", "foreign_key"})


class TellsWhatIsNotSo(LeavesItsRange):
    """It tells a bound without proving it, and does not keep to it."""

    def proves(self, scope):
        return frozenset({"not_null"})


class UnderstatesItsCapacity(Faithful):
    """It says that there are three values, and there are a thousand."""

    def capacity(self, scope):
        return 3


class RepeatsWhereItMayNot(Faithful):
    """It proves `unique` and draws with repeats."""

    def proves(self, scope):
        return super().proves(scope) | {"unique"}


class NeedsARow(Faithful):
    """It looks at its first row."""

    def generate(self, rows):
        drawn = rows.draw("value", DIGITS)
        return pa.array(drawn - (drawn[0] - drawn[0]))


class MakesAllThatComesBefore(Faithful):
    """To make some rows it makes those before them too."""

    def generate(self, rows):
        before = min(rows.start, 4_000_000)
        address = rows.once("address", lambda address: address)
        return pa.array(DIGITS.draw(address, rows.start - before, rows.stop)[before:])


class KeepsAllThatItMade(Faithful):
    """It remembers every value."""

    def generate(self, rows):
        made = super().generate(rows)
        rows.once("made", lambda _: []).append(made)
        return made


class CountsIn32Bits(Faithful):
    """Row numbers above 2^32 begin anew."""

    def generate(self, rows):
        numbers = np.arange(rows.start, rows.stop).astype(np.uint32).astype(np.int64)
        return pa.array(DIGITS.from_words(words_at(rows.once("address", lambda address: address), numbers)))


class SeedsTheGlobalGenerator(Faithful):
    """It makes the same values each time, by a generator that is not its own."""

    def generate(self, rows):
        address = rows.once("address", lambda address: address)
        random.seed(int(words(address, 0, 1)[0]))
        return super().generate(rows)


class ReadsTheClock(Faithful):
    """What it makes will change one day."""

    def generate(self, rows):
        is_late = time.time() > 4e9
        return pa.array(rows.draw("value", DIGITS) * (0 if is_late else 1))


class ChangedItsValues(Faithful):
    """Better than it was, and other than it was."""

    def generate(self, rows):
        return pa.array(rows.draw("better value", DIGITS))


@dataclass(frozen=True)
class Saboteur:
    part: ColumnPart
    also: frozenset[str] = frozenset()
    """Further checks that cannot but fail with it."""
    around: dict[str, Any] = field(default_factory=dict)


SHOPS = {"shops": {"rows": 50, "static": True, "key": "shop_id", "columns": {"shop_id": {"serial": 1}}}}
GOLDEN = value_digest(ColumnSubject("faithful", ColumnSample(Faithful())))

SABOTEURS = {
    "same_key_same_bytes": Saboteur(OrderOfWordsChanges()),
    "rows_are_the_slice": Saboteur(QuickWayForFewRows()),
    "any_chunking": Saboteur(RemembersWhatItMade(), frozenset({"worker_threads"})),
    "worker_threads": Saboteur(DiffersInThreads()),
    "another_column_changes_nothing": Saboteur(LooksAtItsNeighbours()),
    "another_seed_other_values": Saboteur(ForgetsTheSeed()),
    "similar_names_differ": Saboteur(HashesNamesWeakly()),
    "declared_type_is_held": Saboteur(MakesAnotherType()),
    "not_null_as_proven": Saboteur(MakesNulls()),
    "values_as_proven": Saboteur(MakesUnlistedValues()),
    "range_as_proven": Saboteur(LeavesItsRange()),
    "pattern_as_proven": Saboteur(MissesItsPattern()),
    "foreign_key_as_proven": Saboteur(RefersToNowhere(), around={"datasets": SHOPS}),
    "facts_hold": Saboteur(TellsWhatIsNotSo()),
    "capacity_is_not_exceeded": Saboteur(UnderstatesItsCapacity()),
    "unique_when_asked": Saboteur(RepeatsWhereItMayNot()),
    "no_rows_no_values": Saboteur(NeedsARow()),
    "far_rows_cost_no_more": Saboteur(MakesAllThatComesBefore()),
    "memory_is_given_back": Saboteur(KeepsAllThatItMade()),
    "rows_above_32_bits": Saboteur(CountsIn32Bits()),
    "no_global_randomness": Saboteur(SeedsTheGlobalGenerator()),
    "no_clock": Saboteur(ReadsTheClock()),
    "keeps_its_values": Saboteur(ChangedItsValues(), around={"golden": GOLDEN}),
}


def test_every_check_has_its_saboteur():
    assert list(SABOTEURS) == [check.name for check in all_checks(GROUP)]


def test_nothing_is_held_against_a_faithful_part(failing):
    assert failing(GROUP, ColumnSubject("Faithful", ColumnSample(Faithful(), golden=GOLDEN))) == set()


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught_by_its_own_check_and_no_other(name, failing):
    saboteur = SABOTEURS[name]
    subject = ColumnSubject(type(saboteur.part).__name__, ColumnSample(saboteur.part, **saboteur.around))
    assert failing(GROUP, subject) == {name} | saboteur.also
