"""Personalize itself: what there is to ask, and the filters, which a client makes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import InputError
from sandbox.serve.accepted import CHANGED, Accepted
from sandbox.serve.facts import Facts
from sandbox.serve.filters.applying import check_fields
from sandbox.serve.filters.expression import Filter
from sandbox.serve.filters.grammar import read_filter
from sandbox.serve.recommending import Recommendations
from sandbox.serve.wire.arns import Named, read
from sandbox.serve.wire.faults import TypedError, invalid, not_found
from sandbox.serve.wire.recipes import recipe_of

MOST_FILTERS = 10
"""Of a dataset group; those that are asked for by AWS on request are not ours to give."""
PAGE = 100
_NOTED = "filters"


@dataclass(eq=False)
class Filters:
    """The filters that there are, by name; those that clients make outlive the server."""

    facts: Facts
    accepted: Accepted
    made: dict[str, tuple[Filter, float]] = field(default_factory=dict)
    """Each, and when it was made."""

    def make(self, name: str, text: str, at: float | None = None) -> Filter:
        """A new one. Raises InputError: it does not parse, or a field of it is no column."""
        found = read_filter(text)
        check_fields(found, self.facts)
        self.made[name] = (found, time.time() if at is None else at)
        return found

    def remember(self) -> None:
        """Make again what clients have made and not deleted. Raises InputError: it makes no sense any more."""
        noted = {each["name"]: each for each in self.accepted.notes(_NOTED)}
        for name, each in noted.items():
            if each["expression"] is not None:
                try:
                    self.make(name, each["expression"], each["at"])
                except InputError as error:
                    raise InputError(f"the filter '{name}', made by a client: {error} {CHANGED}") from None

    def keep(self, name: str) -> Future[None]:
        """Note that a filter is there, or is there no more; the future is done when that is on the disk."""
        found, at = self.made.get(name, (None, time.time()))
        expression = None if found is None else found.text
        return self.accepted.note(_NOTED, {"name": name, "expression": expression, "at": at})

    def of(self, arn: str) -> Filter:
        """The filter of an ARN. Raises TypedError: there is none."""
        named = read(arn)
        if named is None or named.kind != "filter" or named.name not in self.made:
            raise not_found(f"Resource Arn {arn} does not exist.")
        return self.made[named.name][0]


@dataclass(eq=False)
class Control:
    """Answers of the service, by operation."""

    recommendations: Recommendations
    filters: Filters
    tracking_id: str
    since: float = field(default_factory=time.time)

    @property
    def operations(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """All that are answered."""
        return {
            "ListCampaigns": self.list_campaigns,
            "DescribeCampaign": self.describe_campaign,
            "ListRecommenders": self.list_recommenders,
            "DescribeRecommender": self.describe_recommender,
            "ListDatasetGroups": self.list_dataset_groups,
            "ListEventTrackers": self.list_event_trackers,
            "DescribeEventTracker": self.describe_event_tracker,
            "CreateFilter": self.create_filter,
            "DescribeFilter": self.describe_filter,
            "ListFilters": self.list_filters,
            "DeleteFilter": self.delete_filter,
        }

    def list_campaigns(self, asked: dict[str, Any]) -> dict[str, Any]:
        """ListCampaigns."""
        found = [self._campaign(name) for name in self._policies()]
        if asked.get("solutionArn") is not None:
            found = [each for each in found if each["solutionVersionArn"].startswith(f"{asked['solutionArn']}/")]
        keys = ("name", "campaignArn", "status", "creationDateTime", "lastUpdatedDateTime")
        return _page("campaigns", [{key: each[key] for key in keys} for each in found], asked)

    def describe_campaign(self, asked: dict[str, Any]) -> dict[str, Any]:
        """DescribeCampaign."""
        return {"campaign": self._campaign(self._named(asked["campaignArn"], "campaign", self._policies()))}

    def list_recommenders(self, asked: dict[str, Any]) -> dict[str, Any]:
        """ListRecommenders."""
        return _page("recommenders", [self._recommender(name) for name in self._policies()], asked)

    def describe_recommender(self, asked: dict[str, Any]) -> dict[str, Any]:
        """DescribeRecommender."""
        return {"recommender": self._recommender(self._named(asked["recommenderArn"], "recommender", self._policies()))}

    def list_dataset_groups(self, asked: dict[str, Any]) -> dict[str, Any]:
        """ListDatasetGroups."""
        name = self.recommendations.origin.plan.name
        group = {"name": name, "datasetGroupArn": self.group, **self._active()}
        return _page("datasetGroups", [group], asked)

    def list_event_trackers(self, asked: dict[str, Any]) -> dict[str, Any]:
        """ListEventTrackers."""
        tracker = self._tracker()
        keys = ("name", "eventTrackerArn", "status", "creationDateTime", "lastUpdatedDateTime")
        return _page("eventTrackers", [{key: tracker[key] for key in keys}], asked)

    def describe_event_tracker(self, asked: dict[str, Any]) -> dict[str, Any]:
        """DescribeEventTracker."""
        self._named(asked["eventTrackerArn"], "event-tracker", [self.tracking_id])
        return {"eventTracker": self._tracker()}

    async def create_filter(self, asked: dict[str, Any]) -> dict[str, Any]:
        """CreateFilter."""
        if asked["datasetGroupArn"] != self.group:
            raise not_found(f"Resource Arn {asked['datasetGroupArn']} does not exist.")
        name, made = asked["name"], self.filters.made
        if name in made:
            raise TypedError("ResourceAlreadyExistsException", f"there is a filter '{name}'.")
        if len(made) >= MOST_FILTERS:
            raise TypedError("LimitExceededException", f"there are {MOST_FILTERS} filters; delete one.")
        try:
            found = self.filters.make(name, asked["filterExpression"])
        except InputError as error:
            raise invalid(str(error)) from None
        if found.asks_users:
            await asyncio.to_thread(self.filters.facts.read_users)
        await asyncio.wrap_future(self.filters.keep(name))
        return {"filterArn": Named("filter", name).arn}

    def describe_filter(self, asked: dict[str, Any]) -> dict[str, Any]:
        """DescribeFilter."""
        return {"filter": self._filter(self._named(asked["filterArn"], "filter", self.filters.made))}

    def list_filters(self, asked: dict[str, Any]) -> dict[str, Any]:
        """ListFilters, whose answer begins with a capital in the service too."""
        found = [self._filter(name) for name in self.filters.made]
        return _page("Filters", [{k: v for k, v in each.items() if k != "filterExpression"} for each in found], asked)

    async def delete_filter(self, asked: dict[str, Any]) -> dict[str, Any]:
        """DeleteFilter."""
        name = self._named(asked["filterArn"], "filter", self.filters.made)
        del self.filters.made[name]
        await asyncio.wrap_future(self.filters.keep(name))
        return {}

    @property
    def group(self) -> str:
        """The ARN of the scenario's dataset group."""
        return Named("dataset-group", self.recommendations.origin.plan.name).arn

    def _policies(self) -> Sequence[str]:
        return list(self.recommendations.parts)

    def _named(self, arn: str, kind: str, known: Sequence[str] | Mapping[str, Any]) -> str:
        named = read(arn)
        if named is None or named.kind != kind or named.name not in known:
            raise not_found(f"Resource Arn {arn} does not exist.")
        return named.name

    def _campaign(self, name: str) -> dict[str, Any]:
        version = self.recommendations.champion(name).version
        return {
            "name": name,
            "campaignArn": Named("campaign", name).arn,
            "solutionVersionArn": f"{Named('solution', name).arn}/{version}",
            "minProvisionedTPS": 1,
            "campaignConfig": {"enableMetadataWithRecommendations": True, "syncWithLatestSolutionVersion": True},
            **self._active(),
        }

    def _recommender(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "recommenderArn": Named("recommender", name).arn,
            "datasetGroupArn": self.group,
            "recipeArn": recipe_of(self.recommendations.parts[name]).arn,
            "recommenderConfig": {"enableMetadataWithRecommendations": True},
            **self._active(),
        }

    def _tracker(self) -> dict[str, Any]:
        return {
            "name": self.recommendations.origin.plan.name,
            "eventTrackerArn": Named("event-tracker", self.tracking_id).arn,
            "accountId": self.group.split(":")[4],
            "trackingId": self.tracking_id,
            "datasetGroupArn": self.group,
            **self._active(),
        }

    def _filter(self, name: str) -> dict[str, Any]:
        found, made = self.filters.made[name]
        return {
            "name": name,
            "filterArn": Named("filter", name).arn,
            "datasetGroupArn": self.group,
            "filterExpression": found.text,
            "status": "ACTIVE",
            "creationDateTime": made,
            "lastUpdatedDateTime": made,
        }

    def _active(self) -> dict[str, Any]:
        learnt = self.recommendations.now.at
        return {"status": "ACTIVE", "creationDateTime": self.since, "lastUpdatedDateTime": max(self.since, learnt)}


def _page(name: str, found: Sequence[Mapping[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a list: the token says where the next one begins."""
    token, many = asked.get("nextToken"), asked.get("maxResults", PAGE)
    if token is not None and not (token.isdecimal() and len(token) < 10 and int(token) < len(found)):
        raise TypedError("InvalidNextTokenException", "nextToken is none that was given.")
    begin = int(token or 0)
    end = begin + many
    more = {"nextToken": str(end)} if end < len(found) else {}
    return {name: list(found[begin:end]), **more}
