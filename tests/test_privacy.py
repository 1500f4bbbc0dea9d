"""People's data stays unseen: canaries are planted wherever a person could stand, and every output is searched."""

from __future__ import annotations

import json
import stat

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PAGES = (".html", ".md", ".json", "intent", ".gitignore")
CANARY = "CANARY"

SIMULATED = """
sandbox: 1
name: people
about: Canaries in every generator that repeats what a scenario says.
seed: 1
clock: {start: 2026-01-01, days: 60, zone: UTC}
datasets:
  people:
    rows: 300
    history: true
    key: person_id
    columns:
      person_id: {serial: 1}
      full_name: {constant: CANARY-constant, pii: true}
      town: {choice: {CANARY-choice: 1, CANARY-other: 2}, pii: true, check: {values: [CANARY-choice, CANARY-other]}}
      phone: {sample: {file: phones.csv, column: phone}, pii: true}
      email: {sql: "lower(full_name) || '-CANARY-sql@example.com'", pii: true, default: CANARY-default}
      code: {constant: 7000000000017, pii: true}
      note: {constant: "CANARY-nested", hidden: true, pii: true}
      notes: {list: {of: {choice: {CANARY-list: 1}}, length: {constant: 2}}, pii: true}
      short: {sql: "case when person_id % 3 = 0 then full_name else 'ab' end", pii: true, check: {max_length: 3}}
    leave: {hazard: {base: 0.01 per day}}
  calls:
    of: people
    rate: 0.2
    time: called_at
    columns:
      minutes: {integer: [0, 9], check: {le: 8}}
models:
  leaving:
    blueprint: classify
    of: people
    at: [day 10, day 25]
    label: {leaves within: 30 days}
    features: "select person_id, length(full_name) as who, town || 'x' as place, length(phone) as digits from people"
    candidates: [majority, logistic]
    spike: {trials: 2}
    bootstrap: 100
"""

FEATURES = "select person_id, length(full_name) as who, town || 'x' as place, length(phone) as digits from people"

REAL = """
sandbox: 1
name: feed
seed: 1
clock: {start: 2026-01-01, days: 60, zone: UTC}
datasets:
  people:
    rows: 10
    static: true
    key: person_id
    columns:
      person_id: {serial: 1, pii: true}
      full_name: {fake: name, pii: true, check: {max_length: 20}}
      plan: {choice: {basic: 1, plus: 1}}
      fee: {normal: {mean: 9, sd: 1}}
  orders:
    time: at
    rows: 10
    columns:
      at: {times: {}}
      person_id: {ref: people, pii: true}
      full_name: {fake: name, pii: true}
      amount: {normal: {mean: 9, sd: 1}}
targets:
  real:
    people: {csv: people.csv}
    orders: {csv: orders.csv}
"""

PEOPLE = f"""person_id,full_name,plan,fee,passport,maiden name
7000000000017,Ann,basic,9,,x
7000000000017,Ann,basic,9,,x
1,{CANARY}-kept,basic,9,{CANARY}-ignored,x
1,{CANARY}-twice,basic,9,{CANARY}-ignored,x
2,{CANARY}-too-long-to-be-a-name,basic,9,{CANARY}-ignored,x
3,basic,{CANARY}-slipped,{CANARY}-unreadable,9,x
4,{CANARY}-torn,basic,9
five,{CANARY}-key,plus,9,{CANARY}-ignored,x
6,"{CANARY}-quote,plus,9,{CANARY}-open,x
"""

ORDERS = f"""at,person_id,full_name,amount
2026-01-05T10:00:00Z,1,{CANARY}-order,9
2026-01-05T10:00:00Z,99,{CANARY}-nobody,9
never,1,{CANARY}-when,9
2026-01-05T11:00:00Z,1,{CANARY}-stray,many
"""


def searched(folder, said=()):
    """Everything that people read: files of a run that are no data, and what the commands said.

    A saved model is data: it has to know the categories that it learnt from, whatever they were made of.
    """
    for path in sorted(folder.rglob("*")):
        is_page = path.is_file() and (path.suffix in PAGES or path.name in PAGES)
        if is_page and "models" not in path.relative_to(folder).parts:
            yield path.name, path.read_text(encoding="utf-8", errors="replace")
    for result in said:
        yield "standard output", result.out
        yield "standard error", result.err


def assert_unseen(folder, *said):
    for name, text in searched(folder, said):
        for canary in (CANARY, CANARY.lower(), "7000000000017"):
            assert canary not in text, f"{name}: …{text[max(0, text.find(canary) - 80) :][:200]}…"


@pytest.fixture
def simulated(tmp_path):
    def write(**changes):
        (tmp_path / "phones.csv").write_text(f"phone\n{CANARY}-sample-1\n{CANARY}-sample-2\n")
        text = SIMULATED
        for old, new in changes.values():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "people.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def real(tmp_path):
    path = tmp_path / "feed.yaml"
    path.write_text(REAL)
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "orders.csv").write_text(ORDERS)
    return path


def test_a_simulated_run_shows_nobody(simulated, tmp_path, command):
    path, out = simulated(), tmp_path / "runs"
    setting = ("--set", "datasets.people.columns.full_name.constant=CANARY-set")
    run = command("run", path, "--out", out, *setting)
    assert run.code == 0, run.err
    said = [run, command("run", path, "--out", out, "--format", "json")]
    said += [
        command(*words, "--out", out) for words in (("runs",), ("runs", "show", "1"), ("runs", "compare", "1", "2"))
    ]
    said += [command(*words, "--out", out, "--format", "json") for words in (("runs",), ("runs", "compare", "1", "2"))]
    said += [command("preview", path), command("preview", path, "--format", "json"), command("check", path)]
    assert all(result.code == 0 for result in said)
    assert CANARY in str(pq.read_table(out / "people" / "0001" / "landing" / "people")["full_name"][0])
    assert_unseen(out, *said)


def test_who_asks_is_shown(simulated, tmp_path, command):
    path, out = simulated(), tmp_path / "runs"
    assert CANARY in command("preview", path, "--show-pii").out
    assert command("run", path, "--out", out, "--show-pii").code == 0
    assert CANARY in (out / "people" / "0001" / "report.html").read_text()


def test_what_generate_tells_of_shows_nobody(simulated, tmp_path, command):
    out = tmp_path / "fixtures"
    said = command("generate", simulated(), "--out", out)
    assert said.code == 0
    assert_unseen(out, said)


@pytest.mark.parametrize(
    "features",
    [
        "select person_id, cast(full_name as integer) as number from people",
        "select person_id, cast(phone as date) as day from people",
        "select person_id, error(full_name) as fault from people",
        "select person_id, full_name as a from people union all select person_id, town from people",
        "select person_id, map([full_name, full_name], [1, 2])['x'] as double from people",
    ],
)
def test_a_feature_that_fails_on_somebody_does_not_name_them(simulated, tmp_path, command, features):
    path = simulated(features=(FEATURES, features))
    said = command("run", path, "--out", tmp_path / "runs")
    assert said.code in (0, 2)
    assert_unseen(tmp_path / "runs", said)


def test_entities_that_come_twice_are_not_named(simulated, tmp_path, command):
    path = simulated(
        of=("    of: people\n    at: [day", "    of: people\n    entity: code\n    at: [day"),
        features=("select person_id, length", "select code, length"),
    )
    said = command("run", path, "--out", tmp_path / "runs")
    assert_unseen(tmp_path / "runs", said)


def test_an_expression_that_fails_on_somebody_does_not_name_them(simulated, tmp_path, command):
    path = simulated(
        sql=("lower(full_name) || '-CANARY-sql@example.com'", "cast(cast(full_name as integer) as varchar)")
    )
    said = command("run", path, "--out", tmp_path / "runs")
    assert said.code == 2
    assert_unseen(tmp_path / "runs", said)


def test_a_real_run_shows_nobody_whatever_came(real, tmp_path, command):
    out = tmp_path / "runs"
    run = command("run", real, "--target", "real", "--out", out)
    assert run.code == 0, run.err
    said = [run, command("runs", "show", "feed", "--out", out, "--format", "json")]
    said += [command("preview", real, "--target", "real"), command("check", real, "--target", "real")]
    record = json.loads((out / "feed" / "0001" / "run.json").read_text())
    people = record["datasets"][0]
    assert people["rejected"] >= 4
    assert people["rows_in"] == people["accepted"] + people["rejected"]
    assert people["ignored"] == ["passport", "maiden name"]
    assert "passport" in (out / "feed" / "0001" / "report.html").read_text()
    assert_unseen(out, *said)


def test_what_a_run_writes_is_its_owners_alone(real, tmp_path, command):
    out = tmp_path / "runs"
    command("run", real, "--target", "real", "--out", out)
    run = out / "feed" / "0001"
    for path in (run, *run.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert (out / "feed" / ".gitignore").read_text().splitlines()[-1] == "*"


def test_real_fixtures_are_their_owners_alone_and_no_matter_for_git(real, tmp_path, command):
    out = tmp_path / "fixtures"
    assert command("generate", real, "--target", "real", "--out", out).code == 0
    assert (out / ".gitignore").exists()
    for path in out.rglob("*.parquet"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_purge_leaves_nothing_of_anybody(real, tmp_path, command):
    out = tmp_path / "runs"
    command("run", real, "--target", "real", "--out", out)
    assert command("purge", "feed/1", "--out", out).code == 0
    assert not [path for path in out.rglob("*") if path.is_file()]


def test_masking_keeps_nulls_and_hides_what_nobody_declared():
    from sandbox.contract.masking import MASK, masked
    from sandbox.contract.model import Column, Contract

    contract = Contract("people", (Column("name", pii=True, nullable=True), Column("plan")), static=True)
    rows = pa.table({"name": ["Ann", None], "plan": ["basic", "plus"], "extra": [1, 2], "_reasons": [["a"], ["b"]]})
    assert masked(rows, contract).to_pydict() == {
        "name": [MASK, None],
        "plan": ["basic", "plus"],
        "extra": [MASK, MASK],
        "_reasons": [["a"], ["b"]],
    }
    assert masked(rows, contract, show_pii=True) is rows
