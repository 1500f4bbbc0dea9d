"""What goes over a scenario file before it is judged: includes, settings, seeds, scales, targets, variables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.errors import InputError, OutsideError
from sandbox.scenario.loader import Loaded, Options, load
from sandbox.scenario.setting_aside import set_aside

SHOP = """
sandbox: 1
name: shop
seed: 7
clock: {start: 2026-01-01, days: 30}
datasets:
  shops:
    rows: 10
    fixed: true
    static: true
    key: shop_id
    columns: {shop_id: {serial: 1}, secret: {uniform: [0, 1], hidden: true}}
  people:
    rows: 1000
    history: true
    key: id
    columns:
      id: {serial: 1}
      shop: {ref: shops}
      age: {sql: "born + 18"}
      born: {integer: [0, 60], hidden: true}
  visits:
    of: people
    rate: 1
    time: at
    columns: {length: {exponential: "1 + parent.born"}}
  backstage: {rows: 5, hidden: true, static: true, key: id, columns: {id: {serial: 1}}}
env: [LAKE, PASSWORD]
targets:
  real:
    visits: {parquet: "${LAKE:-lake}/visits"}
  other:
    people: {csv: "${PASSWORD}"}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    return path


def loaded(path: Path, environment: dict[str, str] | None = None, **options: object) -> Loaded:
    return load(path, Options(**options), environment or {})  # type: ignore[arg-type]


def problems(path: Path, environment: dict[str, str] | None = None, **options: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        loaded(path, environment, **options)
    return [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]


def rows(found: Loaded) -> dict[str, int]:
    return {name: dataset.rows for name, dataset in found.plan.datasets.items()}


def test_a_scale_multiplies_what_gives_its_own_rows(shop):
    assert rows(loaded(shop)) == {"shops": 10, "people": 1000, "visits": -1, "backstage": 5}
    assert rows(loaded(shop, scale=0.01)) == {"shops": 10, "people": 10, "visits": -1, "backstage": 1}
    assert rows(loaded(shop, scale=1e-9))["people"] == 1
    assert rows(loaded(shop, scale=2.5))["people"] == 2500
    shop.write_text(SHOP.replace("rows: 1000", "rows: 0"))
    assert rows(loaded(shop, scale=100))["people"] == 0


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan")])
def test_a_scale_is_a_number_above_zero(shop, scale):
    assert problems(shop, scale=scale) == [f"--scale: got {scale:g}, must be a number above 0."]


@pytest.mark.parametrize("scale", [1e12, 1e308, float("inf")])
def test_a_scale_has_an_end(shop, scale):
    assert problems(shop, scale=scale) == [f"--scale: got {scale:g}, must be at most 1,000,000,000."]


def test_a_capacity_is_judged_after_scaling(shop):
    shop.write_text(SHOP.replace("id: {serial: 1}\n", "id: {integer: [1, 1000]}\n"))
    loaded(shop)
    assert problems(shop, scale=2) == [
        "shop.yaml:18:21: datasets.people.columns.id.integer: gives at most 1,000 different values, "
        "2,000 rows must each have their own; widen it or make fewer rows."
    ]


def test_a_seed_goes_over_the_file(shop):
    assert loaded(shop).plan.seed == 7
    assert loaded(shop, seed=8).plan.seed == 8
    assert problems(shop, seed=-8) == ["--set seed=-8: seed: got -8, must be >= 0."]
    assert problems(shop, seed=8, settings=("seed=9",)) == ["--set seed=8: seed: is set twice."]


def test_settings_change_values_and_may_add_keys(shop):
    found = loaded(shop, settings=("datasets.people.rows=3", "datasets.people.about=Everybody", "clock.days=5"))
    assert (found.plan.datasets["people"].rows, found.plan.datasets["people"].contract.about) == (3, "Everybody")
    assert found.plan.clock.end_us - found.plan.clock.start_us == 5 * 86_400_000_000


def test_a_problem_of_a_setting_names_the_setting(shop):
    assert problems(shop, settings=("datasets.people.rows=[1]", "datasets.people.colums={}")) == [
        "--set datasets.people.colums={}: datasets.people.colums: unknown key 'colums'. Did you mean 'columns'?",
        "--set datasets.people.rows=[1]: datasets.people.rows: got a list, must be a whole number.",
    ]


def test_includes_grow_together(shop, tmp_path):
    (tmp_path / "people.yaml").write_text("datasets:\n  more: {rows: 1, static: true, columns: {a: {serail: 1}}}\n")
    shop.write_text("include: [people.yaml]\n" + SHOP)
    assert problems(shop) == [
        "people.yaml:2:47: datasets.more.columns.a.serail: unknown column generator or key 'serail'. "
        "Did you mean 'serial'?"
    ]
    (tmp_path / "people.yaml").write_text("datasets:\n  more: {rows: 1, static: true, columns: {a: {serial: 1}}}\n")
    assert "more" in rows(loaded(shop))
    assert rows(loaded(shop, settings=("datasets.more.rows=4",)))["more"] == 4


def test_a_folder_outside_must_be_named_by_whoever_runs(shop, tmp_path):
    folder = tmp_path / "inside"
    folder.mkdir()
    inner = folder / "shop.yaml"
    inner.write_text("include: [../seed.yaml]\n" + SHOP.replace("seed: 7\n", ""))
    (tmp_path / "seed.yaml").write_text("seed: 99\n")
    assert problems(inner) == [
        "shop.yaml:1:11: include: '../seed.yaml' lies outside of the scenario's folder; "
        "name its folder when you run it."
    ]
    assert loaded(inner, allow=(str(tmp_path),)).plan.seed == 99


def test_a_target_takes_the_datasets_that_it_names(shop):
    assert loaded(shop).plan.bindings == {}
    found = loaded(shop, target="real")
    assert list(found.plan.bindings) == ["visits"]
    assert found.plan.bindings["visits"].source.model_dump() == {"path": "lake/visits"}
    for simulated in ("dummy", "simulated", None):
        assert loaded(shop, target=simulated).plan.target is None


def test_only_the_chosen_target_reads_its_variables(shop):
    found = loaded(shop, {"LAKE": "s3://lake"}, target="real")
    assert found.plan.bindings["visits"].source.model_dump() == {"path": "s3://lake/visits"}
    assert problems(shop, target="other") == [
        "shop.yaml:33:19: targets.other.people.csv: the variable PASSWORD is not set; "
        "set it, or give a default: ${PASSWORD:-…}."
    ]
    assert found.variables == {"real": {"visits": ("LAKE",)}, "other": {"people": ("PASSWORD",)}}


def test_the_value_of_a_variable_is_never_shown(shop):
    shop.write_text(SHOP.replace('csv: "${PASSWORD}"', 'csv: {path: x, delimiter: "${PASSWORD}"}'))
    (told,) = problems(shop, {"PASSWORD": "hunter2"}, target="other")
    assert "hunter2" not in told
    assert told.endswith("the value of an environment variable does not fit here.")


def test_hidden_things_do_not_land(shop):
    plan = loaded(shop).plan
    assert plan.datasets["shops"].contract.names == ("shop_id",)
    assert [column.name for column in plan.datasets["shops"].columns] == ["shop_id", "secret"]
    assert plan.datasets["people"].contract.names == ("id", "shop", "age", "valid_from", "valid_to")
    assert [column.name for column in plan.datasets["people"].columns] == ["id", "shop", "born", "age"]
    shop.write_text(SHOP.replace("rows: 10\n", "rows: 10\n    hidden: true\n"))
    assert loaded(shop).plan.datasets["people"].contract.foreign_keys == ()


def test_the_digest_is_of_the_meaning(shop, tmp_path):
    digest = loaded(shop).plan.digest
    shop.write_text("# a comment\n" + SHOP.replace("{serial: 1}", "{  serial:   1  }"))
    assert loaded(shop).plan.digest == digest
    assert loaded(shop, {"LAKE": "elsewhere"}).plan.digest == digest
    for other in (Options(scale=2), Options(seed=8), Options(target="real"), Options(settings=("clock.days=9",))):
        assert load(shop, other, {}).plan.digest != digest


def test_files_that_are_read_belong_to_the_meaning(shop, tmp_path):
    (tmp_path / "ages.csv").write_text("age\n1\n2\n")
    shop.write_text(SHOP.replace("{integer: [0, 60], hidden: true}", "{sample: {file: ages.csv, column: age}}"))
    digest = loaded(shop).plan.digest
    (tmp_path / "ages.csv").write_text("age\n1\n3\n")
    assert loaded(shop).plan.digest != digest


def test_what_is_no_file_is_told(tmp_path):
    with pytest.raises(InputError, match=r"none.yaml: no such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="not a file"):
        load(tmp_path)


def test_utf_16_is_told(shop):
    shop.write_bytes(SHOP.encode("utf-16"))
    assert problems(shop) == ["shop.yaml:1:1: is UTF-16; save it as UTF-8."]


def test_a_byte_order_mark_and_windows_lines_are_fine(shop):
    shop.write_bytes(b"\xef\xbb\xbf" + SHOP.replace("\n", "\r\n").encode())
    assert loaded(shop).plan.name == "shop"


def test_a_file_that_may_not_be_read_is_an_outside_error(shop, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OutsideError, match="cannot be read: Permission denied"):
        load(shop)


def test_options_are_values(shop):
    assert replace(Options(), seed=3) == Options(seed=3)
    assert loaded(shop).written["targets"]["real"]["visits"] == {"parquet": "${LAKE:-lake}/visits"}


def test_what_is_wrong_is_set_aside_and_the_rest_still_judged():
    value = {
        "name": "x",
        "seed": -1,
        "datasets": {"a": {"rows": "many", "columns": {"b": {"nothing": 1}, "c": {"serial": 1}}}, "d": 3},
        "models": {"m": {"of": 1}, "n": {"of": "a"}},
        "targets": {"real": {"a": {}, "d": {"csv": "x"}}},
        "done": [5],
    }
    wrong = [
        ("seed",), ("datasets", "a", "rows"), ("datasets", "a", "columns", "b", "nothing"), ("datasets", "d"),
        ("models", "m", "of"), ("targets", "real", "a"), ("done", 0),
    ]  # fmt: skip
    rest = set_aside(value, wrong)
    assert rest["name"] == "x"
    assert set(rest) == {"sandbox", "name", "clock", "datasets", "models", "targets"}
    assert rest["datasets"]["a"] == {"columns": {"b": {"constant": 0}, "c": {"serial": 1}}}
    assert rest["models"] == {"n": {"of": "a"}}
    assert rest["targets"] == {"real": {"d": {"csv": "x"}}}
    assert value["datasets"]["d"] == 3
