"""How fast lists are served: our server beside a bare ASGI handler that returns the same bytes, on the same uvicorn.

Latency through boto3, one call at a time; throughput and the slowest of a hundred at sixteen keep-alive connections
of a plain client. Both servers are processes of their own and take turns; a server's own processor time says what the
client's share cannot hide.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from tests.benchmarks.printing import Line

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "scenarios/telecom_loop.yaml"
OURS, BARE = "sandbox serve", "a bare handler"
CUSTOMERS, ITEMS, CONNECTIONS = 5_000, 1_000, 16
CALLS, REQUESTS = 300, 8_000
ARN = "arn:aws:personalize:eu-west-1:000000000000:campaign/recommender"


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Milliseconds through boto3, and requests a second; the best of some rounds by turns."""
    calls, requests = max(int(CALLS * share), 50), max(int(REQUESTS * share), 800)
    with _Server(_ours, folder) as ours:
        body = _get(ours.url, "/recommend?customer=7&n=10")
        wire = _through_boto3(ours.url, "7")
        with _Server(_bare, (body, wire)) as bare:
            servers = {OURS: ours, BARE: bare}
            called: dict[str, list[float]] = {name: [] for name in servers}
            loads: dict[str, list[_Load]] = {name: [] for name in servers}
            for number in range(rounds):
                for name, server in servers.items():
                    called[name].append(_latency_ms(server.url, calls, number))
                    loads[name].append(_load(server, requests, number))
    return _told(called, loads)


def _told(called: dict[str, list[float]], loads: dict[str, list[_Load]]) -> list[Line]:
    ms = {name: min(each) for name, each in called.items()}
    rate = {name: max(load.rate for load in each) for name, each in loads.items()}
    cpu = {name: min(load.cpu_us for load in each) for name, each in loads.items()}
    slow = min(load.p99_ms for load in loads[OURS])
    figures = {"ratio": rate[OURS] / rate[BARE], "by cpu": cpu[BARE] / cpu[OURS], "wanted": "0.6 or more"}
    return [
        *(Line(f"boto3: {name}", {"ms, median": ms[name]}) for name in ms),
        Line("boto3: ours by the bare", {"ratio": ms[OURS] / ms[BARE], "wanted": "1.5 or less"}),
        *(
            Line(f"{CONNECTIONS} connections: {name}", {"requests a second": rate[name], "CPU us": cpu[name]})
            for name in rate
        ),
        Line("plain HTTP: ours by the bare", figures),
        Line(f"the slowest of a hundred, {ITEMS:,} items", {"ms": slow, "wanted": "under 15"}),
    ]


@dataclass
class _Server:
    """A server in a process of its own."""

    target: Any
    argument: Any
    url: str = ""
    process: Any = None

    def __enter__(self) -> _Server:
        context = multiprocessing.get_context("spawn")
        mine, theirs = context.Pipe()
        self.process = context.Process(target=self.target, args=(theirs, self.argument), daemon=True)
        self.process.start()
        self.url = mine.recv()
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.join(10)

    @property
    def cpu_s(self) -> float:
        """Processor time that it has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


def _ours(told: Connection, folder: Path) -> None:
    import sandbox
    from sandbox.serve.accepted import Accepted
    from sandbox.serve.recommending import Recommendations
    from sandbox.serve.serving import Served

    sizes = [f"datasets.customers.rows={CUSTOMERS}", f"datasets.products.rows={ITEMS}", "clock.days=40"]
    recommendations = Recommendations.of(sandbox.load(SCENARIO, set=sizes).plan)
    recommendations.learn()
    _serve(Served(recommendations, Accepted(folder, recommendations)).app(), told)


def _bare(told: Connection, bodies: tuple[bytes, bytes]) -> None:
    plain, wire = bodies

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        await receive()
        body = plain if scope["method"] == "GET" else wire
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    _serve(app, told)


def _serve(app: Any, told: Connection) -> None:
    from sandbox.serve.server import listen, serving, url_of

    with listen("127.0.0.1", 0) as listening:
        server = serving(app, listening)
        server.ready = lambda: told.send(url_of(listening))
        server.run()


def _get(url: str, path: str) -> bytes:
    import httpx

    return httpx.get(f"{url}{path}").content


def _through_boto3(url: str, who: str) -> bytes:
    import httpx

    return httpx.post(f"{url}/recommendations", json={"campaignArn": ARN, "userId": who, "numResults": 10}).content


def _latency_ms(url: str, calls: int, seed: int) -> float:
    """The median of calls for customers drawn by chance."""
    import boto3

    client = boto3.client(
        "personalize-runtime",
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    chance, took = random.Random(seed), []
    for _ in range(calls):
        who = str(chance.randrange(1, CUSTOMERS))
        begin = time.perf_counter()
        client.get_recommendations(campaignArn=ARN, userId=who, numResults=10)
        took.append(time.perf_counter() - begin)
    client.close()
    return float(np.median(took)) * 1e3


@dataclass(frozen=True)
class _Load:
    rate: float
    p99_ms: float
    cpu_us: float
    """Of the server, a request."""


def _load(server: _Server, requests: int, seed: int) -> _Load:
    import uvloop

    chance = random.Random(seed)
    asks = [chance.randrange(1, CUSTOMERS) for _ in range(requests)]
    cpu, begin = server.cpu_s, time.perf_counter()
    took = uvloop.run(_ask_all(server.url, asks))
    seconds = time.perf_counter() - begin
    return _Load(requests / seconds, float(np.percentile(took, 99)) * 1e3, (server.cpu_s - cpu) / requests * 1e6)


async def _ask_all(url: str, asks: Sequence[int]) -> list[float]:
    where, loop = urlsplit(url), asyncio.get_running_loop()
    shares = [asks[first::CONNECTIONS] for first in range(CONNECTIONS)]
    askers = [_Asker(share, loop.create_future()) for share in shares]
    for asker in askers:
        await loop.create_connection(lambda asker=asker: asker, where.hostname, where.port)
    return [each for asker in askers for each in await asker.done]


@dataclass(eq=False)
class _Asker(asyncio.Protocol):
    """One keep-alive connection: the next request as soon as an answer is whole."""

    asks: Sequence[int]
    done: asyncio.Future[list[float]]
    took: list[float] = field(default_factory=list)
    left: int = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        if not self.left:
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            self.left = length - len(body)
        else:
            self.left -= len(data)
        if not self.left:
            self.took.append(time.perf_counter() - self.begun)
            self._ask()

    def _ask(self) -> None:
        if len(self.took) == len(self.asks):
            self.transport.close()
            self.done.set_result(self.took)
            return
        who = self.asks[len(self.took)]
        self.begun = time.perf_counter()
        self.transport.write(b"GET /recommend?customer=%d&n=10 HTTP/1.1\r\nHost: localhost\r\n\r\n" % who)
