"""A schema registry's client: schemas get ids, and ids lead to schemas (Confluent's published HTTP interface).

Who must log in does so by SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD.
"""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

from sandbox.errors import InputError, OutsideError

_MEDIA = "application/vnd.schemaregistry.v1+json"
_WAIT_S = 10.0
_PAUSE_S = 0.2
_TRIED_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_NO_SUCH_SCHEMA = 40403


@dataclass(frozen=True, slots=True)
class SchemaRegistry:
    """A registry at a URL; whatever it told once it is not asked again."""

    url: str
    patience_s: float = 60.0
    _schemas: dict[int, Any] = field(default_factory=dict)

    def register(self, subject: str, schema: Mapping[str, Any]) -> int:
        """The id of an Avro schema under a subject; the same one for a schema that is there already.

        Raises:
            InputError: readers of earlier versions could not read it, or it is no schema.
            OutsideError: the registry does not answer, or lets us not in.
        """
        code, answer = self._ask(
            "POST", f"/subjects/{quote(subject, safe='')}/versions", {"schema": json.dumps(schema)}
        )
        if code == 409:
            raise InputError(
                f"{self.url}: '{subject}' does not take the schema, since it does not fit its earlier versions "
                f"({answer.get('message', '')}). Give new columns a default, choose another subject, or change the "
                "compatibility that the registry asks of it."
            )
        if code == 422:
            raise InputError(f"{self.url}: '{subject}' does not take the schema: {answer.get('message', '')}.")
        return int(self._expected(code, answer)["id"])

    def schema(self, id_: int) -> Any | None:
        """The schema of an id; None where the registry has none.

        Raises:
            OutsideError: as `register`.
        """
        if id_ not in self._schemas:
            code, answer = self._ask("GET", f"/schemas/ids/{id_}", None)
            if code == 404 and answer.get("error_code") == _NO_SUCH_SCHEMA:
                self._schemas[id_] = None
            else:
                told = self._expected(code, answer)
                kind = told.get("schemaType", "AVRO")
                if kind != "AVRO" or told.get("references"):
                    what = "refers to others" if kind == "AVRO" else f"is {kind}"
                    raise OutsideError(f"{self.url}: schema {id_} {what}, which is not read here; only plain Avro is.")
                self._schemas[id_] = json.loads(told["schema"])
        return self._schemas[id_]

    def _expected(self, code: int, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        if code in (401, 403):
            raise OutsideError(
                f"{self.url}: does not let us in ({code}); set SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD."
            )
        if code != 200:
            raise OutsideError(f"{self.url}: answers {code}: {answer.get('message', 'nothing that explains it')}.")
        return answer

    def _ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Code and answer; asked again while the registry is not well, until patience is at its end."""
        end = time.monotonic() + self.patience_s
        while True:
            try:
                code, answer = self._asked_once(method, path, body)
                if code not in _TRIED_AGAIN or time.monotonic() > end:
                    return code, answer
            except (OSError, HTTPException, ValueError) as error:
                if time.monotonic() > end:
                    reason = getattr(error, "reason", None) or error
                    raise OutsideError(
                        f"{self.url}: the schema registry does not answer ({reason}). Is it running there?"
                    ) from None
            time.sleep(_PAUSE_S)

    def _asked_once(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        told = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url.rstrip("/") + path, told, _headers(), method=method)
        try:
            with urllib.request.urlopen(request, timeout=_WAIT_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                try:
                    return error.code, json.load(error)
                except ValueError:
                    return error.code, {}


def _headers() -> dict[str, str]:
    headers = {"Accept": _MEDIA, "Content-Type": _MEDIA}
    name = os.environ.get("SCHEMA_REGISTRY_USERNAME")
    if name is not None:
        secret = f"{name}:{os.environ.get('SCHEMA_REGISTRY_PASSWORD', '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    return headers
