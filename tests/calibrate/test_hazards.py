"""Hazards are found again: bases, effects of what is seen and heard, and beside what nobody sees."""

from __future__ import annotations

import pytest
import yaml

from sandbox.calibrate import calibrate
from sandbox.calibrate.calibrate import observations
from sandbox.calibrate.fitted import Evidence
from sandbox.calibrate.hazards import fit_hazards
from sandbox.calibrate.sealing import sealed
from sandbox.calibrate.unsealing import unsealed
from sandbox.landing import land
from sandbox.scenario.document import dotted
from sandbox.scenario.loader import Options, load

CLUB = """\
sandbox: 1
name: club
seed: 3
clock: {start: 2026-01-01, days: 90, zone: Europe/London}
datasets:
  members:
    rows: 4_000
    history: true
    key: member_id
    sign_ups: {there: 0.7, before: 365 days}
    columns:
      member_id: {serial: 1}
      full_name: {fake: name, pii: true}
      plan: {choice: {basic: 0.7, plus: 0.3}}
      fee: {integer: [5, 20], decimals: 0}
      state: {constant: new}
      thrift: {normal: {mean: 0, sd: 1}, hidden: true}
    leave:
      hazard: {base: 0.002 per day, fee - 10: 0.05}  # so fast
    returns:
      hazard: 0.01 per day
      after: 7 days
      set: {state: "'back'"}
    transitions:
      upgrade: {hazard: {base: 0.002 per day}, when: plan = 'basic', set: {plan: "'plus'", fee: "fee + 8"}}
      price_rise: {at: day 40, share: 0.5, set: {fee: "fee + 1"}}
targets:
  real: {members: {parquet: real/members}}
"""

LISTENING = CLUB.replace(
    "    leave:\n", "    recent: {visits_7d: {count: visits, where: minutes > 30, within: 7 days}}\n    leave:\n"
).replace(
    "targets:\n  real: {",
    """\
  visits:
    of: members
    visits: {per_day: 0.2}
    time: visited_at
    columns:
      member_id: {visit: customer}
      minutes: {integer: [1, 60]}
targets:
  real:
    {visits: {parquet: real/visits}, """,
)
PLUS = "case plan when 'plus' then 1 else 0 end"


@pytest.fixture
def real(tmp_path):
    """A club whose real data were made by these settings."""

    def make(*settings, text=CLUB):
        (tmp_path / "club.yaml").write_text(text)
        land(load(tmp_path / "club.yaml", Options(seed=77, settings=settings), {}).plan, tmp_path / "real")
        return load(tmp_path / "club.yaml", Options(target="real"), {})

    return make


@pytest.fixture
def club(real, tmp_path):
    """What calibrating such a club says, in all and of its members."""

    def make(*settings, text=CLUB):
        found = calibrate(real(*settings, text=text), tmp_path / "new.yaml")
        return found, yaml.safe_load(found.text)["datasets"]["members"]

    return make


def rate(said):
    return float(said.removesuffix(" per day"))


def test_rates_and_effects_are_found(club):
    found, members = club(
        "datasets.members.leave.hazard={base: 0.006 per day, fee - 10: 0.15}",
        "datasets.members.returns.hazard=0.03 per day",
        "datasets.members.transitions.upgrade.hazard.base=0.006 per day",
    )
    leave = members["leave"]["hazard"]
    assert rate(leave["base"]) == pytest.approx(0.006, rel=0.15)
    assert leave["fee - 10"] == pytest.approx(0.15, abs=0.02)
    assert rate(members["returns"]["hazard"]) == pytest.approx(0.03, rel=0.15)
    assert rate(members["transitions"]["upgrade"]["hazard"]["base"]) == pytest.approx(0.006, rel=0.1)
    columns = members["columns"]  # as members begin: upgrades and the price rise do not blur them
    assert columns["plan"]["choice"] == pytest.approx({"basic": 0.7, "plus": 0.3}, abs=0.025)
    assert columns["fee"] == {"integer": [5, 20], "decimals": 0}
    assert columns["state"] == {"constant": "new"}
    change = next(each for each in found.changes if each.what.endswith("upgrade.hazard.base"))
    low, high = (rate(end) for end in change.interval.split(" to "))
    assert low <= 0.006 <= high
    assert change.off == pytest.approx(0.67, abs=0.05)


def test_what_may_well_be_so_stays(club):
    found, members = club()
    assert members["leave"]["hazard"] == {"base": "0.002 per day", "fee - 10": 0.05}
    assert not [each.what for each in found.changes if "hazard" in each.what]


def test_what_is_heard_of_late_is_found(real):
    text = LISTENING.replace("fee - 10: 0.05", "visits_7d: 0.1")
    loaded = real("datasets.members.leave.hazard={base: 0.002 per day, visits_7d: 0.6}", text=text)
    seen = observations(loaded.plan)
    profile = sealed(loaded.plan, seen)
    for found in (seen, unsealed(loaded.plan, profile)):
        fits = fit_hazards(Evidence("members", found["members"], loaded.plan, loaded.as_written, found))
        told = {str(fitted.path[-1]): fitted.new for fitted in fits if "leave" in fitted.path}
        assert rate(told["base"]) == pytest.approx(0.002, rel=0.2)
        assert told["visits_7d"] == pytest.approx(0.6, abs=0.08)


def test_a_sealed_profile_tells_them_in_sums_over_ten(real):
    loaded = real(
        "datasets.members.leave.hazard={base: 0.006 per day, fee - 10: 0.15}",
        "datasets.members.transitions.upgrade.hazard.base=0.006 per day",
    )
    profile = sealed(loaded.plan, observations(loaded.plan))
    moves = profile["datasets"]["members"]["moves"]["of"]
    assert moves.keys() == {"leave", "returns", "transitions.upgrade"}
    assert min(people for move in moves.values() for people, *_ in move["cells"]) >= 10
    found = unsealed(loaded.plan, profile)
    fits = [*fit_hazards(Evidence("members", found["members"], loaded.plan, loaded.as_written, found))]
    told = {dotted(fitted.path[2:]): fitted for fitted in fits}
    assert rate(told["leave.hazard.base"].new) == pytest.approx(0.006, rel=0.15)
    assert told['leave.hazard."fee - 10"'].new == pytest.approx(0.15, abs=0.02)
    assert rate(told["transitions.upgrade.hazard.base"].new) == pytest.approx(0.006, rel=0.1)
    assert told["returns.hazard"].agrees


def test_beside_a_hidden_trait_the_world_is_asked(club):
    text = CLUB.replace("fee - 10: 0.05", "fee - 10: 0.05, thrift: 1.5")
    _, members = club("datasets.members.leave.hazard={base: 0.006 per day, fee - 10: 0.2, thrift: 1.5}", text=text)
    leave = members["leave"]["hazard"]
    assert rate(leave["base"]) == pytest.approx(0.006, rel=0.25)
    assert leave["fee - 10"] == pytest.approx(0.2, abs=0.035)
    assert leave["thrift"] == 1.5


def test_changes_that_look_alike_are_not_told(club):
    bargain = "      bargain: {hazard: 0.01 per day, set: {plan: \"'plus'\", fee: fee + 8}}\n"
    found, _ = club(text=CLUB.replace("      price_rise:", f"{bargain}      price_rise:"))
    assert not [each.what for each in found.changes if "upgrade" in each.what or "bargain" in each.what]


def test_an_effect_on_those_who_never_leave_stays(club):
    text = CLUB.replace("fee - 10: 0.05", f'"{PLUS}": -2')
    _, members = club(f'datasets.members.leave.hazard={{base: 0.006 per day, "{PLUS}": -30}}', text=text)
    leave = members["leave"]["hazard"]
    assert rate(leave["base"]) == pytest.approx(0.006, rel=0.15)
    assert leave[PLUS] == -2
