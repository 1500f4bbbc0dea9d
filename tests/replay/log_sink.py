"""A sink without books, to be killed: every row is there as soon as it is sent, which it says two batches later."""

from __future__ import annotations

from pathlib import Path

import sandbox
from sandbox.replay import Wishes, replay, work_of
from sandbox.replay.paces import pace_of
from sandbox.scenario.outlets import Account, OutletPart

LOG = Path("log")


class LogPart(OutletPart):
    """A file `log` with an id a line."""

    def touches(self):
        return {}

    def connect(self, errand):
        return Log()


class Log:
    def __init__(self):
        self.file, self.sent, self.known = LOG.open("a"), [0], 0

    def send(self, batch, faults=None):
        self.file.write("".join(f"{event}\n" for event in batch.column("event_id").to_pylist()))
        self.file.flush()
        self.sent.append(self.sent[-1] + batch.num_rows)
        self.known = self.sent[max(len(self.sent) - 3, 0)]

    def account(self):
        return Account(self.sent[-1], self.known, settled=self.known)

    def refusals(self):
        return ()

    def flush(self):
        self.known = self.sent[-1]

    def held(self):
        return None

    def close(self):
        self.file.close()


def send_visits(rate: str) -> None:
    """Replay the shop's visits to the log."""
    scenario = sandbox.load("shop.yaml")
    work = work_of(scenario.plan, ["web_events"], "jsonl:log", Wishes(pace=pace_of(rate=rate)), Path("data"))
    work.parts.update(web_events=LogPart())
    replay(work)
