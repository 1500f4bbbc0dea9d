"""A landing of a delivered stream that was broken off goes on: what is under way at the cut is made anew."""

from __future__ import annotations

import pytest

from sandbox.errors import OutsideError
from sandbox.landing import landing
from tests.delivery.test_cuts import EVERYTHING


@pytest.mark.parametrize("workers", [1, 3])
def test_it_ends_with_the_same_bytes(feed, tmp_path, monkeypatch, workers):
    plan = feed(EVERYTHING).plan
    real = landing.land_share

    def broken_off(task, meter, stop):
        if task.share.index == 2 and task.target.dataset == "web":
            raise KeyboardInterrupt
        return real(task, meter, stop)

    with monkeypatch.context() as patched:
        patched.setattr(landing, "land_share", broken_off)
        with pytest.raises(OutsideError, match="interrupted"):
            landing.land(plan, tmp_path / "resumed", workers=workers)
    resumed = landing.land(plan, tmp_path / "resumed", workers=workers)
    whole = landing.land(plan, tmp_path / "whole")
    assert resumed.kept
    assert resumed.manifest.text() == whole.manifest.text()
    for written in (resumed.parts, resumed.rejected):
        theirs = whole.parts if written == resumed.parts else whole.rejected
        assert [path.read_bytes() for path in written("web")] == [path.read_bytes() for path in theirs("web")]
