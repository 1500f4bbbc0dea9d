"""Runs sent to MLflow by its own client, and read back by it: from a folder, and from MLflow's server."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

import pandas as pd
import pyarrow as pa
import pytest

import sandbox
from sandbox.clients.mlflow import client_of, store_of
from sandbox.errors import InputError, OutsideError
from sandbox.models.saving import load
from sandbox.runs.exporting import export
from sandbox.runs.folder import RunFolder, runs_of
from tests.experiment.shop import SHOP
from tests.servers.server import free_port

SERVER = """
import sys
from mlflow.server import app
from werkzeug.serving import run_simple
run_simple("127.0.0.1", int(sys.argv[1]), app)
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory, club_text):
    """Two runs of a club with a model, of which the second may not be released, and a rehearsed experiment."""
    folder = tmp_path_factory.mktemp("mlflow")
    for file, text, gate in (("club", club_text(), "0.0"), ("club", club_text(), "0.999"), ("shop", SHOP, "")):
        path = folder / f"{file}.yaml"
        path.write_text(text, encoding="utf-8")
        change = {"done": [f"leaving.roc_auc >= {gate}"]} if gate else {}
        sandbox.load(path, set=change).run(folder / "runs", trials=1)
    return folder / "runs"


@pytest.fixture(scope="module")
def store(out, tmp_path_factory):
    store = store_of(str(tmp_path_factory.mktemp("store") / "ml"))
    sent = export(runs_of(out), store)
    assert all(each.is_new for each in sent)
    return store


def exported(client, run):
    scenario = run.partition("/")[0]
    home = client.get_experiment_by_name(scenario).experiment_id
    (found,) = client.search_runs([home], f"tags.`sandbox.run` = '{run}'")
    return found


def test_a_run_is_there_with_what_it_measured(out, store):
    record = sandbox.find_run("club/1", out).record
    with client_of(store) as client:
        found = exported(client, "club/0001")
        (point,) = client.get_metric_history(exported(client, "club/0002").info.run_id, "leaving.roc_auc")
        files = {each.path for each in client.list_artifacts(found.info.run_id, "models/leaving")}
    assert found.data.metrics["leaving.roc_auc"] == record.models[0].card["metrics"]["roc_auc"]["value"]
    assert found.data.params["leaving.champion"] == "logistic"
    assert point.step == 2, "the iteration"
    names = ("MLmodel", "model.json", "model.skops")
    assert files == {f"models/leaving/{name}" for name in names}, "and nobody's scores"
    assert found.info.status == "FINISHED"


def test_the_champion_is_the_latest_that_may_be_released(store):
    with client_of(store) as client:
        champion = client.get_model_version_by_alias("club.leaving", "champion")
        candidate = client.get_model_version_by_alias("club.leaving", "candidate")
    assert (champion.tags["sandbox.run"], candidate.tags["sandbox.run"]) == ("club/0001", "club/0002")


def test_mlflow_predicts_with_the_champion(out, store):
    """By its flavour `python_function`, which knows the columns: what `mlflow models predict` and `serve` load."""
    pyfunc = pytest.importorskip("mlflow.pyfunc")
    with client_of(store) as client:
        champion = pyfunc.load_model(client.get_model_version_by_alias("club.leaving", "champion").source)
        told = champion.predict(pd.DataFrame({"mood": [1.5, float("nan")], "unknown": ["a", "b"]}))
    saved = load(RunFolder(out / "club/0001").model("leaving"))
    expected = saved.predict(pa.table({"mood": [1.5, None]}), datetime.datetime.now(datetime.UTC))
    assert told["probability"].tolist() == expected.to_pylist()
    assert champion.metadata.get_input_schema().input_names() == ["mood"]


def test_a_rehearsal_has_its_days_and_its_candidates(store):
    with client_of(store) as client:
        run = exported(client, "shop/0001").info.run_id
        days = client.get_metric_history(run, "mine.conversion.difference.by_day")
        rates = client.get_metric_history(run, "mine.champion.hit_rate")
        champion = client.get_model_version_by_alias("shop.mine", "champion")
    assert [each.step for each in days] == list(range(days[0].step, 15))
    assert [each.timestamp for each in rates] == sorted(each.timestamp for each in rates)
    assert rates[-1].timestamp < 1_774_400_000_000, "the time of the loop, not of the wall"
    assert int(champion.tags["version"]) >= 1


def test_a_rehearsal_that_was_shelved_has_no_champion(out, store, tmp_path):
    shelved = shutil.copytree(out / "shop", tmp_path / "shop") / "0001"
    sandbox.find_run(str(shelved)).shelve("Too few.", datetime.date(2999, 1, 1))
    (told,) = export([RunFolder(shelved)], store_of(str(tmp_path / "ml")))
    assert told.models
    assert not any("champion" in each for each in told.models)


def test_what_was_sent_stays_and_what_changed_is_sent_anew(out, store):
    assert not any(each.is_new for each in export(runs_of(out), store))
    model = runs_of(out, "club")[1].model("leaving") / "model.json"
    text = model.read_bytes()
    try:
        model.write_bytes(text + b" ")
        again = {each.run: each for each in export(runs_of(out, "club"), store)}
    finally:
        model.write_bytes(text)
    assert [again[name].is_new for name in ("club/0001", "club/0002")] == [False, True]
    assert "club.leaving 3 (candidate)" in again["club/0002"].models
    with client_of(store) as client:
        assert exported(client, "club/0002").info.status == "FINISHED"


@contextmanager
def server(folder):
    """MLflow's own server, with its own store."""
    port = free_port()
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder / 'server.db'}",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(folder / "artifacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
    }
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(port)], env=environment, cwd=folder, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 90
        while time.monotonic() < until and child.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{url}/health"):
                break
            time.sleep(0.2)
        yield url
    finally:
        child.terminate()
        child.wait()


def test_a_server_takes_the_same(out, tmp_path):
    with server(tmp_path) as url:
        store = store_of(url)
        sent = export(runs_of(out, "shop"), store)
        assert [each.is_new for each in sent] == [True], (tmp_path / "log").read_text()
        with client_of(store) as client:
            run = exported(client, "shop/0001")
            files = {each.path for each in client.list_artifacts(run.info.run_id)}
    assert {"run.json", "report.html", "experiment"} <= files
    assert list((tmp_path / "artifacts").rglob("journal.jsonl"))


def test_what_cannot_be_reached_is_said_in_a_line(out):
    with pytest.raises(
        OutsideError, match=r"^http://127.0.0.1:\d+: cannot be reached; does MLflow's server run there\?$"
    ):
        export(runs_of(out, "shop"), store_of(f"http://127.0.0.1:{free_port()}"))


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("s3://bucket/runs", "'s3://' is nothing to export to"),
        ("https://ada:secret@tracking", "has a name or a password in it"),
    ],
)
def test_what_is_nowhere_to_export_to(to, told):
    with pytest.raises(InputError, match=told) as refused:
        store_of(to)
    assert "secret" not in str(refused.value)
