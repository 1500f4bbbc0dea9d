"""What only making the data brings up is told with its place all the same."""

import pytest

import sandbox
from sandbox.errors import InputError

TEXT = """\
sandbox: 1
name: web
clock: {start: 2026-01-01, days: 5}
datasets:
  people: {rows: 50, static: true, key: id, columns: {id: {serial: 1}, mood: {normal: {mean: 0, sd: 1}}}}
  web:
    of: people
    time: at
    visits: {per_day: 1}
    journey:
      home: {emits: view, then: {home: "parent.mood", leave: 1}, after: 20s}
    columns: {session: {visit: id}, event: {visit: event}}
"""
SAID = "web.yaml:11:33: datasets.web.journey.home.then: the weights must be >= 0 and finite, and one above 0; bound"


@pytest.mark.parametrize(
    "make",
    [
        lambda scenario, folder: scenario.estimate(),
        lambda scenario, folder: scenario.behaviour("web"),
        lambda scenario, folder: scenario.preview("web"),
        lambda scenario, folder: scenario.generate(folder / "out"),
        lambda scenario, folder: scenario.run(folder / "runs"),
    ],
    ids=["estimate", "behaviour", "preview", "generate", "run"],
)
def test_a_weight_below_nothing_has_a_place(tmp_path, make):
    path = tmp_path / "web.yaml"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        make(sandbox.load(path), tmp_path)
    assert [str(problem).removeprefix(f"{tmp_path}/")[: len(SAID)] for problem in caught.value.problems] == [SAID]
