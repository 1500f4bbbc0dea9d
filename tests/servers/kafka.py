"""A real Apache Kafka: one process that is broker and controller (KRaft), which may be killed and started again."""

from __future__ import annotations

import subprocess
import uuid
from base64 import urlsafe_b64encode

from tests.servers.jars import java, kafka_jars
from tests.servers.server import Server, ServerError, free_port

_HEAP = ("-Xms256m", "-Xmx768m")
_LOGGING = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class Kafka(Server):
    """One broker; `address` is what `bootstrap.servers` takes. Topics are made only by who asks for them."""

    name = "kafka"

    def __init__(self) -> None:
        super().__init__()
        self._classes = f"{kafka_jars()}/*"
        self._controller_port = free_port()
        self._lay_out()

    def command(self) -> list[str]:
        """The broker."""
        return self._java("kafka.Kafka", "server.properties", options=_HEAP)

    def _lay_out(self) -> None:
        (self.folder / "server.properties").write_text(self._properties(), encoding="utf-8")
        (self.folder / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "x")
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", "server.properties")
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            self.close()
            raise ServerError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")

    def _java(self, *words: str, options: tuple[str, ...] = ()) -> list[str]:
        return [java(), *options, "-Dlog4j2.configurationFile=log4j2.properties", "-cp", self._classes, *words]

    def _properties(self) -> str:
        settings: dict[str, object] = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{self._controller_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.folder / "data",
            "auto.create.topics.enable": "false",
            # One broker holds every copy there is.
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            # A group of one consumer need not wait for others.
            "group.initial.rebalance.delay.ms": 0,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())
