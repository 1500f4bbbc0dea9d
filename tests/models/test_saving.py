import functools
import hashlib
import json
import os
from dataclasses import replace

import pytest
from skops import io as skops_io

from sandbox.errors import InputError, OutsideError
from sandbox.models.classify import ClassifyConfig
from sandbox.models.saving import load, save


@pytest.fixture
def folder(fitted, tmp_path):
    save(fitted, tmp_path / "churn", label="leaves within 30 days")
    return tmp_path / "churn"


def rewrite(folder, change):
    path = folder / "model.json"
    contract = json.loads(path.read_text(encoding="utf-8"))
    change(contract)
    path.write_text(json.dumps(contract), encoding="utf-8")


def plant(folder, estimator):
    """Another estimator under the same contract, as somebody would who can write both files."""
    data = skops_io.dumps(estimator)
    (folder / "model.skops").write_bytes(data)
    rewrite(folder, lambda contract: contract.update(estimator_sha256=hashlib.sha256(data).hexdigest()))


@pytest.mark.parametrize("candidate", ["majority", "logistic", "gradient_boosting", "neural_net"])
def test_a_loaded_model_predicts_the_same_bits(examples, candidate, tmp_path):
    config = ClassifyConfig.model_validate({"candidates": [candidate], "spike": {"trials": 1}, "bootstrap": 100})
    found = config.fit(examples, seed=1)
    assert found.champion == candidate
    save(found, tmp_path)
    loaded = load(tmp_path)
    expected = found.predict(examples.features, examples.moment)
    assert loaded.predict(examples.features, examples.moment).equals(expected)
    assert loaded.threshold == found.threshold


def test_the_contract_tells_what_a_user_needs(folder, fitted):
    contract = load(folder).contract
    assert contract["label"] == "leaves within 30 days"
    assert {"name": "calls", "type": "int32", "kind": "number", "categories": []} in contract["features"]
    assert contract["card"]["seed"] == 42
    assert contract["card"]["metrics"]["roc_auc"]["value"] == fitted.metrics["roc_auc"].value
    assert set(contract["versions"]) == {"numpy", "pyarrow", "scikit-learn", "skops"}


def test_the_same_model_is_the_same_bytes(examples, quick, folder, tmp_path):
    save(quick.fit(examples, seed=42), tmp_path / "again", label="leaves within 30 days")
    for name in ("model.skops", "model.json"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_nothing_of_a_row_is_in_the_contract_but_frequent_categories(folder, examples):
    text = (folder / "model.json").read_text(encoding="utf-8")
    assert "C00001" not in text
    assert "basic" in text


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"cannot be loaded: there is no model\.json"):
        load(tmp_path)


def test_a_changed_estimator_is_refused(folder):
    path = folder / "model.skops"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(InputError, match="is not the file that was saved with its contract"):
        load(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '"text"', '{"format": 1}'])
def test_a_contract_that_is_none_is_refused(folder, content):
    (folder / "model.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"model\.json is not"):
        load(folder)


def test_another_scikit_learn_is_refused(folder):
    rewrite(folder, lambda contract: contract["versions"].update({"scikit-learn": "0.24.1"}))
    with pytest.raises(InputError, match=r"saved by scikit-learn 0\.24\.1, this is .*; train it again"):
        load(folder)


def test_another_format_is_refused(folder):
    rewrite(folder, lambda contract: contract.update(format=2))
    with pytest.raises(InputError, match="it is of format 2, this version reads 1"):
        load(folder)


@pytest.mark.parametrize("foreign", [functools.partial(os.system, "true"), os.getcwd, {"a": os.path.join}])
def test_types_that_no_model_of_ours_holds_are_refused_before_they_are_built(folder, foreign):
    plant(folder, foreign)
    with pytest.raises(InputError, match="names types that a model of ours never holds"):
        load(folder)


def test_a_file_that_is_no_archive_is_refused(folder):
    data = b"not an archive"
    (folder / "model.skops").write_bytes(data)
    rewrite(folder, lambda contract: contract.update(estimator_sha256=hashlib.sha256(data).hexdigest()))
    with pytest.raises(InputError, match=r"model\.skops cannot be read \(BadZipFile\)"):
        load(folder)


def test_a_folder_that_cannot_be_written_is_told(fitted, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OutsideError, match="the model cannot be written"):
        save(replace(fitted), blocked / "model")
