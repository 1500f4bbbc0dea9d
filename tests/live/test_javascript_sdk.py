"""Amazon's own JavaScript SDK against our server: lists, events and typed errors, as a website would have them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.serve.conftest import here, recommendations, scenario

__all__ = ["here", "recommendations", "scenario"]

PACKAGES = [f"@aws-sdk/client-personalize{part}@3" for part in ("", "-runtime", "-events")]
SCRIPT = """
import { PersonalizeClient, ListCampaignsCommand, ListEventTrackersCommand, DescribeEventTrackerCommand }
  from "@aws-sdk/client-personalize";
import { PersonalizeRuntimeClient, GetRecommendationsCommand, GetPersonalizedRankingCommand }
  from "@aws-sdk/client-personalize-runtime";
import { PersonalizeEventsClient, PutEventsCommand } from "@aws-sdk/client-personalize-events";

const personalize = new PersonalizeClient(), runtime = new PersonalizeRuntimeClient();
const events = new PersonalizeEventsClient();

const { campaigns } = await personalize.send(new ListCampaignsCommand({}));
const campaignArn = campaigns.find(each => each.name === "recommender").campaignArn;
const { eventTrackers } = await personalize.send(new ListEventTrackersCommand({}));
const { eventTracker } = await personalize.send(
  new DescribeEventTrackerCommand({ eventTrackerArn: eventTrackers[0].eventTrackerArn }));

const ask = async userId => (await runtime.send(
  new GetRecommendationsCommand({ campaignArn, userId, numResults: 5 }))).itemList.map(each => each.itemId);
const before = await ask("js-session");
await events.send(new PutEventsCommand({
  trackingId: eventTracker.trackingId, sessionId: "js-session",
  eventList: [{ eventType: "product_view", sentAt: new Date("2026-03-05T12:30:15.250Z"), itemId: "P00009",
                properties: JSON.stringify({ amount: 3 }) }],
}));
const after = await ask("js-session");
const ranked = await runtime.send(
  new GetPersonalizedRankingCommand({ campaignArn, userId: "js-session", inputList: [...after].reverse() }));

const wrong = {};
for (const [name, asked] of Object.entries({
  many: { campaignArn, userId: "7", numResults: 501 }, gone: { campaignArn: campaignArn + "x", userId: "7" } }))
  try { await runtime.send(new GetRecommendationsCommand(asked)); } catch (error) { wrong[name] = error.name; }

console.log(JSON.stringify({ campaigns: campaigns.length, made: campaigns[0].creationDateTime, before, after,
  ranked: ranked.personalizedRanking.map(each => each.itemId), wrong }));
"""


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SDK."""
    folder = tmp_path_factory.mktemp("javascript")
    quiet = ["--no-audit", "--no-fund", "--silent"]
    subprocess.run(["npm", "install", *quiet, *PACKAGES], cwd=folder, check=True, timeout=300)
    (folder / "script.mjs").write_text(SCRIPT, encoding="utf-8")
    return folder


def test_a_website_is_served(sdk: Path, here) -> None:
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": here.url,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
    }
    done = subprocess.run(["node", "script.mjs"], cwd=sdk, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["campaigns"] == 2
    assert told["made"].startswith("20")
    assert told["before"] != told["after"]
    assert told["ranked"] == told["after"]
    assert told["wrong"] == {"many": "InvalidInputException", "gone": "ResourceNotFoundException"}
    landed = (here.behind.accepted.folder / "web_events.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(landed[-1])["happened_at"] == "2026-03-05T12:30:15.250000Z"
