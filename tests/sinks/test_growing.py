"""A file of JSON lines that grows: many rows at once are made by threads, and still come one after the other."""

import errno
import json
from io import FileIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sandbox.checks.outlet_subject import enveloped
from sandbox.contract.infer import infer_contract
from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account, Errand
from sandbox.sinks.growing import GrowingFile
from sandbox.sinks.lines import LinesFile

ROWS = 80_000
FEW = 300
REFUSED = "out[.]jsonl: cannot be written"


def rows(first: int, count: int) -> pa.RecordBatch:
    numbers = np.arange(first, first + count)
    small = numbers % 20
    columns = {
        "n": numbers,
        "small": small.astype(np.int32),
        "even": numbers % 2 == 0,
        "word": [f"w{n}" for n in small],
    }
    return enveloped(pa.record_batch(columns))


def opened() -> GrowingFile:
    errand = Errand(infer_contract("numbers", rows(0, 1).drop_columns(["_sandbox"]).schema), "a replay")
    outlet = LinesFile(path="out.jsonl").connect(errand)
    assert isinstance(outlet, GrowingFile)
    return outlet


def send_until_it_fails(outlet: GrowingFile) -> None:
    for first in range(FEW, 10 * ROWS, ROWS):
        outlet.send(rows(first, ROWS))


@pytest.fixture
def outlet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outlet = opened()
    yield outlet
    outlet.close()


def test_many_rows_and_few_come_in_their_order(outlet):
    assert outlet.held() == 0
    outlet.send(rows(0, ROWS))
    outlet.send(rows(ROWS, FEW))
    outlet.send(rows(ROWS + FEW, ROWS))
    outlet.flush()
    total = 2 * ROWS + FEW
    assert outlet.account() == Account(total, total, settled=total)
    found = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["n"] for row in found] == list(range(total))
    assert found[ROWS + 7] == {"n": ROWS + 7, "small": (ROWS + 7) % 20, "even": False, "word": f"w{(ROWS + 7) % 20}"}


def test_after_a_write_that_failed_nothing_is_written_and_all_goes_on_behind_what_is_kept(outlet, monkeypatch):
    class Full(FileIO):
        left = 3_000_000

        def write(self, octets):
            if self.left <= 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            wrote = super().write(octets[: self.left])
            self.left -= wrote
            return wrote

    monkeypatch.setattr("sandbox.sinks.growing.FileIO", Full)
    outlet.send(rows(0, FEW))
    outlet.flush()
    with pytest.raises(OutsideError, match=REFUSED):
        send_until_it_fails(outlet)
    size = Path("out.jsonl").stat().st_size
    with pytest.raises(OutsideError, match=REFUSED):
        outlet.send(rows(0, FEW))
    with pytest.raises(OutsideError, match=REFUSED):
        outlet.flush()
    outlet.close()
    assert Path("out.jsonl").stat().st_size == size
    monkeypatch.setattr("sandbox.sinks.growing.FileIO", FileIO)
    again = opened()
    held = again.held()
    assert FEW <= held < ROWS
    again.send(rows(held, FEW))
    again.flush()
    again.close()
    numbers = [json.loads(line)["n"] for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert numbers == list(range(held + FEW))
