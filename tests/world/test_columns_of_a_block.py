from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.world import evaluation


def test_decimals_types_and_nulls_finish_a_column(world_of, table):
    made = table(
        world_of("""
  t:
    rows: 20_000
    static: true
    columns:
      fee: {normal: {mean: 10, sd: 3}, decimals: 1}
      pieces: {lognormal: {median: 5, sigma: 1}, type: int32}
      price: {lognormal: {median: 5, sigma: 1}, type: "decimal(12, 2)"}
      day: {datetime: [2026-01-01, 2026-02-01], type: date}
      tax: {sql: "cast(fee as decimal(18, 6)) * 0.19", decimals: 2}
      some: {uniform: [0, 1], nulls: 0.25}
      few: {choice: [a, b], nulls: "case when fee > 10 then 0.5 else 0 end"}
      deep: {list: {of: {integer: [1, 2]}, length: 2}, nulls: 0.5}
"""),
        "t",
    )
    fee = made["fee"].to_numpy()
    assert (np.round(fee, 1) == fee).all()
    assert all(tax == round(tax, 2) for tax in made["tax"].to_pylist())
    assert made["pieces"].type == pa.int32()
    assert made["price"].type == pa.decimal128(12, 2)
    assert made["day"].type == pa.date32()
    rows = made.num_rows
    for column, share in (("some", 0.25), ("deep", 0.5)):
        assert abs(made[column].null_count / rows - share) < 5 * np.sqrt(share * (1 - share) / rows)
    missing = np.asarray(made["few"].is_null())
    high = fee > 10
    assert not missing[~high].any()
    assert abs(missing[high].mean() - 0.5) < 5 * 0.5 / np.sqrt(high.sum())


def test_a_value_that_does_not_fit_its_type_is_told_with_its_column(world_of, table):
    world = world_of("  t: {rows: 10, static: true, columns: {x: {constant: 1000}, y: {sql: 'x * 1000', type: int8}}}")
    with pytest.raises(InputError, match=r"datasets\.t\.columns\.y: a value does not go into the type int8"):
        table(world, "t")


def test_sql_that_fails_on_a_row_is_named_and_the_value_is_not_told(world_of, table):
    world = world_of("""
  t:
    rows: 10
    static: true
    columns:
      name: {constant: secret}
      upper: {sql: "upper(name)"}
      number: {sql: "cast(name || '1' as int)"}
""")
    with pytest.raises(InputError, match=r"datasets\.t\.columns\.number: fails on a row") as error:
        table(world, "t")
    assert "secret" not in str(error.value)


def test_all_sql_that_is_ready_runs_in_one_query(world_of, monkeypatch):
    queries: list[int] = []
    real = evaluation.evaluate
    monkeypatch.setattr(evaluation, "evaluate", lambda c, e, b: (queries.append(len(e)), real(c, e, b))[1])
    world = world_of("""
  t:
    rows: 10
    static: true
    columns:
      a: {uniform: [0, 1]}
      b: {sql: "a + 1"}
      c: {sql: "a + 2", nulls: "a"}
      d: {poisson: "a * 3"}
      e: {sql: "b + c + d"}
      copy: {sql: "a"}
""")
    world.block("t", 0).make(["e", "copy"])
    assert queries == [3, 1]


TEXTS = """
  t:
    rows: 500
    static: true
    columns:
      first: {fake: {provider: first_name, pool: 20}, nulls: 0.2}
      last: {pattern: "[A-Z][a-z]{3}"}
      number: {integer: [-50, 2000000]}
      joined: {sql: "first || '.' || (lower(last) || number) || '@' || first"}
      shout: {sql: "upper(replace(first, 'a', 'é'))"}
      length: {sql: "coalesce(length(first), -1)"}
      whole: {sql: "lower(first || last)"}
"""


def test_joins_and_dictionaries_come_out_as_the_sql_says(world_of, table):
    import duckdb

    world = world_of(TEXTS)
    made = table(world, "t")
    for column in ("joined", "shout", "length", "whole"):
        sql = world.plan.datasets["t"].column(column).generator.text
        with duckdb.connect() as connection:
            expected = connection.sql(f"select {sql} as x from made").to_arrow_table()["x"]
        assert made[column].to_pylist() == expected.to_pylist(), column
    assert made["joined"].null_count > 0


def test_an_entry_that_no_row_has_cannot_fail(world_of, table):
    world = world_of("""
  t:
    rows: 50
    static: true
    columns:
      code: {choice: {"1": 1, "2": 1, none: 0}}
      number: {sql: "cast(code as int)"}
""")
    assert set(table(world, "t")["number"].to_pylist()) == {1, 2}


def test_correlated_columns_move_together_and_keep_their_own_distribution(world_of, table):
    text = """
  t:
    rows: 40_000
    static: true
    columns:
      kind: {choice: [a, b]}
      income: {lognormal: {median: 30, sigma: 0.5}}
      visits: {poisson: 6}
      spend: {given: kind, normal: {a: {mean: 0, sd: 1}, b: {mean: 0, sd: 2}}}
      alone: {normal: {mean: 0, sd: 1}}
"""
    free = table(world_of(text), "t")
    tied = table(world_of(text + "    correlate:\n      - {columns: [income, visits, spend], rho: 0.7}\n"), "t")
    assert tied["alone"] == free["alone"]

    def ranks(column):
        return np.argsort(np.argsort(tied[column].to_numpy()))

    # For a Gaussian copula Spearman's correlation is 6 / pi * asin(rho / 2); counts and mixtures blur it.
    expected = 6 / np.pi * np.arcsin(0.7 / 2)
    assert abs(np.corrcoef(ranks("income"), ranks("spend"))[0, 1] - expected) < 0.03
    assert abs(np.corrcoef(ranks("income"), ranks("visits"))[0, 1] - expected) < 0.03
    assert abs(np.median(tied["income"].to_numpy()) - 30) < 0.5
    visits = tied["visits"].to_numpy()
    assert abs(visits.mean() - 6) < 5 * np.sqrt(6 / len(visits))
    assert abs(visits.var() / 6 - 1) < 0.05
