"""What there is, as `personalize` tells it: campaigns, recommenders, trackers and filters."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.serve.serving import Served
from tests.serve.conftest import ARN, Here

GROUP = f"{ARN}:dataset-group/telecom_loop"


@pytest.fixture(scope="session")
def personalize(here: Here) -> Any:
    return here.client("personalize")


def test_a_campaign_for_each_policy(here: Here, personalize: Any) -> None:
    version = here.behind.recommendations.now.champions["recommender"].version
    listed = personalize.list_campaigns()["campaigns"]
    assert [each["name"] for each in listed] == ["rules", "recommender"]
    told = personalize.describe_campaign(campaignArn=listed[1]["campaignArn"])["campaign"]
    assert told["status"] == "ACTIVE"
    assert told["solutionVersionArn"] == f"{ARN}:solution/recommender/{version}"
    assert isinstance(told["creationDateTime"], datetime.datetime)


def test_lists_come_in_pages(personalize: Any) -> None:
    pages = list(personalize.get_paginator("list_campaigns").paginate(PaginationConfig={"PageSize": 1}))
    assert [len(page["campaigns"]) for page in pages] == [1, 1]
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        personalize.list_campaigns(nextToken="17")


def test_the_tracking_id_is_told(personalize: Any, here: Here) -> None:
    listed = personalize.list_event_trackers()["eventTrackers"]
    told = personalize.describe_event_tracker(eventTrackerArn=listed[0]["eventTrackerArn"])["eventTracker"]
    assert told["trackingId"] == here.behind.tracking_id
    assert personalize.list_dataset_groups()["datasetGroups"][0]["datasetGroupArn"] == GROUP


def test_a_recommender_has_a_recipe(personalize: Any) -> None:
    recipes = [each["recipeArn"].rpartition("/")[2] for each in personalize.list_recommenders()["recommenders"]]
    assert recipes == ["aws-popularity-count", "aws-user-personalization"]


def test_a_filter_from_its_making_to_its_end(personalize: Any, runtime: Any) -> None:
    made = personalize.create_filter(
        name="by-category",
        datasetGroupArn=GROUP,
        filterExpression="INCLUDE ItemID WHERE Items.CATEGORY IN ($CATEGORY)",
    )["filterArn"]
    asked = {"campaignArn": f"{ARN}:campaign/recommender", "userId": "7", "metadataColumns": {"ITEMS": ["CATEGORY"]}}
    told = runtime.get_recommendations(**asked, filterArn=made, filterValues={"CATEGORY": '"tariff"'})["itemList"]
    assert {each["metadata"]["CATEGORY"] for each in told} == {"tariff"}
    with pytest.raises(ClientError, match="no value for"):
        runtime.get_recommendations(**asked, filterArn=made)
    with pytest.raises(ClientError, match="ResourceAlreadyExistsException"):
        personalize.create_filter(name="by-category", datasetGroupArn=GROUP, filterExpression="x")
    assert personalize.describe_filter(filterArn=made)["filter"]["filterExpression"].startswith("INCLUDE")
    assert [each["name"] for each in personalize.list_filters()["Filters"]] == ["by-category"]
    personalize.delete_filter(filterArn=made)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        runtime.get_recommendations(**asked, filterArn=made)


def test_what_was_bought_is_left_out(personalize: Any, runtime: Any, here: Here) -> None:
    made = personalize.create_filter(
        name="not-bought",
        datasetGroupArn=GROUP,
        filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("purchase")',
    )["filterArn"]
    rows = here.behind.recommendations.origin.table("web_events").to_pylist()
    sales = [row for row in rows if row["event"] == "purchase" and row["customer_id"] is not None]
    who = sales[0]["customer_id"]
    bought = {row["product_id"] for row in sales if row["customer_id"] == who}
    asked = {"campaignArn": f"{ARN}:campaign/recommender", "userId": str(who), "numResults": 500}
    told = {each["itemId"] for each in runtime.get_recommendations(**asked, filterArn=made)["itemList"]}
    whole = {each["itemId"] for each in runtime.get_recommendations(**asked)["itemList"]}
    assert bought <= whole - told
    personalize.delete_filter(filterArn=made)


def test_the_user_decides_what_a_filter_does(personalize: Any, runtime: Any, events: Any, here: Here) -> None:
    made = personalize.create_filter(
        name="by-plan",
        datasetGroupArn=GROUP,
        filterExpression='INCLUDE ItemID WHERE Items.CATEGORY IN ("tariff") IF CurrentUser.PLAN = "max"',
    )["filterArn"]
    asked = {
        "campaignArn": f"{ARN}:campaign/recommender",
        "metadataColumns": {"ITEMS": ["CATEGORY"]},
        "numResults": 500,
    }

    def shown(who: str) -> set[str]:
        told = runtime.get_recommendations(**asked, userId=who, filterArn=made)["itemList"]
        return {each["metadata"]["CATEGORY"] for each in told}

    plans = {
        str(row["customer_id"]): row["plan"]
        for row in here.behind.recommendations.origin.table("customers").to_pylist()
    }
    of_plan = {plan: next(who for who, each in plans.items() if each == plan) for plan in ("max", "basic")}
    assert shown(of_plan["max"]) == {"tariff"}
    assert len(shown(of_plan["basic"])) > 1
    user = {"userId": of_plan["basic"], "properties": '{"plan": "max", "full_name": "A. Nyone"}'}
    events.put_users(datasetArn=f"{ARN}:dataset/telecom_loop/USERS", users=[user])
    assert shown(of_plan["basic"]) == {"tariff"}
    personalize.delete_filter(filterArn=made)


def test_promoted_items_have_their_share(personalize: Any, runtime: Any) -> None:
    made = personalize.create_filter(
        name="promoted", datasetGroupArn=GROUP, filterExpression='INCLUDE ItemID WHERE Items.CATEGORY IN ("accessory")'
    )["filterArn"]
    promotion = {"name": "sale", "percentPromotedItems": 40, "filterArn": made}
    told = runtime.get_recommendations(
        campaignArn=f"{ARN}:campaign/recommender",
        userId="7",
        numResults=10,
        promotions=[promotion],
        metadataColumns={"ITEMS": ["CATEGORY"]},
    )["itemList"]
    promoted = [each for each in told if each.get("promotionName") == "sale"]
    assert (len(told), len(promoted)) == (10, 4)
    assert {each["metadata"]["CATEGORY"] for each in promoted} == {"accessory"}
    assert len({each["itemId"] for each in told}) == 10
    personalize.delete_filter(filterArn=made)


def test_answers_have_numbers(personalize: Any) -> None:
    assert personalize.list_campaigns()["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("INCLUDE", "it ends"), ('INCLUDE ItemID WHERE Items.CATGORY IN ("x")', "Did you mean 'category'")],
)
def test_a_filter_that_does_not_parse_is_refused(personalize: Any, text: str, said: str) -> None:
    with pytest.raises(ClientError, match="InvalidInputException") as raised:
        personalize.create_filter(name="wrong", datasetGroupArn=GROUP, filterExpression=text)
    assert said in str(raised.value)


def test_what_is_not_answered_says_what_is(here: Here, personalize: Any) -> None:
    with pytest.raises(ClientError, match="NotImplementedException") as raised:
        personalize.list_schemas()
    assert "ListCampaigns" in str(raised.value)
    with pytest.raises(ClientError, match="NotImplementedException") as raised:
        here.client("personalize-events").put_actions(
            datasetArn=f"{ARN}:dataset/telecom_loop/ACTIONS", actions=[{"actionId": "1"}]
        )
    assert "PutEvents" in str(raised.value)


def test_a_filter_outlives_the_server_until_it_is_deleted(here: Here, personalize: Any) -> None:
    for name in ("kept", "gone"):
        personalize.create_filter(
            name=name, datasetGroupArn=GROUP, filterExpression='INCLUDE ItemID WHERE Items.CATEGORY IN ("tariff")'
        )
    personalize.delete_filter(filterArn=f"{ARN}:filter/gone")
    made = personalize.describe_filter(filterArn=f"{ARN}:filter/kept")["filter"]["creationDateTime"]
    later = Served(here.behind.recommendations, here.behind.accepted)
    assert set(later.filters.made) == {"kept"}
    assert later.filters.made["kept"][1] == pytest.approx(made.timestamp(), abs=0.01)
    personalize.delete_filter(filterArn=f"{ARN}:filter/kept")
