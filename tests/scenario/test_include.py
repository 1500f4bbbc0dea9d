from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import InputError
from sandbox.scenario.include import read_with_includes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "main.yaml").write_text(
        "include: [parts/people.yaml, parts/targets.yaml]\nseed: 1\ndatasets:\n  products: {rows: 4}\n"
    )
    (tmp_path / "parts" / "people.yaml").write_text("seed: 1\ndatasets:\n  customers:\n    rows: 10\n")
    (tmp_path / "parts" / "targets.yaml").write_text("targets: {}\n")
    return tmp_path


def problems_of(path: Path, **options: object) -> list[str]:
    try:
        return [str(problem) for problem in read_with_includes(path, **options).problems]  # type: ignore[arg-type]
    except InputError as error:
        return [str(problem) for problem in error.problems]


def test_maps_grow_together_and_places_name_their_file(folder):
    document = read_with_includes(folder / "main.yaml")
    assert document.problems == ()
    assert document.value() == {
        "seed": 1,
        "datasets": {"products": {"rows": 4}, "customers": {"rows": 10}},
        "targets": {},
    }
    place = document.place(("datasets", "customers", "rows"))
    assert (Path(place.file), place.line, place.column) == (folder / "parts" / "people.yaml", 4, 11)
    assert len(document.sources) == 3


def test_splicing_reaches_the_included_file(folder):
    document = read_with_includes(folder / "main.yaml")
    changed = document.spliced({("datasets", "customers", "rows"): "20", ("datasets", "products", "rows"): "8"})
    assert {Path(file).name: text.splitlines()[-1] for file, text in changed.items()} == {
        "people.yaml": "    rows: 20",
        "main.yaml": "  products: {rows: 8}",
    }


def test_no_file_silently_overrides_another(folder):
    (folder / "parts" / "people.yaml").write_text("seed: 2\ndatasets: [a]\n")
    people, main = folder / "parts" / "people.yaml", folder / "main.yaml"
    assert problems_of(main) == [
        f"{people}:1:1: seed: stands already at {main}:2:1, with another value; keep one.",
        f"{people}:2:1: datasets: stands already at {main}:3:1, with another value; keep one.",
    ]


def test_true_is_not_one(folder):
    (folder / "parts" / "people.yaml").write_text("seed: true\n")
    assert len(problems_of(folder / "main.yaml")) == 1


def test_cycles_are_named(folder):
    (folder / "parts" / "people.yaml").write_text("include: [../main.yaml]\n")
    (problem,) = problems_of(folder / "main.yaml")
    assert "the files include each other: main.yaml → people.yaml → main.yaml." in problem
    assert problem.startswith(f"{folder}/parts/people.yaml:1:11: include:")


def test_a_file_that_is_included_twice_counts_once(folder):
    (folder / "parts" / "targets.yaml").write_text("include: [people.yaml]\n")
    assert problems_of(folder / "main.yaml") == []


def test_files_outside_need_leave(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.yaml").write_text("name: secret\n")
    (folder / "parts" / "link.yaml").symlink_to(outside / "secret.yaml")
    for named in (str(outside / "secret.yaml"), f"../{outside.name}/secret.yaml", "parts/link.yaml"):
        (folder / "main.yaml").write_text(f"include: ['{named}']\n")
        (problem,) = problems_of(folder / "main.yaml")
        assert f"'{named}' lies outside of the scenario's folder" in problem
        assert read_with_includes(folder / "main.yaml", allow=[outside]).value() == {"name": "secret"}


@pytest.mark.parametrize(
    ("include", "message"),
    [
        ("parts/people.yaml", ":1:10: include: must be a list of files: [file.yaml]."),
        ("[3, parts/targets.yaml]", ":1:11: include: must be the name of a file."),
        ("[parts/peple.yaml]", "no such file. Did you mean 'people.yaml'?"),
        ("[parts]", "not a file"),
        ("[/dev/zero]", "lies outside"),
        ('["a\\u0001b"]', "no such file"),
    ],
)
def test_malformed_includes(folder, include, message):
    (folder / "main.yaml").write_text(f"include: {include}\n")
    (problem,) = problems_of(folder / "main.yaml")
    assert message in problem
    assert problem.startswith(f"{folder}/main.yaml:1:")


def test_problems_of_all_files_come_at_once(folder):
    (folder / "parts" / "people.yaml").write_text("a: NO\nb: 1\nb: 2\n")
    (folder / "parts" / "targets.yaml").write_text("c: 'x\n")
    assert len(problems_of(folder / "main.yaml")) == 3


def test_chains_end(folder):
    for number in range(12):
        (folder / f"f{number}.yaml").write_text(f"include: [f{number + 1}.yaml]\n")
    (folder / "f12.yaml").write_text("a: 1\n")
    assert "at most 64 files are included, 8 deep" in problems_of(folder / "f0.yaml")[0]
