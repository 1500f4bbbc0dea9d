"""Names of what there is, as ARNs: a campaign and a recommender for each policy, in an account that nobody has."""

from __future__ import annotations

import re
from dataclasses import dataclass

ACCOUNT, REGION = "000000000000", "eu-west-1"
_ARN = re.compile(r"arn:[a-z\d-]+:personalize:[^:]*:[^:]*:([a-z-]+)/(.+)")


@dataclass(frozen=True, slots=True)
class Named:
    """What an ARN says: the kind of a resource and its name."""

    kind: str
    name: str

    @property
    def arn(self) -> str:
        """Written out."""
        return f"arn:aws:personalize:{REGION}:{ACCOUNT}:{self.kind}/{self.name}"


def read(arn: str) -> Named | None:
    """What an ARN names, in whatever region and account; None where it is none."""
    found = _ARN.fullmatch(arn)
    return None if found is None else Named(found[1], found[2])
