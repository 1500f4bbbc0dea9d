"""The shop: two lists side by side that follow what one does, events that are the scenario's, features that wait."""

from __future__ import annotations

import json

import pytest

from sandbox.demo.opening import Wishes, forget, opened
from sandbox.errors import InputError


def ids(products):
    return [product["id"] for product in products]


def test_both_lists_are_those_that_the_api_gives(looked_at):
    shop = looked_at
    customer = shop.state()["shoppers"][0]["id"]
    seen = shop.visit("s", customer)
    for side, policy in (("rules", "rules"), ("model", "recommender")):
        listed = shop.recommendations.ask(policy, customer, 60).items
        assert [item for item in listed if item in ids(seen[side])] == ids(seen[side])
    assert seen["shopper"]["met"] >= 4


def test_those_to_choose_from_are_those_for_whom_the_shelves_differ(looked_at):
    shop = looked_at

    def same(customer):
        seen = shop.visit("s", customer)
        return len(set(ids(seen["rules"])) & set(ids(seen["model"])))

    chosen = [each["id"] for each in shop.state()["shoppers"]]
    assert len(chosen) == 24
    others = [each.id for each in shop.shoppers.first(300) if each.id not in chosen][:100]
    assert sum(map(same, chosen)) / len(chosen) < sum(map(same, others)) / len(others)


def test_a_click_changes_the_model_at_once_and_is_an_event_of_the_scenario(shop, tmp_path):
    before = shop.visit("visitor", None)
    item = shop.page("accessory", "", 0, 1)[0]["id"]
    told, on_disk = shop.act("visitor", None, "view", item)
    on_disk.result(10)
    assert ids(told["model"]) != ids(before["model"])
    assert [each["event"] for each in told["events"]] == ["product_view"]
    lines = (tmp_path / "events" / "web_events.jsonl").read_text().splitlines()
    assert [json.loads(line)["product_id"] for line in lines] == [item]
    assert shop.accepted.events["event"].to_pylist() == ["product_view"]


def test_what_was_bought_is_not_shown_again(shop):
    customer = shop.state()["shoppers"][0]["id"]
    item = ids(shop.visit("s", customer)["model"])[0]
    for action in ("click", "basket", "buy"):
        told, _ = shop.act("s", customer, action, item)
    assert item not in ids(told["model"]) + ids(told["rules"])
    assert shop.accepted.events["amount"].to_pylist()[-1] == shop.product(item)["product"]["price"]


def test_features_know_of_it_when_it_has_arrived_and_not_before(shop, monkeypatch):
    now = [shop.clock.begins_us]
    monkeypatch.setattr(type(shop.clock), "now_us", lambda self: now[0])
    customer = shop.state()["shoppers"][0]["id"]
    before = shop.visit("s", customer)["features"]
    item = next(each for each in shop.recommendations.now.ids if each not in ids(shop.visit("s", customer)["latest"]))
    told, _ = shop.act("s", customer, "buy", item)
    arrives = shop.clock.begins_us + round(told["events"][0]["left"][-1] * 1e6)
    now[0] = arrives - 1_000_000
    assert shop.visit("s", customer)["features"]["bought"] == before["bought"]
    now[0] = arrives + 1_000_000
    assert shop.visit("s", customer)["features"]["bought"] == before["bought"] + 1


def test_rules_are_there_before_the_model_has_learnt(scenario, tmp_path, monkeypatch):
    monkeypatch.setattr("sandbox.demo.shop.learning.Learning.start", lambda self: True)
    with opened(scenario.plan, scenario._world, Wishes(tmp_path)) as shop:
        shop.shelves.read_history(scenario._world)
        seen = shop.visit("s", None)
        assert len(seen["rules"]) == 6
        assert seen["model"] is None
        assert shop.product(ids(seen["rules"])[0])["like"] == []


def test_people_are_unseen_unless_somebody_asks(scenario, tmp_path):
    name = scenario.table("customers")["full_name"][0].as_py()
    for show_pii in (False, True):
        with opened(scenario.plan, None, Wishes(tmp_path, show_pii=show_pii)) as shop:
            shop.learning.wait()
            told = json.dumps([shop.search("1"), shop.visit("s", "1"), shop.state()], default=str)
            assert (name in told) is show_pii
            assert ("Customer 1" in told) is not show_pii


def test_what_happened_is_known_again_until_it_is_forgotten(scenario, tmp_path):
    for left in (0, 1):
        with opened(scenario.plan, None, Wishes(tmp_path)) as shop:
            assert len(shop.accepted) == left
            shop.learning.wait()
            item = shop.page(None, "", 0, 1)[0]["id"]
            shop.act(f"s{left}", "7", "view", item)[1].result(10)
    forget(tmp_path)
    with opened(scenario.plan, None, Wishes(tmp_path)) as shop:
        assert len(shop.accepted) == 0
        shop.learning.wait()


@pytest.mark.parametrize(
    ("action", "item", "says"),
    [("steal", "P00001", "'steal' cannot be done here"), ("buy", "P99999", "there is no product 'P99999'")],
)
def test_what_cannot_be_done_is_said_and_leaves_no_trace(looked_at, action, item, says):
    shop = looked_at
    with pytest.raises(InputError, match=says):
        shop.act("s", None, action, item)
    with pytest.raises(InputError, match="there is no customer 'nobody'"):
        shop.visit("s", "nobody")
    assert len(shop.accepted) == 0


def test_it_may_learn_anew_from_what_was_done_here(shop):
    item = shop.page(None, "", 0, 1)[0]["id"]
    before = shop.learning.told()
    shop.act("s", "7", "view", item)[1].result(10)
    assert shop.learning.start()
    shop.learning.wait()
    after = shop.learning.told()
    assert (after["times"], after["events"]) == (2, before["events"] + 1)
