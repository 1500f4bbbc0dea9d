"""GetRecommendations through boto3, as Amazon's documentation calls it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.serve.recommending import Recommendations
from tests.serve.conftest import ARN, Here

MODEL = f"{ARN}:campaign/recommender"


def test_a_customer_gets_a_list(runtime: Any, recommendations: Recommendations) -> None:
    told = runtime.get_recommendations(campaignArn=MODEL, userId="7", numResults=5)
    ids = [each["itemId"] for each in told["itemList"]]
    assert ids == recommendations.batch("recommender", ["7"], 5)[0]
    assert told["recommendationId"].startswith("RID-")
    assert len(told["recommendationId"]) == 40


def test_twenty_five_where_nobody_asks_for_a_number(runtime: Any) -> None:
    assert len(runtime.get_recommendations(campaignArn=MODEL, userId="7")["itemList"]) == 25


def test_who_is_unknown_gets_what_sells_best(runtime: Any) -> None:
    lists = [runtime.get_recommendations(campaignArn=MODEL, userId=who)["itemList"] for who in ("nobody", "nobody2")]
    assert lists[0] == lists[1]


def test_scores_sum_to_one_over_the_catalogue(here: Here, runtime: Any) -> None:
    told = runtime.get_recommendations(campaignArn=MODEL, userId="7", numResults=500)["itemList"]
    assert len(told) == len(here.behind.recommendations.now.ids) >= 60
    assert sum(each["score"] for each in told) == pytest.approx(1)
    assert [each["score"] for each in told] == sorted((each["score"] for each in told), reverse=True)


def test_an_item_is_what_the_list_is_about(runtime: Any) -> None:
    item = runtime.get_recommendations(campaignArn=MODEL, userId="7")["itemList"][0]["itemId"]
    told = runtime.get_recommendations(campaignArn=MODEL, itemId=item, numResults=500)["itemList"]
    assert item not in {each["itemId"] for each in told}


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"campaignArn": MODEL, "userId": "7", "numResults": 501}, "InvalidInputException"),
        ({"campaignArn": MODEL, "userId": "7" * 257}, "InvalidInputException"),
        ({"campaignArn": MODEL}, "InvalidInputException"),
        ({"userId": "7"}, "InvalidInputException"),
        ({"campaignArn": "campaign", "userId": "7"}, "InvalidInputException"),
        ({"campaignArn": f"{ARN}:campaign/none", "userId": "7"}, "ResourceNotFoundException"),
        ({"recommenderArn": MODEL, "userId": "7"}, "ResourceNotFoundException"),
    ],
)
def test_what_is_wrong_has_a_type(runtime: Any, asked: dict[str, Any], kind: str) -> None:
    with pytest.raises(ClientError) as raised:
        runtime.get_recommendations(**asked)
    assert raised.value.response["Error"]["Code"] == kind
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_scores_only_where_the_recipe_has_them(runtime: Any) -> None:
    assert "score" not in runtime.get_recommendations(campaignArn=f"{ARN}:campaign/rules", userId="7")["itemList"][0]


def test_a_recommender_answers_as_its_campaign_does(runtime: Any) -> None:
    told = [
        [
            each["itemId"]
            for each in runtime.get_recommendations(userId="7", **{f"{kind}Arn": f"{ARN}:{kind}/rules"})["itemList"]
        ]
        for kind in ("campaign", "recommender")
    ]
    assert told[0] == told[1]


def test_a_list_of_the_callers_own_in_a_better_order(runtime: Any) -> None:
    whole = runtime.get_recommendations(campaignArn=MODEL, userId="7", numResults=500)["itemList"]
    mine = [each["itemId"] for each in whole[::9]]
    told = runtime.get_personalized_ranking(campaignArn=MODEL, userId="7", inputList=[*reversed(mine), "no-such-item"])
    ranked = told["personalizedRanking"]
    assert [each["itemId"] for each in ranked] == [*mine, "no-such-item"]
    assert sum(each["score"] for each in ranked) == pytest.approx(1)
    with pytest.raises(ClientError, match="twice"):
        runtime.get_personalized_ranking(campaignArn=MODEL, userId="7", inputList=["P00001", "P00001"])
    with pytest.raises(ClientError, match="1 to 500"):
        runtime.get_personalized_ranking(campaignArn=MODEL, userId="7", inputList=[])


def test_context_is_taken(runtime: Any) -> None:
    told = runtime.get_recommendations(campaignArn=MODEL, userId="7", context={"DEVICE": "phone"})
    assert told["itemList"]


def test_columns_of_items_come_along(runtime: Any) -> None:
    asked = {"campaignArn": MODEL, "userId": "7", "numResults": 3}
    told = runtime.get_recommendations(**asked, metadataColumns={"ITEMS": ["CATEGORY", "price"]})["itemList"]
    assert all(set(each["metadata"]) == {"CATEGORY", "price"} for each in told)
    with pytest.raises(ClientError, match="ITEMS has no COLOUR"):
        runtime.get_recommendations(**asked, metadataColumns={"ITEMS": ["COLOUR"]})
    with pytest.raises(ClientError, match="only key is ITEMS"):
        runtime.get_recommendations(**asked, metadataColumns={"USERS": ["PLAN"]})


def test_a_click_is_tied_to_the_list_that_it_came_from(here: Here, runtime: Any, events: Any) -> None:
    told = runtime.get_recommendations(campaignArn=MODEL, userId="12")
    item, before = told["itemList"][0]["itemId"], here.behind.shown.clicked["recommender"]
    click = {"eventType": "click", "sentAt": 1772000000, "itemId": item, "recommendationId": told["recommendationId"]}
    for _ in range(2):
        events.put_events(
            trackingId=here.behind.tracking_id,
            userId="12",
            sessionId="12-1",
            eventList=[click],
        )
    assert here.behind.shown.clicked["recommender"] == before + 1
    assert here.behind.shown.used[told["recommendationId"]] == {item}
