"""A sealed profile tells enough to calibrate from, and nothing of anybody."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner

from sandbox.calibrate import calibrate
from sandbox.calibrate.calibrate import observations
from sandbox.calibrate.sealing import sealed
from sandbox.calibrate.unsealing import read_profile, unsealed
from sandbox.cli.app import app
from sandbox.errors import InputError
from sandbox.scenario.loader import Options, load

from .conftest import REALLY, SHOP


def profiled(loaded):
    return sealed(loaded.plan, observations(loaded.plan))


def columns_of(text, dataset):
    return yaml.safe_load(text)["datasets"][dataset]["columns"]


def test_what_is_fitted_from_a_profile_is_near_what_is_fitted_from_rows(shop, tmp_path):
    loaded = shop()
    profile = profiled(loaded)
    dummy_only = load(tmp_path / "shop.yaml", Options(), {})
    new = tmp_path / "new.yaml"
    by_rows = calibrate(loaded, new).text
    by_profile = calibrate(dummy_only, new, profile=profile).text
    assert yaml.safe_load(by_profile)["datasets"]["customers"]["rows"] == 2000
    for text in (by_rows, by_profile):
        assert columns_of(text, "customers")["fee"]["lognormal"]["median"] == pytest.approx(8, abs=0.4)
        assert columns_of(text, "customers")["fee"]["decimals"] == 2
        assert columns_of(text, "calls")["minutes"]["exponential"]["mean"] == pytest.approx(9, abs=0.6)
        plans = columns_of(text, "customers")["plan"]["choice"]
        assert set(plans) == {"basic", "plus", "ultra"}
        assert plans["plus"] / plans["basic"] == pytest.approx(2, abs=0.4)
        assert columns_of(text, "customers")["age"]["nulls"] == pytest.approx(0.1, abs=0.03)


def test_nothing_of_anybody_is_in_it(shop, tmp_path):
    loaded = shop()
    text = json.dumps(profiled(loaded))
    people = pq.read_table(tmp_path / "real" / "customers")
    for name in people["full_name"].to_pylist():
        assert name not in text
    told = json.loads(text)["datasets"]["customers"]
    assert set(told["withheld"]) == {"customer_id", "full_name"}
    assert "rare" not in told["columns"]["plan"]["counts"]
    assert told["columns"]["plan"]["others"] == people["plan"].to_pylist().count("rare")
    for dataset in json.loads(text)["datasets"].values():
        for column in dataset["columns"].values():
            assert all(count >= 10 for count, _ in column.get("bins", []))
            assert all(count >= 10 for count in column.get("counts", {}).values())


def test_opened_it_shows_the_same_spread_dependence_and_rows_of_a_person(shop, tmp_path):
    text = SHOP.replace("fee: {gamma: {mean: 9}}", 'fee: {sql: "coalesce(age, 40) / 10.0 + 0"}')
    loaded = shop("datasets.customers.rows=2000", text=text)
    seen = observations(loaded.plan)
    opened = unsealed(loaded.plan, profiled(loaded))
    real, made = seen["customers"].table.to_pandas(), opened["customers"].table.to_pandas()
    assert len(made) == len(real)
    for level in (0.1, 0.5, 0.9):
        assert made["age"].quantile(level) == pytest.approx(real["age"].quantile(level), abs=2)
    assert made[["age", "fee"]].corr("spearman").iloc[0, 1] > 0.9
    calls, made_calls = (each["calls"] for each in (seen, opened))
    assert made_calls.table.num_rows == pytest.approx(calls.table.num_rows, rel=0.02)
    assert np.bincount(made_calls.entities).std() == pytest.approx(np.bincount(calls.entities).std(), rel=0.15)


LINES = """
  lines:
    of: calls
    fan_out: {poisson: 2}
    static: true
    columns:
      call_id: {parent: call_id}
      pieces: {integer: [1, 9]}
targets:
  real:
    lines: {parquet: real/lines}
"""


def test_how_many_children_rows_have_is_told_in_tens(shop, tmp_path):
    text = SHOP.replace("    time: called_at\n", "    time: called_at\n    key: call_id\n")
    text = text.replace("      minutes: {exp", "      call_id: {serial: 1}\n      minutes: {exp")
    text = text.replace("targets:\n  real:\n", LINES.lstrip("\n"))
    loaded = shop("datasets.lines.fan_out.poisson=5", text=text)
    profile = profiled(loaded)
    bins = profile["datasets"]["lines"]["rows_of_a_parent"]
    assert min(rows for rows, _ in bins) >= 10
    new = calibrate(load(loaded.plan.file, Options(), {}), tmp_path / "new.yaml", profile=profile).text
    (fitted,) = yaml.safe_load(new)["datasets"]["lines"]["fan_out"].values()
    assert (fitted["mean"] if isinstance(fitted, dict) else fitted) == pytest.approx(5, abs=0.2)


def test_one_that_was_changed_or_is_none_is_refused(shop, tmp_path):
    profile = profiled(shop())
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(profile, indent=3))
    assert read_profile(path)["digest"] == profile["digest"]
    path.write_text(json.dumps(profile).replace('"rows": 2000', '"rows": 2001'))
    with pytest.raises(InputError, match="was changed after it was sealed"):
        read_profile(path)
    path.write_text("{}")
    with pytest.raises(InputError, match="is no profile of version 1"):
        read_profile(path)
    path.write_text("rows")
    with pytest.raises(InputError, match="is no profile"):
        read_profile(path)
    other = {"datasets": {"others": {}}}
    with pytest.raises(InputError, match="the scenario has none of these"):
        unsealed(load(tmp_path / "shop.yaml", Options(), {}).plan, other)


def test_fewer_people_than_ten_tell_nothing(shop):
    loaded = shop("datasets.customers.rows=9")
    profile = profiled(loaded)
    assert profile["datasets"]["customers"]["columns"] == {}
    assert profile["datasets"]["customers"]["rows_of_a_person"] == []
    assert len(unsealed(loaded.plan, profile)["customers"].entities) == 9


def test_the_commands_hand_it_on(shop, tmp_path):
    shop(*REALLY)
    scenario, sealed_file, new = (str(tmp_path / name) for name in ("shop.yaml", "profile.json", "new.yaml"))
    done = CliRunner().invoke(app, ["profile", scenario, "--target", "real", "-o", sealed_file])
    assert done.exit_code == 0, done.output
    assert "customers: 3 columns over 2,000 rows; withheld: customer_id, full_name" in done.output
    again = CliRunner().invoke(app, ["profile", scenario, "--target", "real", "-o", sealed_file])
    assert isinstance(again.exception, InputError)
    fitted = CliRunner().invoke(app, ["calibrate", scenario, "--profile", sealed_file, "-o", new])
    assert fitted.exit_code == 0, fitted.output
    assert "ultra" in (tmp_path / "new.yaml").read_text()
