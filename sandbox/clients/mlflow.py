"""A client of MLflow: where its store is, how long is waited for it, and what went wrong in words."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox import registry
from sandbox.errors import InputError, OutsideError

_QUIET = ("alembic", "mlflow", "urllib3")


@dataclass(frozen=True, slots=True)
class Store:
    """Where MLflow keeps its runs: a server, or a folder with a SQLite file and what the runs leave."""

    uri: str
    artifacts: str | None = None
    """Where an experiment's files go; None: where the server says."""


def store_of(to: str) -> Store:
    """The store that a user names, a URL or a folder. Raises InputError: it has a password in it, or is neither."""
    parts = urlsplit(to)
    if not to.strip():
        raise InputError("--to: is empty; name a folder, or the URL of a server.")
    if "://" not in to:
        folder = Path(to).absolute()
        if folder.exists() and not folder.is_dir():
            raise InputError(f"--to {to}: is a file; name a folder, or the URL of a server.")
        return Store(f"sqlite:///{folder / 'mlflow.db'}", (folder / "artifacts").as_uri())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"--to: '{parts.scheme}://' is nothing to export to; name a folder, or http(s)://HOST[:PORT].")
    if parts.username or parts.password:
        said = "take it out, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
        raise InputError(f"--to: the URL has a name or a password in it; {said}")
    return Store(to)


@contextmanager
def client_of(store: Store) -> Iterator[Any]:
    """MLflow's own client, which tells nobody outside that it is used.

    Raises:
        InputError: the extra is missing.
        OutsideError: the store cannot be reached, or does not take something.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # read when MLflow is imported
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    where = store.uri.removeprefix("sqlite:///")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that it stands on
        tracking = registry.from_extra("mlflow.tracking", "mlflow")
        failure = registry.from_extra("mlflow.exceptions", "mlflow").MlflowException
        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            if store.artifacts is not None:
                Path(where).parent.mkdir(parents=True, exist_ok=True)
            yield tracking.MlflowClient(tracking_uri=store.uri, registry_uri=store.uri)
        except failure as error:
            if "Max retries exceeded" in str(error):
                raise OutsideError(f"{where}: cannot be reached; does MLflow's server run there?") from None
            raise OutsideError(f"{where}: {_first_line(error)}") from None
        except OSError as error:
            raise OutsideError(f"{where}: {error.strerror or _first_line(error)}.") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
