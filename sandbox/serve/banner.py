"""What a developer pastes: the environment of an unmodified client, and the names of what there is to ask."""

from __future__ import annotations

from sandbox.serve.predicting import Predictions
from sandbox.serve.serving import Served
from sandbox.serve.wire.arns import REGION, Named

DUMMY = "sandbox"
"""Both halves of a key that nobody checks."""


def environment(url: str, key: str | None = None) -> dict[str, str]:
    """The variables by which every SDK of Amazon's finds the server instead of the service."""
    return {
        "AWS_ENDPOINT_URL_PERSONALIZE": url,
        "AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME": url,
        "AWS_ENDPOINT_URL_PERSONALIZE_EVENTS": url,
        "AWS_ACCESS_KEY_ID": DUMMY if key is None else "…the key that --require-key names…",
        "AWS_SECRET_ACCESS_KEY": DUMMY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


def names(served: Served) -> dict[str, str]:
    """ARNs and the tracking id, by what they are for."""
    there = served.recommendations
    plan = there.origin.plan
    return {
        **{f"campaign {name}": Named("campaign", name).arn for name in there.parts},
        **{f"filter {name}": Named("filter", name).arn for name in served.filters.made},
        "dataset group": Named("dataset-group", plan.name).arn,
        "items": Named("dataset", f"{plan.name}/ITEMS").arn,
        "users": Named("dataset", f"{plan.name}/USERS").arn,
        "tracking id": served.tracking_id,
    }


def banner(served: Served, url: str, key: str | None) -> str:
    """Lines for a shell, the rest as its comments."""
    there, found = served.recommendations, names(served)
    widest = max(map(len, found))
    warning = there.origin.basis.warning
    lines = [
        *([f"# {warning}"] if warning else []),
        f"# {there.origin.plan.name} is served at {url}, until Ctrl-C. Paste where the client runs:",
        *(f"export {name}={value}" for name, value in environment(url, key).items()),
        *(f"# {name.ljust(widest)}  {value}" for name, value in found.items()),
        f"# without an SDK: curl '{url}/recommend?customer=1&n=5', {url}/openapi.json",
        *(_prediction(served.predictions, name, url) for name in served.predictions.names),
    ]
    return "\n".join(lines)


def _prediction(predictions: Predictions, name: str, url: str) -> str:
    if name in predictions.made:
        return f"# curl '{url}/predict/{name}?{predictions.keys[name]}=1'"
    return f"# /predict/{name} {predictions.mend}"
