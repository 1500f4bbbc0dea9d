"""GetRecommendations through boto3, as Amazon's documentation calls it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.serve.recommending import Recommendations
from tests.serve.conftest import ARN

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


def test_scores_sum_to_one_over_the_catalogue(runtime: Any) -> None:
    told = runtime.get_recommendations(campaignArn=MODEL, userId="7", numResults=500)["itemList"]
    assert len(told) == 60
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
