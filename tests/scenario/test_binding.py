"""What a plan says: the order of making, types, keys, what is proven; and problems that only binding can see."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.scenario.binding.gates import figures_of
from sandbox.scenario.binding.models import entity_of
from sandbox.scenario.loader import Options, load
from sandbox.scenario.plan import DatasetPlan, Plan

HEAD = "sandbox: 1\nname: t\nclock: {start: 2026-03-01, days: 60, zone: Europe/London}\n"
PEOPLE = """
  people:
    rows: 100
    history: true
    key: id
    columns:
      id: {serial: 1}
      plan: {choice: [basic, plus]}
      mood: {normal: {mean: 0, sd: 1}, hidden: true}
"""


def bound(tmp_path: Path, datasets: str, rest: str = "") -> Plan:
    path = tmp_path / "t.yaml"
    path.write_text(HEAD + "datasets:\n" + datasets.strip("\n") + "\n" + rest, encoding="utf-8")
    return load(path, Options(), {}).plan


def dataset(tmp_path: Path, columns: str, head: str = "rows: 10\n    static: true") -> DatasetPlan:
    lines = "\n".join(f"      {line}" for line in columns.strip().splitlines())
    return bound(tmp_path, f"  t:\n    {head}\n    columns:\n{lines}").datasets["t"]


def told(tmp_path: Path, datasets: str, rest: str = "") -> list[str]:
    with pytest.raises(InputError) as caught:
        bound(tmp_path, datasets, rest)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


def test_columns_are_made_after_what_they_read_and_land_as_declared(tmp_path):
    made = dataset(tmp_path, "c: {sql: a + b}\nb: {sql: a * 2}\na: {serial: 1}\nd: {serial: 1, nulls: c / 100.0}")
    assert [column.name for column in made.columns] == ["a", "b", "c", "d"]
    assert made.contract.names == ("c", "b", "a", "d")
    assert made.column("c").reads == ("a", "b")
    assert made.column("d").reads == ("c",)


def test_types_follow_from_the_generators(tmp_path):
    made = dataset(
        tmp_path,
        """
a: {serial: 1}
b: {uniform: [0, 1], type: "decimal(5, 2)"}
c: {choice: [x, y]}
d: {sql: "a > 3"}
e: {fake: name}
f: {date: [2026-01-01, 2026-02-01]}
g: {times: flat}
h: {uuid: true}
i: {struct: {x: {integer: [1, 2]}}}
""",
    )
    assert {column.name: column.type for column in made.contract.columns} == {
        "a": "int64",
        "b": "decimal(5, 2)",
        "c": "enum",
        "d": "bool",
        "e": "string",
        "f": "date",
        "g": "timestamp",
        "h": "uuid",
        "i": "struct<x: int64>",
    }
    assert made.contract.column("c").values == ("x", "y")


def test_what_may_be_null_follows_from_the_making(tmp_path):
    made = dataset(
        tmp_path,
        """
id: {sql: "coalesce(a, '')"}
a: {fake: name, nulls: 0.5}
b: {sql: a}
c: {sql: a, nullable: false}
d: {serial: 1}
""",
        "rows: 10\n    static: true\n    key: id",
    )
    nullable = {column.name: column.nullable for column in made.contract.columns}
    assert nullable == {"id": False, "a": True, "b": True, "c": False, "d": False}


def test_a_serial_key_is_proven_and_a_declared_rule_is_not(tmp_path):
    made = dataset(
        tmp_path,
        "id: {serial: 1}\nfee: {uniform: [0, 10], check: {lt: 5}}\nopen: {uniform: [0, 10]}\nsize: {sql: id}",
        "rows: 10\n    static: true\n    key: id",
    )
    assert "primary_key" in made.proven
    assert "fee.range" not in made.proven
    assert "open.range" in made.proven
    assert "size.not_null" not in made.proven


def test_nulls_take_a_proof_away(tmp_path):
    made = dataset(tmp_path, "a: {serial: 1, nulls: 0.1, nullable: false}\nb: {serial: 1}")
    assert "b.not_null" in made.proven
    assert "a.not_null" not in made.proven


def test_datasets_come_after_those_they_need(tmp_path):
    plan = bound(
        tmp_path,
        """
  lines: {of: visits, fan_out: 2, static: true, columns: {what: {ref: products}}}
  visits: {of: people, rate: 1, time: at, key: v, columns: {v: {uuid: true}}}
"""
        + PEOPLE
        + "  products: {rows: 3, static: true, key: p, columns: {p: {serial: 1}}}\n",
    )
    assert list(plan.datasets) == ["people", "visits", "products", "lines"]
    assert plan.datasets["lines"].needs == ("visits", "products")
    assert plan.datasets["lines"].parent == "visits"


def test_a_child_gets_its_parents_key_and_its_own_time(tmp_path):
    plan = bound(
        tmp_path,
        PEOPLE
        + '  visits: {of: people, rate: 1, time: at, columns: {n: {serial: 1}, m: {poisson: "exp(parent.mood)"}}}\n'
        + "  named: {of: people, every: month, time: at, columns: {person: {parent: id}}}\n"
        + '  lines: {of: visits, fan_out: 1, time: t, columns: {t: {sql: "parent.at"}, i: {parent: id}}}\n',
    )
    visits, named, lines = (plan.datasets[name].contract for name in ("visits", "named", "lines"))
    assert visits.names == ("id", "at", "n", "m")
    assert visits.time == "at"
    assert [(key.columns, key.dataset) for key in visits.foreign_keys] == [(("id",), "people")]
    assert named.names == ("at", "person")
    assert [(key.columns, key.dataset, key.references) for key in named.foreign_keys] == [
        (("person",), "people", ("id",))
    ]
    assert lines.names == ("t", "i")


def test_a_history_has_its_ends(tmp_path):
    contract = bound(tmp_path, PEOPLE).datasets["people"].contract
    assert contract.names == ("id", "plan", "valid_from", "valid_to")
    assert (contract.valid_from, contract.valid_to) == ("valid_from", "valid_to")
    assert contract.column("valid_to").nullable
    early = PEOPLE.replace(
        "      id: {serial: 1}", "      valid_from: {datetime: [2020-01-01, 2026-01-01]}\n      id: {serial: 1}"
    )
    assert bound(tmp_path, early).datasets["people"].contract.names == ("valid_from", "id", "plan", "valid_to")


def test_a_reference_is_a_foreign_key(tmp_path):
    products = (
        '  products: {rows: 3, static: true, key: p, columns: {p: {serial: "P{:03d}"}, price: {uniform: [0, 1]}}}\n'
    )
    plan = bound(
        tmp_path,
        products
        + "  t: {rows: 3, static: true, columns: {a: {ref: products}, b: {look_up: {by: a, column: price}}}}\n",
    )
    (key,) = plan.datasets["t"].contract.foreign_keys
    assert (key.columns, key.dataset, key.references) == (("a",), "products", ("p",))
    assert plan.datasets["t"].contract.column("a").type == "string"
    assert plan.datasets["t"].contract.column("b").type == "float64"


def test_the_clock_is_in_the_zone_of_the_scenario(tmp_path):
    clock = bound(tmp_path, PEOPLE).clock
    assert clock.end_us - clock.start_us == (60 * 24 - 1) * 3_600_000_000  # summer time begins on 29 March


MODEL = """
models:
  m: {blueprint: classify, of: people, at: day 20, label: {leaves within: 30 days}, features: select id from people}
done: [m.roc_auc >= 60%, m.accuracy > 0.5]
"""


def test_models_and_gates_are_bound(tmp_path):
    plan = bound(tmp_path, PEOPLE, MODEL)
    assert [(gate.subject, gate.figure, gate.operator, gate.bar) for gate in plan.gates] == [
        ("m", "roc_auc", ">=", 0.6),
        ("m", "accuracy", ">", 0.5),
    ]
    assert entity_of(plan.models["m"], plan.datasets["people"].contract) == "id"
    assert "balanced_accuracy" in figures_of(plan.models["m"])


def test_what_follows_from_a_wrong_dataset_is_not_told_again(tmp_path):
    wrong = PEOPLE.replace("serial: 1", "serail: 1")
    child = "  visits: {of: people, rate: 1, time: at, columns: {n: {serial: 1}}}\n"
    target = "targets: {real: {people: {csv: x, rename: {a: id}}}}\n"
    assert told(tmp_path, wrong + child, MODEL + target) == [
        "datasets.people.columns.id.serail: unknown column generator or key 'serail'. Did you mean 'serial'?"
    ]


def test_what_follows_from_a_wrong_column_is_not_told_again(tmp_path):
    columns = """
  t:
    rows: 10
    static: true
    key: a
    columns: {a: {sql: 'b + c'}, b: {sql: now()}, c: {serial: 1}}
"""
    (problem,) = told(tmp_path, columns)
    assert problem.startswith("datasets.t.columns.b.sql: 'now' gives another value each time")


def test_problems_of_every_layer_come_together(tmp_path):
    wrong = (
        PEOPLE.replace("rows: 100", "rows: -1").replace("[basic, plus]", "[basic, basic]")
        + "  u: {rows: 1, columns: {a: {ref: x}}}\n"
    )
    paths = [problem.split(": ")[0] for problem in told(tmp_path, wrong, MODEL.replace("roc_auc", "roc") + "sed: 1\n")]
    assert paths == [
        "datasets.people.rows",
        "datasets.people.columns.plan.choice",
        "datasets.u",
        "datasets.u.columns.a.ref",
        "done.0",
        "sed",
    ]


@pytest.mark.parametrize(
    ("part", "at"),
    [
        ("a: {fake: {provider: nmae}}", "a.fake.provider"),
        ("a: {fake: nmae}", "a.fake"),
        ("a: {struct: {b: {fake: nmae}}}", "a.struct.b.fake"),
        ("a: {struct: {fields: {b: {fake: nmae}}}}", "a.struct.fields.b.fake"),
        ("a: {list: {of: {fake: nmae}, length: 2}}", "a.list.of.fake"),
        ("a: {given: c, normal: {x: {mean: 'q', sd: 1}}}\n      c: {choice: [x]}", "a.normal.x.mean"),
        ("a: {given: q, normal: {x: {mean: 1, sd: 1}}}", "a.given"),
        ("a: {uniform: [0, q]}", "a.uniform.1"),
        ("a: {uniform: {between: [0, q]}}", "a.uniform.between.1"),
        ("a: {sql: q}", "a.sql"),
        ("a: {serial: 1, nulls: q}", "a.nulls"),
    ],
)
def test_a_problem_stands_where_the_user_wrote(tmp_path, part, at):
    problem = told(tmp_path, f"  t:\n    rows: 3\n    static: true\n    columns:\n      {part}\n")[0]
    assert problem.startswith(f"datasets.t.columns.{at}: ")


def test_the_column_of_an_sql_fault_is_pointed_at(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(HEAD + 'datasets:\n  t: {rows: 1, static: true, columns: {a: {sql: "1 + 2 * wrong"}}}\n')
    with pytest.raises(InputError) as caught:
        load(path)
    place = caught.value.problems[0].place
    assert place is not None
    assert path.read_text().splitlines()[place.line - 1][place.column - 1 :].startswith("wrong")


def test_types_of_hidden_columns_are_those_of_their_making(tmp_path):
    made = dataset(tmp_path, "a: {normal: {mean: 0, sd: 1}, hidden: true}\nb: {sql: a * 2}")
    assert made.column("a").type == pa.float64()
    assert made.contract.names == ("b",)
