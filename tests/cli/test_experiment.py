"""`sandbox experiment`: words, a page, JSON, a seal, and exit codes."""

import json
import signal

import pytest

from sandbox.cli import main

SCENARIO = """
sandbox: 1
name: tried
seed: 4
clock: {start: 2026-01-01, days: 10}
datasets:
  people: {rows: 3_000, static: true, key: id, columns: {id: {serial: 1}}}
  shown:
    of: people
    fan_out: 2
    time: shown_at
    columns:
      person: {parent: id}
      shown_at: {datetime: [2026-01-01, 2026-01-11]}
      variant: {sql: "case when person % 4 = 0 then 'model' else 'rules' end"}
      clicked: {bernoulli: "case when person % 4 = 0 then 0.3 else 0.2 end"}
experiment:
  about: Whether it helps.
  log: shown
  unit: person
  arm: variant
  control: rules
  arms: {model: 0.25}
  metrics: {clicked: {any: clicked}, clicks: {sum: "clicked::int"}}
  primary: clicked
  guardrails: {clicks: 0.1}
  effect: 0.1
  money: {values: {clicks: 2}, days: 30}
done:
  - experiment.clicked.lift.low > 0
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tried.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def carried_out(*words):
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code


def test_in_words_and_on_a_page(here, capsys):
    assert carried_out("experiment", "tried.yaml", "--sponsor", "sponsor.html") == 0
    said = capsys.readouterr().out
    assert said.endswith("experiment-tried.html\nsponsor.html\n")
    assert "model: better" in said
    assert "guardrail model clicks (10%): safe." in said
    assert "experiment.clicked.lift.low > 0: holds" in said
    page = (here / "experiment-tried.html").read_text(encoding="utf-8")
    assert "model: better" in page
    assert "Whether it helps." in page
    assert "http://" not in page.split("<script>")[0]
    sheet = (here / "sponsor.html").read_text(encoding="utf-8")
    assert "“model” did better than “rules”." in sheet
    assert "customers saw the page as it is (“rules”), and 7" in sheet  # about a quarter of 3,000
    assert "came to “clicked”" in sheet
    assert "the best that can be done now is to release" in sheet


def test_a_sponsor_is_told_nothing_before_there_is_data(here, capsys):
    assert carried_out("experiment", "tried.yaml", "--plan", "--sponsor", "sponsor.html") == 2
    assert "leave one of them out" in capsys.readouterr().err
    assert not (here / "sponsor.html").exists()


def test_in_json(here, capsys):
    assert carried_out("experiment", "tried.yaml", "--format", "json", "--page", "page.html") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["decisions"][0]["verdict"] == "better"
    assert len(told["digest"]) == 64
    assert told["options"]["model"][0]["choice"] == "release"
    assert (here / "page.html").is_file()


def test_a_gate_that_does_not_hold(capsys):
    assert carried_out("experiment", "tried.yaml", "--set", "done=[experiment.clicked.lift.low > 5]") == 1
    capsys.readouterr()
    assert carried_out("experiment", "tried.yaml", "--format", "junit") == 0
    assert 'name="experiment.clicked.lift.low &gt; 0"' in capsys.readouterr().out


def test_a_sealed_plan(here, capsys):
    assert carried_out("experiment", "tried.yaml", "--seal", "plan.json") == 0
    assert not (here / "experiment-tried.html").exists(), "sealing looks at no data"
    capsys.readouterr()
    assert carried_out("experiment", "tried.yaml", "--sealed", "plan.json") == 0
    assert "deviates" not in capsys.readouterr().out
    words = ("experiment", "tried.yaml", "--sealed", "plan.json", "--set", "experiment.primary=clicks")
    assert carried_out(*words) == 0
    assert 'deviates from the plan: primary: sealed as "clicked", now "clicks".' in capsys.readouterr().out


def test_a_seal_that_finds_no_room_leaves_no_empty_file(here, capsys):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        assert carried_out("experiment", "tried.yaml", "--seal", "plan.json") == 3
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "plan.json: cannot be written: File too large." in capsys.readouterr().err
    assert not (here / "plan.json").exists()
    assert carried_out("experiment", "tried.yaml", "--seal", "plan.json") == 0


def test_seals_that_are_none(here, capsys):
    assert carried_out("experiment", "tried.yaml", "--seal", "plan.json") == 0
    assert carried_out("experiment", "tried.yaml", "--seal", "plan.json") == 2
    text = (here / "plan.json").read_text(encoding="utf-8")
    (here / "plan.json").write_text(text.replace('"horizon": 10', '"horizon": 3'), encoding="utf-8")
    assert carried_out("experiment", "tried.yaml", "--sealed", "plan.json") == 2
    (here / "broken.json").write_text("[1", encoding="utf-8")
    assert carried_out("experiment", "tried.yaml", "--sealed", "broken.json") == 2
    assert carried_out("experiment", "tried.yaml", "--sealed", "nowhere.json") == 2
    said = capsys.readouterr().err
    for each in ("is there already", "was changed after it was sealed", "is no sealed plan", "there is no such file"):
        assert each in said
