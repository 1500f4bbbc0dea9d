"""Posts of rows, one after the other: what each answer means, and when to try again."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import urllib3
from numpy.typing import NDArray

from sandbox.clients.patience import Patience
from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account, Books, Errand, Refusal
from sandbox.sinks.http_bodies import Parcel, parcels

if TYPE_CHECKING:
    from sandbox.sinks.http import HttpWebhook

TRY_AGAIN = frozenset([0, 408, 409, 425, 429, 500, 502, 503, 504])
"""Answers that may be another in a while. 0: there was none; 409: the same post is still being dealt with."""
TOO_LARGE = 413
ROWS_ARE_WRONG = frozenset([400, TOO_LARGE, 422])
"""Answers to what was sent; any other that is no success would be the same for all rows."""
_MOST_READ = 1 << 16
_MENDS = {
    401: "give a token by the name of its variable: ?token=VARIABLE",
    403: "the token may not post there",
    404: "look at the path of the address",
    405: "whoever answers there takes no POST",
    410: "whoever took rows there does so no more",
    415: "try the other ?format=, json or jsonl",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    """0: nothing."""
    words: str
    """The status and the beginning of what was said, or why nothing came."""
    wait_s: float = 0.0
    """How long the receiver asks to wait."""


@dataclass(slots=True)
class Webhook:
    """An open webhook. Posts go one after the other over one connection, so that rows keep their order."""

    config: HttpWebhook
    errand: Errand
    posted_to: str = field(repr=False)
    """The whole URL, with what its own query holds."""
    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    """What no message may tell."""
    _books: Books = field(default_factory=Books)
    _refusals: list[Refusal] = field(default_factory=list)
    _pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(num_pools=1, maxsize=1))

    def send(self, batch: pa.RecordBatch, faults: NDArray[np.int8] | None = None) -> None:
        """Post the rows; returns when each of them is taken or refused."""
        for parcel in parcels(batch, faults, self.config.batch, self.config.envelope):
            self._deliver(parcel, self._books.sent, self._books.open(len(parcel)))

    def account(self) -> Account:
        """What is known by now."""
        return self._books.account()

    def refusals(self) -> Sequence[Refusal]:
        """Rows refused since this was last asked."""
        told, self._refusals = self._refusals, []
        return told

    def flush(self) -> None:
        """Nothing is on its way between two calls of `send`."""

    def held(self) -> None:
        """A webhook keeps no books."""
        return

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def _deliver(self, parcel: Parcel, first: int, chunk: list[int]) -> None:
        """Post until the rows are taken or refused; what is too large for the receiver goes in halves."""
        body = parcel.body(self.config.format)
        answer = self._answer(body, parcel.key(self.errand.name, body), len(parcel))
        if answer.status == TOO_LARGE and len(parcel) > 1:
            for half in parcel.halves():
                self._deliver(half, first, chunk)
                first += len(half)
        elif answer.status in ROWS_ARE_WRONG:
            chunk[0] -= len(parcel)
            self._books.refused += len(parcel)
            self._refusals += [Refusal(row, answer.words) for row in range(first, first + len(parcel))]
        else:
            chunk[0] -= len(parcel)
            self._books.acknowledged += len(parcel)

    def _answer(self, body: bytes, key: str, rows: int) -> Answer:
        """Post until the answer is final: a success, or that these rows are wrong."""
        patience = Patience(key, self.errand.patience_s)
        while True:
            answer = self._post(body, key)
            if 200 <= answer.status < 300 or answer.status in ROWS_ARE_WRONG:
                return answer
            if answer.status not in TRY_AGAIN:
                mend = _MENDS.get(answer.status, "look at the address")
                if 300 <= answer.status < 400:
                    mend = "it sends on to somewhere else; give the address of that"
                raise OutsideError(f"{self.config.url}: {answer.words}; {mend}.")
            pause = patience.pause_s(answer.wait_s)
            if pause is None:
                asks = f" (and asks to wait {answer.wait_s:.0f} s)" if answer.wait_s else ""
                raise OutsideError(
                    f"{self.config.url}: {answer.words}{asks}, after {patience.attempts} attempts. {rows} rows were "
                    "not taken; start it again when the receiver is well, and it goes on with them."
                )
            self._books.retried += rows
            time.sleep(pause)

    def _post(self, body: bytes, key: str) -> Answer:
        seconds = self.config.timeout
        try:
            answer = self._pool.request(
                "POST",
                self.posted_to,
                body=body,
                headers={**self.headers, "Idempotency-Key": key},
                retries=False,
                redirect=False,
                timeout=urllib3.Timeout(connect=seconds, read=seconds),
                preload_content=False,
            )
            told = answer.read(_MOST_READ)
        except urllib3.exceptions.HTTPError as error:
            return Answer(0, self._without_secrets(_reason_of(error)))
        if len(told) == _MOST_READ:
            answer.close()
        answer.release_conn()
        words = self._without_secrets(" ".join(told.decode("utf-8", "replace").split()))
        said = f"HTTP {answer.status}: {words[:200]}" if words else f"HTTP {answer.status}"
        return Answer(answer.status, said, _asked_to_wait(answer.headers.get("Retry-After")))

    def _without_secrets(self, words: str) -> str:
        for secret in self.secrets:
            for told in (secret, urllib.parse.quote_plus(secret)):
                words = words.replace(told, "…")
        return words


def _asked_to_wait(header: str | None) -> float:
    """Seconds of a Retry-After header, which holds seconds or a date; 0 where it says neither."""
    if header is None:
        return 0.0
    try:
        return urllib3.Retry(retry_after_max=86_400).parse_retry_after(header)
    except urllib3.exceptions.InvalidHeader:
        return 0.0


def _reason_of(error: Exception) -> str:
    """What went wrong on the way, in words that tell what to look at."""
    known: list[tuple[type[Exception], str]] = [
        (urllib3.exceptions.NameResolutionError, "its host is not known"),
        (urllib3.exceptions.NewConnectionError, "nobody answers"),
        (urllib3.exceptions.TimeoutError, "no answer in time"),
        (urllib3.exceptions.SSLError, "its certificate is not trusted"),
        (urllib3.exceptions.ProtocolError, "the connection broke off"),
    ]
    return next((words for kind, words in known if isinstance(error, kind)), str(error))
