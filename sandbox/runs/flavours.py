"""The file by which MLflow knows how to call an exported model: its flavour, and the columns that it asks for.

Source: MLflow's model format, file `MLmodel`, flavour `python_function` with a `loader_module`.
"""

from __future__ import annotations

import datetime
import json
import platform
from collections.abc import Sequence
from pathlib import Path

from sandbox.models.saving import CONTRACT_FILE
from sandbox.registry import from_extra

LOADER = "sandbox.models.pyfunc"
MODEL_FILE = "MLmodel"
_TYPES = {"number": "double", "boolean": "boolean", "category": "string", "date": "datetime", "duration": "double"}
"""By the kind of a feature; a time of day is a text."""


def model_file(contract: Path, folder: str, run_id: str, at_ms: int) -> str:
    """The text of a saved model's `MLmodel`.

    Args:
        contract: the model's own contract.
        folder: where the model is among the run's artifacts.
        run_id: MLflow's name of the run.
        at_ms: when it was made, milliseconds since 1970.
    """
    models, types = from_extra("mlflow.models", "mlflow"), from_extra("mlflow.types", "mlflow")
    learnt = json.loads(contract.read_text(encoding="utf-8"))["features"]
    asked = [types.ColSpec(_TYPES.get(each["kind"], "string"), each["name"]) for each in learnt]
    if "date" in {each["kind"] for each in learnt}:
        asked.append(types.ColSpec("datetime", "moment", required=False))
    told = [types.ColSpec("double", "probability"), types.ColSpec("boolean", "positive")]
    signature = models.ModelSignature(types.Schema(asked), types.Schema(told))
    made = models.Model(
        artifact_path=folder,
        run_id=run_id,
        utc_time_created=datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC).replace(tzinfo=None),
        signature=signature,
        model_uuid=None,
    )
    made.add_flavor("python_function", loader_module=LOADER, python_version=platform.python_version())
    text: str = made.to_yaml()
    return text


def contract_of(files: Sequence[Path]) -> Path | None:
    """The contract among a model's files; None of a policy, which is made again from its journal."""
    return next((path for path in files if path.name == CONTRACT_FILE), None)
