"""What the services answer where something is wrong: typed errors that every SDK raises by their name."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.serve.calling import JSON, Answer, in_json


class TypedError(Exception):
    """An error with a type of the service's model."""

    def __init__(self, kind: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.kind, self.message, self.status = kind, message, status

    def answer(self) -> Answer:
        """The type as a header, as REST services give it, and in the body, as JSON services do."""
        found = in_json({"__type": self.kind, "message": self.message}, self.status)
        found.headers = [JSON, (b"x-amzn-ErrorType", self.kind.encode())]
        return found


def invalid(message: str) -> TypedError:
    """A member that is not as it must be."""
    return TypedError("InvalidInputException", message)


def not_found(message: str) -> TypedError:
    """An ARN of which there is nothing."""
    return TypedError("ResourceNotFoundException", message)


def constraints(found: Sequence[str]) -> TypedError:
    """Everything that breaks the model, at once."""
    many = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
    return invalid(f"{many} detected: {'; '.join(found)}")
