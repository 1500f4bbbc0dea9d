"""A calibrated scenario says what the real data says, in the user's own words, and no more than it may."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from sandbox.calibrate import calibrate
from sandbox.cli.app import app
from sandbox.errors import InputError
from sandbox.gap.gap import gaps
from sandbox.scenario.loader import Options, load, load_text

from .conftest import SHOP


def columns_of(text, dataset="customers"):
    return yaml.safe_load(text)["datasets"][dataset]["columns"]


def ratios(loaded):
    return {column.column: column.ratio for gap in gaps(loaded.plan, whole_rows=False) for column in gap.columns}


def test_values_come_from_the_real_data_and_the_dummy_is_near_then(shop, tmp_path):
    loaded = shop()
    found = calibrate(loaded, tmp_path / "new.yaml")
    (tmp_path / "new.yaml").write_text(found.text)
    before, after = ratios(loaded), ratios(load(tmp_path / "new.yaml", Options(target="real"), {}))
    for column in ("plan", "fee", "minutes", "topic"):
        assert after[column] < 2
        assert before[column] > 1.5 * after[column]
    columns = columns_of(found.text)
    assert columns["fee"]["lognormal"]["median"] == pytest.approx(8, abs=0.3)
    assert columns["fee"]["decimals"] == 2
    assert yaml.safe_load(found.text)["datasets"]["customers"]["rows"] == 2000
    assert columns_of(found.text, "calls")["minutes"]["exponential"]["mean"] == pytest.approx(9, abs=0.5)


def test_the_text_stays_the_users_own(shop, tmp_path):
    text = calibrate(shop(), tmp_path / "new.yaml").text
    kept = [line for line in text.splitlines() if "# calibrated" not in line and not line.lstrip().startswith("#   ")]
    assert len(kept) == len(SHOP.splitlines())
    for old, new in zip(SHOP.splitlines(), kept, strict=True):
        assert old == new or old.split(": ")[0] == new.split(": ")[0]
    assert "# so many" in text
    assert "# what they pay for" in text
    changed = text.splitlines()
    at = next(number for number, line in enumerate(changed) if "rows: 2000" in line)
    assert changed[at - 1].strip() == "# calibrated: rows from 600 to 2000; 2,000 rows"


def test_to_calibrate_again_changes_nothing(shop, tmp_path):
    loaded = shop()
    once = calibrate(loaded, tmp_path / "new.yaml").text
    again = calibrate(load_text(once, tmp_path / "new.yaml", Options(target="real"), {}), tmp_path / "newer.yaml")
    assert again.text == once
    assert not again.changes


def test_what_few_people_have_is_folded_and_nobodys_own_data_is_copied(shop, tmp_path):
    found = calibrate(shop(), tmp_path / "new.yaml")
    assert columns_of(found.text)["plan"]["choice"].keys() == {"basic", "plus", "ultra"}
    change = next(change for change in found.changes if change.what.endswith("plan.choice"))
    assert "1 of fewer than 10 people" in change.evidence
    assert columns_of(found.text)["full_name"] == {"fake": "name", "pii": True}


def test_what_was_assumed_is_measured(shop, tmp_path):
    found = calibrate(shop(), tmp_path / "new.yaml")
    assert "assumed" not in found.text.replace("# ", "")
    change = next(change for change in found.changes if change.what.endswith("plan.choice"))
    assert change.assumed
    assert change.off == pytest.approx(0.45, abs=0.05)


def test_what_may_well_be_so_stays(shop, tmp_path):
    loaded = shop("datasets.customers.rows=600")
    changed = [change.what for change in calibrate(loaded, tmp_path / "new.yaml").changes]
    assert changed == ["datasets.customers.columns.plan.choice"]  # it was assumed, and no longer is


def test_kept_values_stay(shop, tmp_path):
    text = SHOP.replace("targets:", "keep: [datasets.customers.rows]\ntargets:")
    found = calibrate(shop(text=text), tmp_path / "new.yaml", keep=["datasets.calls.columns"])
    assert "rows: 600" in found.text
    assert columns_of(found.text, "calls") == columns_of(SHOP, "calls")
    assert "datasets.customers.rows: is kept; 2000 was seen." in found.left


def test_a_path_to_keep_that_leads_nowhere_is_told(shop, tmp_path):
    with pytest.raises(InputError, match="Did you mean 'customers'"):
        calibrate(shop(), tmp_path / "new.yaml", keep=["datasets.custommers"])


def test_it_is_a_verb_that_writes_whole_or_not_at_all(shop, tmp_path):
    shop()
    scenario, new = str(tmp_path / "shop.yaml"), tmp_path / "new.yaml"
    ran = CliRunner().invoke(app, ["calibrate", scenario, "--target", "real", "-o", str(new), "--format", "json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.output)
    assert {"what", "was", "now", "interval", "evidence", "off", "assumed"} == told["changes"][0].keys()
    load(new)
    again = CliRunner().invoke(app, ["calibrate", scenario, "--target", "real", "-o", str(new)])
    assert isinstance(again.exception, InputError)
    assert "--force" in str(again.exception)


def test_without_a_target_there_is_nothing_to_learn_from(shop, tmp_path):
    shop()
    with pytest.raises(InputError, match="nothing is real here"):
        calibrate(load(tmp_path / "shop.yaml"), tmp_path / "new.yaml")
