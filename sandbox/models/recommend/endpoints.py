"""Policies that are somebody else's: a list is asked for over HTTP, or of Amazon Personalize.

The real service takes the place of a local model by one line of a target; what it does not answer in time, a fallback
gives, and that is counted.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
from pydantic import Field

from sandbox.errors import InputError
from sandbox.models.recommend.policies import PolicyPart
from sandbox.registry import from_extra
from sandbox.scenario.language.terms import Duration

if TYPE_CHECKING:
    from sandbox.models.recommend.events import Events
    from sandbox.models.recommend.rankers import Ranker
    from sandbox.models.recommend.remote import Ask

_ARN = r"arn:[a-z\d-]+:personalize:.*:.*:.+"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"


class Endpoint(PolicyPart):
    """Base of the policies that ask elsewhere."""

    needs: ClassVar[str | None] = None
    """The extra that must be installed for it."""

    timeout: Duration = timedelta(seconds=2)
    """How long an answer is waited for; then a fallback gives the list."""
    results: int = Field(default=100, ge=1, le=500)
    """How many items are asked for; behind them come best sellers."""
    connections: int = Field(default=8, ge=1, le=256)
    """How many ask at once."""

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The hosts that are asked, without secrets."""
        return {}

    def learn(self, events: Events, catalogue: pa.Table, seed: int) -> Ranker:
        """Nothing to learn here but who people and items are."""
        from sandbox.models.recommend.rankers import best_selling
        from sandbox.models.recommend.remote import Remote

        people = events.people.cast(pa.string()).to_pylist()
        items = events.items.cast(pa.string()).to_pylist()
        return Remote(self.ask(), people, items, best_selling(events), self.connections)

    @abstractmethod
    def ask(self) -> Ask:
        """What asks for one list. Raises InputError: a library or a variable of the environment is missing."""


class HttpPolicy(Endpoint):
    """Asks `URL?customer=ID&n=NUMBER`, which answers `{"items": ["P1", …]}`, as `sandbox serve` does."""

    needs: ClassVar[str | None] = "http"

    url: str = Field(pattern=r"^https?://[^\s@?#]+$", max_length=2048)
    """Where to ask; without a query and without a user."""
    token: str | None = Field(default=None, pattern=rf"^{_VARIABLE}$")
    """The environment variable that holds a bearer token."""

    @classmethod
    def shorthand(cls) -> str | None:
        """`http: http://localhost:8980/recommend`."""
        return "url"

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The URL."""
        return {"host": [self.url]}

    def ask(self) -> Ask:
        """Over connections that are kept."""
        from sandbox.models.recommend.remote import AnswerError, items_of

        library = from_extra("urllib3", "http")
        secret = None if self.token is None else os.environ.get(self.token)
        if self.token is not None and not secret:
            raise InputError(f"http: the environment has no {self.token}, which `token:` names.")
        headers = {} if secret is None else {"authorization": f"Bearer {secret}"}
        pool = library.PoolManager(maxsize=self.connections, retries=False, timeout=self.timeout.total_seconds())

        def asked(customer: str | None) -> Sequence[str]:
            fields = {"n": str(self.results)} | ({} if customer is None else {"customer": customer})
            try:
                answer = pool.request("GET", self.url, fields=fields, headers=headers)
            except library.exceptions.TimeoutError:
                raise AnswerError("did not answer in time") from None
            except library.exceptions.HTTPError as error:
                raise AnswerError(f"could not be asked ({type(error).__name__})") from None
            if answer.status != 200:
                raise AnswerError(f"answered {answer.status}")
            return items_of(answer.data)

        return asked


class PersonalizePolicy(Endpoint):
    """Asks a campaign or a recommender of Amazon Personalize: the service, or whatever stands in for it."""

    needs: ClassVar[str | None] = "serve"
    exactly_one: ClassVar = ("campaign", "recommender")

    campaign: str | None = Field(default=None, pattern=_ARN, max_length=256)
    """ARN of a campaign."""
    recommender: str | None = Field(default=None, pattern=_ARN, max_length=256)
    """ARN of a recommender."""
    region: str | None = Field(default=None, pattern=r"^[a-z]{2}[a-z\d-]+$")
    """Absent: as the environment says."""
    endpoint: str | None = Field(default=None, pattern=r"^https?://[^\s@?#]+$", max_length=2048)
    """A URL in the place of the service's, such as that of `sandbox serve`; absent: as the environment says."""

    def touches(self) -> Mapping[str, Sequence[str]]:
        """What is asked."""
        return {"host": [self.endpoint or "personalize-runtime", *filter(None, (self.campaign, self.recommender))]}

    def ask(self) -> Ask:
        """Through boto3, once for each list."""
        from sandbox.clients.personalize import runtime
        from sandbox.models.recommend.remote import AnswerError

        whom = {"campaignArn": self.campaign} if self.campaign is not None else {"recommenderArn": self.recommender}
        where = f"personalize: {next(iter(whom.values()))}"
        client = runtime(where, self.region, self.endpoint, self.timeout.total_seconds(), self.connections)
        from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

        def asked(customer: str | None) -> Sequence[str]:
            try:
                told = client.get_recommendations(userId=customer or "nobody", numResults=self.results, **whom)
            except ClientError as error:
                raise AnswerError(f"answered {error.response['Error']['Code']}") from None
            except (ConnectTimeoutError, ReadTimeoutError):
                raise AnswerError("did not answer in time") from None
            except BotoCoreError as error:
                raise AnswerError(f"could not be asked ({type(error).__name__})") from None
            return [each["itemId"] for each in told["itemList"]]

        return asked
