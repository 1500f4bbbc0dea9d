"""Live sinks, each broken in one way, and the checks that must notice."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import Field

from sandbox.checks import OutletSample, all_checks
from sandbox.checks.check import OUTLETS
from sandbox.checks.outlet_subject import OutletSubject, numbered
from sandbox.contract.envelope import split_envelope
from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account, OutletPart, Refusal

SECRET = "SANDBOX_CHECK_PASSWORD"


class Faithful:
    """An Arrow file a batch, numbered; refuses rows of a customer below 0. Each saboteur changes one thing of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = self.refused = 0
        self.told: list[Refusal] = []

    def send(self, batch, faults=None):
        data = split_envelope(batch)[0]
        if not data.num_rows:
            return
        if "customer" in data.schema.names:
            data = self.kept(data)
        self.rows += batch.num_rows
        self.put(data)

    def kept(self, data):
        wrong = pc.less(data.column("customer"), 0)
        numbers = [at for at, is_wrong in enumerate(wrong.to_pylist()) if is_wrong]
        self.told += [Refusal(self.rows + at, "a customer below 0") for at in numbers]
        self.refused += len(numbers)
        return data.filter(pc.invert(wrong))

    def put(self, data):
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OutsideError(f"{self.folder.name}: cannot be made ({error.strerror}).") from None
        with pa.ipc.new_file(str(self.folder / self.name(len(list(self.folder.iterdir())))), data.schema) as file:
            file.write_batch(data)

    def name(self, number):
        return f"{number:04d}.arrow"

    def account(self):
        return Account(self.rows, self.rows - self.refused, self.refused, settled=self.rows)

    def refusals(self):
        told, self.told = self.told, []
        return told

    def flush(self):
        pass

    def held(self):
        return sum(batch.num_rows for batch in read(self.folder.parent, None))

    def close(self):
        pass


class TakesTheSmallestForNothing(Faithful):
    """Floats that are nearly 0 are written as 0."""

    def put(self, data):
        arrays = [
            pc.if_else(pc.less(pc.abs(array), 1e-300), 0.0, array) if array.type == pa.float64() else array
            for array in data.columns
        ]
        super().put(pa.RecordBatch.from_arrays(arrays, names=data.schema.names))


class TurnsBatchesRound(Faithful):
    """The last batch is read first."""

    def name(self, number):
        return f"{9999 - number:04d}.arrow"


class StumblesOverNothing(Faithful):
    """An empty batch is an error."""

    def send(self, batch, faults=None):
        if not batch.num_rows:
            raise ValueError("nothing to send")
        super().send(batch)


class ClosesAnew(Faithful):
    """Closing again takes away what was sent."""

    is_closed = False

    def close(self):
        if self.is_closed:
            for path in self.folder.iterdir():
                path.unlink()
        self.is_closed = True


class CountsOneMore(Faithful):
    """It says that it was given a row that nobody gave it."""

    def account(self):
        account = super().account()
        return Account(
            account.sent + bool(account.sent), account.acknowledged, account.refused, settled=account.settled
        )


class SettlesTooSoon(Faithful):
    """Rows are called settled while they are only in memory."""

    def __init__(self, folder):
        super().__init__(folder)
        self.waiting = []

    def put(self, data):
        self.waiting.append(data)

    def flush(self):
        for data in self.waiting:
            super().put(data)
        self.waiting = []


class KeepsNoBooks(Faithful):
    """It promises exactly once, and does not know what it holds."""

    def held(self):
        return None


class BlamesTheNextRow(Faithful):
    """The row behind the refused one is told."""

    def refusals(self):
        return [Refusal(refusal.row + 1, refusal.reason) for refusal in super().refusals()]


class NeverWaits(Faithful):
    """Nothing is acknowledged before the end, and more is taken all the same."""

    known = Account()

    def account(self):
        return Account(self.rows, self.known.acknowledged, self.known.refused, settled=self.known.settled)

    def flush(self):
        self.known = super().account()


class SaysNothing(Faithful):
    """Where nobody answers, rows are dropped without a word."""

    def put(self, data):
        with suppress(OutsideError):
            super().put(data)


class Opened(OutletPart):
    """A live sink that opens one of the classes above."""

    guarantee: ClassVar = "exactly-once"
    outlet: Any
    folder: str

    def touches(self):
        return {"file": [self.folder]}

    def connect(self, errand):
        return self.outlet(Path(self.folder))


class ShowsItsPassword(Opened):
    """A secret is a field."""

    password: str = Field(default_factory=lambda: os.environ.get(SECRET, ""))


def read(folder, contract):
    for path in sorted((folder / "out").glob("*.arrow")):
        yield from pa.ipc.open_file(str(path)).read_all().to_batches()


def refusing():
    contract, batch = numbered(10)
    customers = pa.array([-1 if row in (2, 7) else row for row in range(10)])
    return contract, batch.set_column(0, batch.schema.field(0), customers), {2, 7}


def subject_of(outlet, part: type[Opened] = Opened) -> OutletSubject:
    def unreachable(folder: Path) -> OutletPart:
        (folder / "file").touch()
        return part(outlet=outlet, folder=str(folder / "file" / "out"))

    sample = OutletSample(
        lambda folder: part(outlet=outlet, folder=str(folder / "out")),
        read,
        refusing=refusing,
        most_pending=1000,
        unreachable=unreachable,
        secrets={SECRET: "correct horse"},
    )
    return OutletSubject(outlet.__name__, sample)


SABOTEURS = {
    "hard_values_arrive": subject_of(TakesTheSmallestForNothing),
    "rows_of_a_key_stay_in_order": subject_of(TurnsBatchesRound),
    "an_empty_batch_is_nothing": subject_of(StumblesOverNothing),
    "closing_again_changes_nothing": subject_of(ClosesAnew),
    "the_account_adds_up": subject_of(CountsOneMore),
    "what_is_settled_is_there_after_a_crash": subject_of(SettlesTooSoon),
    "books_are_kept_where_promised": subject_of(KeepsNoBooks),
    "refused_rows_are_told": subject_of(BlamesTheNextRow),
    "sending_waits_for_the_sink": subject_of(NeverWaits),
    "who_does_not_answer_is_told": subject_of(SaysNothing),
    "secrets_are_never_shown": subject_of(Faithful, ShowsItsPassword),
}


def test_every_check_has_its_saboteur():
    assert list(SABOTEURS) == [check.name for check in all_checks(OUTLETS)]


def test_nothing_is_held_against_a_faithful_part(failing):
    assert failing(OUTLETS, subject_of(Faithful)) == set()


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught_by_its_own_check_and_no_other(name, failing):
    assert failing(OUTLETS, SABOTEURS[name]) == {name}
