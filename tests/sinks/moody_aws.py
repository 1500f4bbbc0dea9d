"""AWS in a bad mood: an endpoint before moto's that throttles, takes some records only, fails, hangs or breaks off."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from tests.sinks.rude_http import RudeHandler, RudeServer

THROTTLED = "ProvisionedThroughputExceededException"


class MoodyAws:
    """Forwards to moto, but does with each PutRecords call as the next word of its script says.

    `throttle` and `internal` turn the call away, `some` takes each third record only, `lost` takes all and breaks
    off, `reset` takes nothing and breaks off. When the script ends, every call is taken.
    """

    def __init__(self, moto: str) -> None:
        self.moto = moto
        self.script: list[str] = []
        self.always: str | None = None
        self.calls: list[list[str]] = []
        """The partition keys of each PutRecords call."""

    def __enter__(self) -> MoodyAws:
        aws = self

        class Handler(RudeHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = 200, b""
                if self.headers.get("X-Amz-Target", "").endswith(".PutRecords"):
                    records = json.loads(body)["Records"]
                    aws.calls.append([record["PartitionKey"] for record in records])
                    word = aws.script.pop(0) if aws.script else aws.always
                    if word in ("throttle", "internal"):
                        code = THROTTLED if word == "throttle" else "InternalFailure"
                        status, answer = (400 if word == "throttle" else 500), json.dumps({"__type": code}).encode()
                    elif word == "some":
                        answer = self._some(json.loads(body))
                    elif word == "reset":
                        return self.break_off()
                    else:
                        status, answer = self._forwarded(body)
                    if word == "lost":
                        return self.break_off()
                else:
                    status, answer = self._forwarded(body)
                return self.answer(status, {"Content-Type": "application/x-amz-json-1.1"}, answer)

            def _forwarded(self, body: bytes) -> tuple[int, bytes]:
                wanted = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date")
                headers = {name: self.headers[name] for name in wanted}
                request = urllib.request.Request(aws.moto, body, headers)
                try:
                    with urllib.request.urlopen(request) as response:
                        return response.status, response.read()
                except urllib.error.HTTPError as error:
                    with error:
                        return error.code, error.read()

            def _some(self, asked: dict[str, Any]) -> bytes:
                records = asked["Records"]
                kept = [at for at in range(len(records)) if at % 3 == 1]
                answers: list[Any] = [{"ErrorCode": THROTTLED, "ErrorMessage": "Rate exceeded"} for _ in records]
                if kept:
                    body = json.dumps({**asked, "Records": [records[at] for at in kept]}).encode()
                    taken = json.loads(self._forwarded(body)[1])["Records"]
                    for at, answer in zip(kept, taken, strict=True):
                        answers[at] = answer
                return json.dumps({"FailedRecordCount": len(records) - len(kept), "Records": answers}).encode()

        self._server = RudeServer(Handler)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        return self._server.url
