"""What a schema registry knows: each schema under one id, subjects of versions, and how compatible they must stay."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import fastavro

from tests.servers.compatibility import reads

LEVELS = ("NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE")


class RefusedError(Exception):
    """An answer that is an error: the HTTP code, the registry's own code, and its words."""

    def __init__(self, code: int, error_code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.error_code, self.message = code, error_code, message


@dataclass
class Schemas:
    """All that is registered. Versions begin with 1, ids too; a deleted version's number is not given again."""

    texts: dict[int, str] = field(default_factory=dict)
    subjects: dict[str, dict[int, int]] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    level: str = "BACKWARD"
    _newest: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def routes(self) -> list[tuple[str, str, Callable[..., Any]]]:
        """Method, path and what answers; the most special first."""
        subject, version = "/subjects/([^/]+)", "/versions/([^/]+)"
        return [
            ("GET", "/subjects", lambda query: sorted(self.subjects)),
            ("GET", f"{subject}/versions", lambda name, query: sorted(self._subject(name))),
            ("GET", f"{subject}{version}", lambda name, at, query: self._version(name, at)),
            (
                "GET",
                f"{subject}{version}/schema",
                lambda name, at, query: json.loads(self._version(name, at)["schema"]),
            ),
            ("POST", f"{subject}/versions", self._register),
            ("POST", subject, self._look_up),
            ("DELETE", subject, self._delete),
            ("DELETE", f"{subject}{version}", self._delete_version),
            ("GET", "/schemas/types", lambda query: ["AVRO"]),
            ("GET", "/schemas/ids/([0-9]+)", lambda id_, query: {"schema": self._text(id_)}),
            ("GET", "/schemas/ids/([0-9]+)/schema", lambda id_, query: json.loads(self._text(id_))),
            ("GET", "/schemas/ids/([0-9]+)/versions", self._uses),
            ("POST", f"/compatibility{subject}{version}", self._judge),
            ("GET", "/config", lambda query: {"compatibilityLevel": self.level}),
            ("PUT", "/config", self._set_level),
            ("GET", "/config/([^/]+)", self._level_of),
            ("PUT", "/config/([^/]+)", self._set_level_of),
            ("GET", "/mode", lambda query: {"mode": "READWRITE"}),
        ]

    def _register(self, name: str, body: Any, query: str) -> Any:
        text = _parsed(body)
        with self._lock:
            versions = self.subjects.setdefault(unquote(name), {})
            for id_ in versions.values():
                if self.texts[id_] == text:
                    return {"id": id_}
            if problem := self._broken(unquote(name), text):
                words = "Schema being registered is incompatible with an earlier schema for subject"
                raise RefusedError(409, 409, f'{words} "{unquote(name)}": {problem}')
            id_ = next((known for known, other in self.texts.items() if other == text), len(self.texts) + 1)
            self.texts[id_] = text
            self._newest[unquote(name)] = self._newest.get(unquote(name), 0) + 1
            versions[self._newest[unquote(name)]] = id_
            return {"id": id_}

    def _look_up(self, name: str, body: Any, query: str) -> Any:
        text = _parsed(body)
        for version, id_ in self._subject(name).items():
            if self.texts[id_] == text:
                return {"subject": unquote(name), "version": version, "id": id_, "schema": text}
        raise RefusedError(404, 40403, "Schema not found")

    def _delete(self, name: str, query: str) -> Any:
        versions = sorted(self._subject(name))
        del self.subjects[unquote(name)]
        return versions

    def _delete_version(self, name: str, at: str, query: str) -> Any:
        version = self._version(name, at)["version"]
        del self.subjects[unquote(name)][version]
        return version

    def _uses(self, id_: str, query: str) -> Any:
        self._text(id_)
        return [
            {"subject": name, "version": version}
            for name, versions in self.subjects.items()
            for version, known in versions.items()
            if known == int(id_)
        ]

    def _judge(self, name: str, at: str, body: Any, query: str) -> Any:
        earlier = self._version(name, at)["schema"]
        level = self.levels.get(unquote(name), self.level)
        return {"is_compatible": _problem(level, _parsed(body), earlier) is None}

    def _level_of(self, name: str, query: str) -> Any:
        if unquote(name) not in self.levels and "defaultToGlobal=true" not in query:
            raise RefusedError(
                404, 40408, f"Subject '{unquote(name)}' does not have subject-level compatibility configured"
            )
        return {"compatibilityLevel": self.levels.get(unquote(name), self.level)}

    def _set_level(self, body: Any, query: str) -> Any:
        self.level = _level(body)
        return {"compatibility": self.level}

    def _set_level_of(self, name: str, body: Any, query: str) -> Any:
        self.levels[unquote(name)] = _level(body)
        return {"compatibility": self.levels[unquote(name)]}

    def _subject(self, name: str) -> dict[int, int]:
        if not self.subjects.get(unquote(name)):
            raise RefusedError(404, 40401, f"Subject '{unquote(name)}' not found.")
        return self.subjects[unquote(name)]

    def _version(self, name: str, at: str) -> dict[str, Any]:
        versions = self._subject(name)
        if at != "latest" and not (at.isdigit() and 0 < int(at) < 2**31):
            raise RefusedError(422, 42202, f"The specified version '{at}' is not a valid version id.")
        version = max(versions) if at == "latest" else int(at)
        if version not in versions:
            raise RefusedError(404, 40402, f"Version {at} not found.")
        id_ = versions[version]
        return {"subject": unquote(name), "version": version, "id": id_, "schema": self.texts[id_]}

    def _text(self, id_: str) -> str:
        if int(id_) not in self.texts:
            raise RefusedError(404, 40403, f"Schema {id_} not found")
        return self.texts[int(id_)]

    def _broken(self, name: str, text: str) -> str | None:
        """What the new schema would break at the subject's level."""
        level = self.levels.get(name, self.level)
        earlier = [self.texts[id_] for _, id_ in sorted(self.subjects[name].items(), reverse=True)]
        compared = earlier if level.endswith("TRANSITIVE") else earlier[:1]
        return next((problem for other in compared if (problem := _problem(level, text, other))), None)


def _problem(level: str, new: str, earlier: str) -> str | None:
    """Why two schemas do not keep a level: BACKWARD means that the new one reads what the earlier one wrote."""
    found = None
    if level.startswith(("BACKWARD", "FULL")):
        found = reads(json.loads(new), json.loads(earlier))
    if level.startswith(("FORWARD", "FULL")):
        found = found or reads(json.loads(earlier), json.loads(new))
    return found


def _parsed(body: Any) -> str:
    if not isinstance(body, dict) or not isinstance(body.get("schema"), str):
        raise RefusedError(422, 42201, "Empty schema")
    if body.get("schemaType", "AVRO") != "AVRO":
        raise RefusedError(422, 42201, f"Invalid schema type {body['schemaType']}")
    try:
        schema = json.loads(body["schema"])
        fastavro.parse_schema(json.loads(body["schema"]))
    except Exception as error:
        raise RefusedError(422, 42201, f"Invalid schema {body['schema']}: {error}") from error
    return json.dumps(schema, separators=(",", ":"))


def _level(body: Any) -> str:
    level = body.get("compatibility") if isinstance(body, dict) else None
    if level not in LEVELS:
        raise RefusedError(422, 42203, f"Invalid compatibility level. Valid values are {', '.join(LEVELS)}")
    return str(level)
