"""A model on disk: the estimator by skops, never pickle, and its contract beside it as JSON.

`model.skops` holds nothing but scikit-learn's and NumPy's types; whatever else a file names is refused before
anything of it is built. Both files are the same bytes for the same model.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from sandbox.errors import InputError, OutsideError, Problem
from sandbox.models.card import card
from sandbox.models.encoding import Encoding, FeatureColumn
from sandbox.models.fitted import Fitted
from sandbox.models.trained import TrainedModel

ESTIMATOR_FILE = "model.skops"
CONTRACT_FILE = "model.json"
FORMAT = 1
_TRUSTED = frozenset(
    {
        "functools.partial",  # of check_array only: what it wraps must be trusted by itself
        "numpy.dtype",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.utils.validation.check_array",
    }
)
_LIBRARIES = ("scikit-learn", "skops", "numpy", "pyarrow")
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A model read back from disk; its predictions are those of the one that was saved, bit for bit."""

    model: TrainedModel = field(repr=False)
    contract: Mapping[str, Any] = field(repr=False)

    @property
    def threshold(self) -> float:
        """A probability from here on counts as a yes."""
        return self.model.threshold

    def predict(self, features: pa.Table, moment: pa.Array | datetime) -> pa.Array:
        """Probabilities; see `TrainedModel.predict`."""
        return self.model.predict(features, moment)


def save(fitted: Fitted, folder: Path, label: str = "") -> None:
    """Write the champion and its contract into `folder`, which is made where it is not there.

    Args:
        fitted: what to save.
        folder: gets `model.skops` and `model.json`.
        label: what a positive means, in words.
    Raises:
        OutsideError: the folder cannot be written.
    """
    from skops import io as skops_io

    data = _settled(skops_io.dumps(fitted.model.estimator))
    contract = {
        "format": FORMAT,
        "blueprint": "classify",
        "label": label,
        "threshold": fitted.model.threshold,
        "features": [asdict(column) for column in fitted.model.encoding.columns],
        "estimator_sha256": hashlib.sha256(data).hexdigest(),
        "versions": {library: version(library) for library in _LIBRARIES},
        "card": card(fitted),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ESTIMATOR_FILE).write_bytes(data)
        (folder / CONTRACT_FILE).write_text(json.dumps(contract, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutsideError(f"{folder}: the model cannot be written: {error.strerror}.") from error


def load(folder: Path) -> SavedModel:
    """Read a model that `save` wrote.

    Raises:
        InputError: there is none, it was changed since, names types that are not trusted, or comes from another
            version of scikit-learn, which would not promise the same predictions.
    """
    try:
        contract = json.loads((folder / CONTRACT_FILE).read_text(encoding="utf-8"))
        data = (folder / ESTIMATOR_FILE).read_bytes()
    except FileNotFoundError as error:
        raise _refusal(folder, f"there is no {Path(error.filename).name}; name the folder of a saved model") from error
    except OSError as error:
        raise OutsideError(f"{folder}: the model cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise _refusal(folder, f"{CONTRACT_FILE} is not JSON ({error})") from error
    encoding, threshold = _read_contract(folder, contract, data)
    return SavedModel(TrainedModel(encoding, _read_estimator(folder, data), threshold), contract)


def _read_contract(folder: Path, contract: Any, data: bytes) -> tuple[Encoding, float]:
    try:
        found, saved_by = contract["format"], contract["versions"]["scikit-learn"]
        digest, threshold = contract["estimator_sha256"], float(contract["threshold"])
        columns = [
            FeatureColumn(item["name"], item["type"], item["kind"], tuple(item["categories"]))
            for item in contract["features"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise _refusal(folder, f"{CONTRACT_FILE} is not the contract of a saved model ({error!r})") from error
    if found != FORMAT:
        raise _refusal(folder, f"it is of format {found}, this version reads {FORMAT}; train it again")
    if digest != hashlib.sha256(data).hexdigest():
        raise _refusal(folder, f"{ESTIMATOR_FILE} is not the file that was saved with its contract; train it again")
    here = version("scikit-learn")
    if str(saved_by).split(".")[:2] != here.split(".")[:2]:
        raise _refusal(folder, f"it was saved by scikit-learn {saved_by}, this is {here}; train it again")
    return Encoding(tuple(columns)), threshold


def _read_estimator(folder: Path, data: bytes) -> Any:
    from skops import io as skops_io

    try:
        foreign = sorted(set(skops_io.get_untrusted_types(data=data)) - _TRUSTED)
        if not foreign:
            return skops_io.loads(data, trusted=sorted(_TRUSTED))
    except Exception as error:  # a file made by somebody else can fail in any way; none of them is ours to show
        raise _refusal(folder, f"{ESTIMATOR_FILE} cannot be read ({type(error).__name__})") from error
    raise _refusal(folder, f"{ESTIMATOR_FILE} names types that a model of ours never holds: {', '.join(foreign)}")


def _settled(data: bytes) -> bytes:
    """The same archive without what changes from run to run: skops names parts by memory address and clock time."""
    numbers: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        return match[1] + numbers.setdefault(match[2], str(len(numbers)))

    settled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(settled, "w") as after:
        schema = re.sub(r'("__id__": |"file": ")(\d+)', numbered, before.read("schema.json").decode())
        parts = {
            numbers.get(name.removesuffix(".npy"), name) + ".npy": before.read(name)
            for name in before.namelist()
            if name != "schema.json"
        }
        for name, content in [("schema.json", schema.encode()), *sorted(parts.items())]:
            after.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), content)
    return settled.getvalue()


def _refusal(folder: Path, reason: str) -> InputError:
    return InputError(Problem(f"{folder}: the model cannot be loaded: {reason}."))
