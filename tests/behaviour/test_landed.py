"""Behaviour of what landed: with columns that tell it all, the same as the scenario promised; with fewer, less."""

import dataclasses

import pytest

from sandbox.behaviour.landed import landed
from sandbox.behaviour.roles import Roles, roles_of

STATES = {f"datasets.web.columns.{name}": {"visit": name} for name in ("state", "step")}
TALKING = {"datasets.web.journey.thinking.emits": "thought"}


def landed_of(scenario, folder, dataset="web", people=True, **roles):
    done, plan = scenario.generate(folder), scenario.plan
    told = dataclasses.replace(roles_of(plan, dataset), **roles)
    parent = plan.datasets[told.of].contract if people else None
    return landed(
        dataset,
        plan.datasets[dataset].contract,
        done.parts(dataset),
        told,
        parent,
        done.parts(told.of),
        "Europe/London",
    )


def test_what_landed_behaves_as_the_scenario_said(shop, tmp_path):
    scenario = shop(**STATES, **TALKING)
    found = landed_of(scenario, tmp_path / "out")
    assert dataclasses.replace(found, told="") == dataclasses.replace(scenario.behaviour("web"), told="")


def test_without_states_the_events_are_the_stops(shop, tmp_path):
    found = landed_of(shop(), tmp_path / "out")
    assert {stop.name for stop in found.stops} == {"page_view", "product_view"}


def test_who_is_known_late_in_a_visit_was_the_same_before(shop, tmp_path):
    late = {"datasets.web.visits.known": 0, "datasets.web.journey.product.logs_in": True}
    scenario = shop(**late)
    found = landed_of(scenario, tmp_path / "out")
    whole = scenario.behaviour("web")
    share = next(stop.reached for stop in whole.stops if stop.name == "product")
    assert 0.4 * whole.customers < found.customers < whole.customers
    assert found.visits == whole.visits
    assert share < 1


@pytest.mark.parametrize("people", [True, False])
def test_rows_that_name_no_visit_still_have_customers_and_a_week(shop, tmp_path, people):
    found = landed_of(shop(), tmp_path / "out", "calls", people)
    assert not found.ways
    assert sum(found.hours) > 0
    assert (found.spans[0].there is not None) == people


def test_without_any_role_there_is_nothing_to_draw(shop, tmp_path):
    assert landed_of(shop(), tmp_path / "out", visit="", customer="", visitor="") is None


def test_roles_are_read_off_the_columns_and_written_to_the_record(shop):
    plan = shop(**STATES).plan
    roles = roles_of(plan, "web")
    assert roles == Roles("customers", "happened_at", "session", "event", "state", "step", "customer_id")
    assert Roles.from_dict(roles.to_dict()) == roles
    assert roles_of(plan, "customers") is None
    assert roles_of(plan, "calls") == Roles("customers", "called_at", customer="customer_id")
