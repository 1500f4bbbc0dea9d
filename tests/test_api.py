"""The Python face: ten names or fewer, typed, with the same objects and errors as the command line."""

import importlib
import pkgutil

import pandas as pd
import pyarrow as pa
import pytest

import sandbox


def test_every_public_name_is_there_and_no_more_than_ten():
    assert len(sandbox.__all__) <= 10
    for name in sandbox.__all__:
        assert getattr(sandbox, name).__doc__
    assert set(dir(sandbox)) == set(sandbox.__all__)
    rooms = {module.name for module in pkgutil.iter_modules(sandbox.__path__)}
    assert not rooms & set(sandbox.__all__), "a room of that name would hide it once it is imported"
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        sandbox.lod  # noqa: B018


def test_every_module_keeps_its_promise_of_names():
    for module in pkgutil.walk_packages(sandbox.__path__, "sandbox."):
        found = importlib.import_module(module.name)
        for name in getattr(found, "__all__", ()):
            assert hasattr(found, name), f"{module.name}.{name}"


def test_a_dataset_as_batches_table_and_frame(club):
    scenario = sandbox.load(club())
    assert scenario.name == "club"
    assert scenario.datasets == ["members", "visits"]
    table = scenario.table("visits")
    assert isinstance(table, pa.Table)
    assert table.schema == scenario.plan.datasets["visits"].contract.schema
    assert sum(len(batch) for batch in scenario.batches("visits")) == len(table)
    frame = scenario.frame("visits")
    assert isinstance(frame, pd.DataFrame)
    assert frame["minutes"].ge(0).all()
    with pytest.raises(sandbox.InputError, match="Did you mean 'visits'"):
        scenario.table("visit")


def test_a_dataset_of_nobody_has_its_columns(club):
    scenario = sandbox.load(club(), set={"datasets.members.rows": 0})
    assert scenario.table("visits").num_rows == 0
    assert scenario.frame("members").columns[0] == "member_id"


def test_values_may_be_set_as_python_has_them(club):
    path = club()
    by_mapping = sandbox.load(path, set={"datasets.members.rows": 50, "about": "a: b # c"}, seed=4)
    assert by_mapping.sizes() == {"members": 50, "visits": -1}
    assert by_mapping.plan.scenario.about == "a: b # c"
    assert by_mapping.plan.seed == 4
    assert sandbox.load(path, set=["datasets.members.rows=50"]).sizes()["members"] == 50
    assert sandbox.load(path, scale=0.1).sizes()["members"] == 60


def test_mistakes_come_as_problems_with_places(club):
    with pytest.raises(sandbox.InputError) as caught:
        sandbox.load(club(("owner: The", "onwer: The")))
    [problem] = caught.value.problems
    assert isinstance(problem, sandbox.Problem)
    assert problem.path == "datasets.members.onwer"
    assert problem.place.line == 10
    assert caught.value.exit_code == 2
    with pytest.raises(sandbox.InputError, match="no such file"):
        sandbox.load("nowhere.yaml")


def test_what_is_generated_equals_what_is_asked_for(club, tmp_path):
    import pyarrow.parquet as pq

    scenario = sandbox.load(club())
    landed = scenario.generate(tmp_path / "out")
    assert landed.manifest.datasets["visits"].accepted > 0
    written = pq.read_table(tmp_path / "out" / "members")
    assert written.column("mood").to_pylist() == scenario.table("members").column("mood").to_pylist()
    with pytest.raises(sandbox.InputError, match="parqet"):
        scenario.generate(tmp_path / "x", format="parqet")


def test_a_preview_is_the_beginning_of_the_table(club):
    scenario = sandbox.load(club())
    whole = scenario.table("visits")
    assert scenario.preview("visits", 7).to_pydict() == whole.slice(0, 7).to_pydict()
    assert set(scenario.preview("members", 3).column("full_name").to_pylist()) == {"•••"}


def test_a_run_gives_its_record_models_and_tables(club_runs):
    _, run = club_runs
    assert run.done
    assert run.report.exists()
    assert run.record.gates[0].verdict == "holds"
    fitted = run.models["leaving"]
    assert fitted.predict(pa.table({"mood": [3.0, -3.0]}), fitted.test["moment"].chunk(0)[:2])[0].as_py() > 0.5
    assert run.table("visits").num_rows == run.record.datasets[1].accepted
    with pytest.raises(sandbox.InputError, match="Did you mean 'visits'"):
        run.table("visit")


def test_the_ledger_in_python(club_runs):
    folder, run = club_runs
    listed = sandbox.list_runs(folder / "runs", "club")
    assert [other.folder.name for other in listed] == ["club/0001", "club/0002"]
    assert listed[0].record == run.record
    compared = sandbox.compare("club/1", "club/2", folder / "runs")
    assert compared.models[0].difference.better == "a"


def test_whoever_listens_is_told(club, tmp_path):
    told = []
    sandbox.load(club()).run(tmp_path / "runs", listen=lambda what, done, of: told.append((what, done, of)))
    assert {"members", "visits", "leaving: features", "the report"} <= {what for what, _, _ in told}
    assert all(of is None or done <= of for _, done, of in told)
