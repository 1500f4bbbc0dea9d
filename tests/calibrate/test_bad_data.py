"""Whatever real data hold, calibration ends in a scenario that is right, or in a clear word."""

from __future__ import annotations

import pytest

from sandbox.calibrate import calibrate
from sandbox.errors import InputError
from sandbox.scenario.loader import Options, load

ANYTHING = """\
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 30}
datasets:
  customers:
    rows: 300
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
      plan: {choice: [a, b]}
      fee: {normal: {mean: 0, sd: 1}, nulls: 0.5}
      visits: {poisson: 3}
      happy: {bernoulli: 0.5}
      note: {pattern: "[a-z]{1,400}"}
      since: {datetime: [2020-01-01, 2026-01-01]}
targets:
  real:
    customers: {csv: customers.csv, parse: {since: {zone: UTC}}}
"""
HEAD = "customer_id,plan,fee,visits,happy,note,since\n"
DAY = "2026-01-01 00:00:00"


def calibrated(tmp_path, text, rows):
    (tmp_path / "shop.yaml").write_text(text)
    (tmp_path / "customers.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows))
    return calibrate(load(tmp_path / "shop.yaml", Options(target="real"), {}), tmp_path / "new.yaml")


@pytest.mark.parametrize(
    "rows",
    [
        [f"1,a,1.5,3,true,x,{DAY}"],
        [f"{number},a,1.5,3,true,x,{DAY}" for number in range(200)],
        [f"{number},,,,,,{DAY}" for number in range(200)],
        [f"{number},plan {number},{number / 7},{number},false,note {number},{DAY}" for number in range(200)],
        [f"{number},a,1e300,2000000000,true,x,9999-12-31 00:00:00" for number in range(50)],
        [f"{number},a,{'1.5' if number % 2 else 'abc'},3,true,x,{DAY}" for number in range(200)],
        [f'{number},"it\'s: {{a}}, #b",-0.0,0,false,x,{DAY}' for number in range(50)],
        [f"{number},{'NO' if number % 2 else 'null'},0.1,0,false,x,{DAY}" for number in range(50)],
        [f"{number},{'values' if number % 2 else 'weights'},nan,0,false,x,{DAY}" for number in range(50)],
    ],
    ids=["one row", "constant", "only nulls", "a category a row", "extreme", "mixed", "marks", "YAML words", "keys"],
)
def test_what_comes_out_is_a_scenario(tmp_path, rows):
    found = calibrated(tmp_path, ANYTHING, rows)
    (tmp_path / "new.yaml").write_text(found.text)
    assert load(tmp_path / "new.yaml").plan.datasets["customers"].rows == sum("abc" not in row for row in rows)


def test_without_rows_there_is_a_clear_word(tmp_path):
    with pytest.raises(InputError, match="no row of the real customers keeps the contract"):
        calibrated(tmp_path, ANYTHING, [])


def test_of_two_thousand_columns_with_five_in_the_scenario(tmp_path):
    (tmp_path / "shop.yaml").write_text(ANYTHING)
    head = HEAD.strip() + "".join(f",c{number}" for number in range(2_000))
    rows = [f"{number},a,{number}.5,3,true,x,{DAY}" + ",1" * 2_000 for number in range(60)]
    (tmp_path / "customers.csv").write_text("\n".join([head, *rows]) + "\n")
    found = calibrate(load(tmp_path / "shop.yaml", Options(target="real"), {}), tmp_path / "new.yaml")
    assert "c1999" not in found.text


def test_what_the_source_lacks_is_named_and_all_else_fitted(tmp_path):
    (tmp_path / "shop.yaml").write_text(ANYTHING)
    rows = [f"{number},{'a' if number % 4 else 'b'},3,true,x" for number in range(400)]
    (tmp_path / "customers.csv").write_text("\n".join(["customer_id,plan,visits,happy,note", *rows]) + "\n")
    found = calibrate(load(tmp_path / "shop.yaml", Options(target="real"), {}), tmp_path / "new.yaml")
    assert "plan: {choice: {a: 0.75, b: 0.25}}" in found.text
    assert "fee: {normal: {mean: 0, sd: 1}, nulls: 0.5}" in found.text
    assert found.left[:2] == [
        f"datasets.customers.columns.{name}: the real source has no such column." for name in ("fee", "since")
    ]
