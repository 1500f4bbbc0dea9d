"""AWS in a bad mood: an endpoint before moto's that throttles, takes some records only, fails, hangs or breaks off."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

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
                        return self._break_off()
                    else:
                        status, answer = self._forwarded(body)
                    if word == "lost":
                        return self._break_off()
                else:
                    status, answer = self._forwarded(body)
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                return None

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

            def _break_off(self) -> None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

            def finish(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    super().finish()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"
