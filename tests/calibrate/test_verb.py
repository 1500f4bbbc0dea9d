"""The verb: what it leaves behind, and what not where it is interrupted."""

from __future__ import annotations

import signal
import sys

import pytest
from click.testing import CliRunner

from sandbox.calibrate import calibrate as fit
from sandbox.cli import main
from sandbox.cli.app import app
from sandbox.errors import InputError
from tests.calibrate.conftest import SHOP


def test_a_page_tells_what_changed_and_how_far_assumptions_were_off(shop, tmp_path):
    shop()
    page, new = tmp_path / "page.html", tmp_path / "new.yaml"
    words = ["calibrate", str(tmp_path / "shop.yaml"), "--target", "real", "-o", str(new), "--page", str(page)]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 0, ran.output
    assert ran.output.splitlines()[-2:] == [str(new), str(page)]
    html = page.read_text(encoding="utf-8")
    assumed, others = html.split('id="assumed"')[1].split('id="changes"')
    assert "datasets.customers.columns.plan.choice" in assumed
    assert ">0.4" in assumed
    assert "datasets.customers.columns.fee" in others
    assert "plan.choice" not in others
    assert "http://" not in html.replace("http://www.w3.org", "").split("<script>")[0]


@pytest.mark.parametrize("when", ["reading", "fitting", "judging"])
def test_interrupted_it_leaves_nothing_and_an_earlier_file_as_it_was(shop, tmp_path, monkeypatch, capsys, when):
    shop()
    new = tmp_path / "new.yaml"
    new.write_text("sandbox: 1  # mine\n")
    before = {path.name for path in tmp_path.iterdir()}

    def interrupted(*words, **options):
        if when == "judging":
            story = sys.modules["sandbox.calibrate.calibrate"]
            monkeypatch.setattr(story, "load_text", lambda *_: signal.raise_signal(signal.SIGINT))
        else:
            options["tell"] = lambda what: signal.raise_signal(signal.SIGINT) if when in what else None
        return fit(*words, **options)

    monkeypatch.setattr("sandbox.calibrate.writing.calibrate", interrupted)
    words = ["calibrate", str(tmp_path / "shop.yaml"), "--target", "real", "-o", str(new), "--force", "--quiet"]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 130
    assert "Traceback" not in capsys.readouterr().err
    assert new.read_text() == "sandbox: 1  # mine\n"
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_place_from_where_its_files_are_not_found_is_told_before_the_work(shop, tmp_path, monkeypatch):
    (tmp_path / "plans.csv").write_text("plan\nbasic\nplus\nmax\n")
    text = SHOP.replace("choice: {bill: 2, line: 1}", "sample: {file: plans.csv, column: plan}")
    loaded = shop("datasets.customers.rows=20", text=text)
    story = sys.modules["sandbox.calibrate.calibrate"]
    monkeypatch.setattr(story, "observations", lambda *_: pytest.fail("looked already"))
    with pytest.raises(InputError) as told:
        fit(loaded, tmp_path / "elsewhere" / "new.yaml")
    first, *others = told.value.problems
    assert first.message.endswith(f"write it beside the old: {tmp_path / 'new.yaml'}.")
    assert any("plans.csv" in each.message for each in others)
