"""Kafka's clients: how they are set up, what their errors mean, and what a topic is.

Whatever secures a connection comes from the environment: `sasl.password` from KAFKA_SASL_PASSWORD, and so the others of
`FROM_ENVIRONMENT`. Fields of a sink or source never hold it.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from sandbox import registry
from sandbox.errors import InputError, OutsideError

Setting: TypeAlias = str | int | float | bool
Answer = TypeVar("Answer")

FROM_ENVIRONMENT = (
    "security.protocol", "sasl.mechanism", "sasl.username", "sasl.password", "sasl.oauthbearer.method",
    "sasl.oauthbearer.client.id", "sasl.oauthbearer.client.secret", "sasl.oauthbearer.token.endpoint.url",
    "sasl.oauthbearer.scope", "sasl.oauthbearer.config", "ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location",
    "ssl.certificate.pem", "ssl.key.location", "ssl.key.pem", "ssl.key.password", "ssl.keystore.location",
    "ssl.keystore.password",
)  # fmt: skip
"""librdkafka's properties that are read from variables: KAFKA_ and the property, its dots as underscores."""
_ASKED_FOR_S = 5.0
_LOGGER = logging.getLogger("sandbox.kafka")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False


@dataclass(slots=True)
class Trouble:
    """What a client complained about last; librdkafka tries on, and tells only that it does."""

    last: str = ""
    fatal: str = ""
    times: int = 0

    def __call__(self, error: Any) -> None:
        """Note an error; the client calls this by itself."""
        self.last = error.str()
        self.times += 1
        if error.fatal():
            self.fatal = error.str()


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the brokers tell it."""

    name: str
    partitions: tuple[int, ...]
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Brokers:
    """A cluster: where it is, and how its clients are set up."""

    servers: str
    """`HOST:PORT`, several with commas between."""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    """More properties of librdkafka."""
    patience_s: float = 60.0

    def client(self, kind: str, trouble: Trouble, settings: Mapping[str, Any] | None = None) -> Any:
        """A `Producer`, `Consumer` or `AdminClient` with these properties; what the user says goes before them.

        Raises:
            InputError: the extra is missing, or a property is not one of librdkafka's.
        """
        library = registry.from_extra("confluent_kafka.admin" if kind == "AdminClient" else "confluent_kafka", "kafka")
        told = {"bootstrap.servers": self.servers, **(settings or {}), **secured(), **self.settings}
        try:
            return getattr(library, kind)({**told, "error_cb": trouble}, logger=_LOGGER)
        except registry.from_extra("confluent_kafka", "kafka").KafkaException as error:
            raise InputError(f"kafka: {error.args[0].str()}.") from None

    def topic(self, name: str, with_settings: bool = True) -> Topic | None:
        """The topic, with its settings where they may be asked for; None where there is none.

        Raises:
            OutsideError: nobody answers.
        """
        trouble = Trouble()
        admin = self.client("AdminClient", trouble)
        # All are listed: some brokers make a topic that is asked for by its name.
        found = self.asked(
            admin, lambda: admin.list_topics(timeout=min(_ASKED_FOR_S, self.patience_s)), trouble
        ).topics.get(name)
        if found is None:
            return None
        if found.error is not None:
            raise OutsideError(f"kafka://{self.servers}/{name}: {found.error.str()}.")
        return Topic(name, tuple(sorted(found.partitions)), _settings_of(admin, name) if with_settings else {})

    def make(self, name: str, partitions: int, replication: int, settings: Mapping[str, Setting]) -> None:
        """Make a topic; somebody else may do so at the same time.

        Raises:
            OutsideError: the brokers refuse it.
        """
        library = registry.from_extra("confluent_kafka.admin", "kafka")
        admin = self.client("AdminClient", Trouble())
        told = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in settings.items()}
        wanted = library.NewTopic(name, partitions, replication, config=told)
        try:
            admin.create_topics([wanted], operation_timeout=_ASKED_FOR_S)[name].result(self.patience_s)
        except library.KafkaException as error:
            if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise OutsideError(f"kafka://{self.servers}/{name}: cannot be made: {error.args[0].str()}") from None
        except TimeoutError:
            raise self.silent(f"the topic {name} was to be made") from None

    def asked(self, client: Any, ask: Callable[[], Answer], trouble: Trouble) -> Answer:
        """Ask the brokers until they answer. Raises OutsideError when patience is at its end."""
        failure = registry.from_extra("confluent_kafka", "kafka").KafkaException
        end = time.monotonic() + self.patience_s
        while True:
            try:
                return ask()
            except failure as error:
                passes = error.args[0].retriable() or error.args[0].name() in _PASSING
                if hasattr(client, "poll"):  # which is when a client tells what troubles it
                    client.poll(0)
                if not passes or time.monotonic() > end:
                    raise self.silent(trouble.last or error.args[0].str()) from None
            time.sleep(0.1)

    def silent(self, reason: str) -> OutsideError:
        """What is said where no broker answers."""
        return OutsideError(
            f"kafka://{self.servers}: no answer within {self.patience_s:g} s ({reason.rstrip('.')}). Is Kafka running "
            "there, and does it advertise an address that is reached from here?"
        )


_PASSING = ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "_RESOLVE", "_WAIT_COORD")


def secured() -> dict[str, str]:
    """The properties that the environment sets."""
    named = {name: f"KAFKA_{name.upper().replace('.', '_')}" for name in FROM_ENVIRONMENT}
    return {name: os.environ[variable] for name, variable in named.items() if variable in os.environ}


def judged(settings: Mapping[str, Setting]) -> Mapping[str, Setting]:
    """Properties that a user gave. Raises ValueError for those that belong into the environment."""
    for name in settings:
        if name in FROM_ENVIRONMENT:
            raise ValueError(f"'{name}' is not written down; set KAFKA_{name.upper().replace('.', '_')}.")
    return settings


def split_location(location: str) -> dict[str, str]:
    """Servers and topic of an address: `//HOST:PORT,HOST:PORT/TOPIC`. Raises ValueError with a mend."""
    servers, _, topic = location.removeprefix("//").partition("/")
    if not location.startswith("//") or not servers or not topic or "/" in topic:
        raise ValueError("names no brokers and topic; write kafka://HOST:PORT/TOPIC.")
    return {"servers": servers, "topic": topic}


def _settings_of(admin: Any, name: str) -> Mapping[str, str]:
    """A topic's own settings; none where the brokers do not tell them to everybody."""
    library = registry.from_extra("confluent_kafka.admin", "kafka")
    asked = library.ConfigResource(library.ConfigResource.Type.TOPIC, name)
    try:
        told = admin.describe_configs([asked], request_timeout=_ASKED_FOR_S)[asked].result(_ASKED_FOR_S)
    except (library.KafkaException, TimeoutError):
        return {}
    return {key: entry.value for key, entry in told.items() if entry.value is not None}
