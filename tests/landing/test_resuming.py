"""A landing of several shares that was broken off goes on share by share: none is taken for another."""

from __future__ import annotations

import pytest

from sandbox.errors import OutsideError
from sandbox.landing import landing
from sandbox.scenario.loader import load

SCENARIO = """
sandbox: 1
name: parts
clock: {start: 2026-01-01}
datasets:
  clicks:
    rows: 600_000
    static: true
    key: click_id
    columns: {click_id: {serial: 1}, price: {integer: [1, 9]}}
"""


def test_each_share_is_taken_up_as_itself(tmp_path, monkeypatch):
    (tmp_path / "parts.yaml").write_text(SCENARIO, encoding="utf-8")
    plan = load(tmp_path / "parts.yaml").plan
    real = landing.land_share

    def all_but_the_last(task, meter, stop):
        if task.share.index == 2:
            raise KeyboardInterrupt
        return real(task, meter, stop)

    with monkeypatch.context() as patched:
        patched.setattr(landing, "land_share", all_but_the_last)
        with pytest.raises(OutsideError, match="interrupted"):
            landing.land(plan, tmp_path / "resumed")
    resumed = landing.land(plan, tmp_path / "resumed")
    whole = landing.land(plan, tmp_path / "whole")
    assert (resumed.kept, resumed.redone) == (2, 1)
    assert resumed.manifest.text() == whole.manifest.text()
    assert [path.read_bytes() for path in resumed.parts("clicks")] == [
        path.read_bytes() for path in whole.parts("clicks")
    ]
