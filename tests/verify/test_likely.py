"""Likely causes: each told of data that has it, with its mend, and not of data that has not."""

from __future__ import annotations

import pytest

from sandbox.scenario.loader import Options, load
from sandbox.verify.verify import verify

SCENARIO = """
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 20, zone: Europe/London}
datasets:
  orders:
    rows: 1_000
    time: at
    columns:
      at: {times: {}}
      customer: {pattern: "[A-Z]{2}[0-9]{4}", pii: true}
      amount: {lognormal: {median: 20, sigma: 0.5}, decimals: 2}
      channel: {choice: {web: 3, shop: 1}, pii: true}
targets:
  real:
    orders: {csv: "orders*.csv"}
"""


@pytest.fixture
def real(tmp_path):
    """Write the dummy by another seed as the real data, with its lines changed; gives what verify says of it."""
    (tmp_path / "shop.yaml").write_text(SCENARIO)
    plan = load(tmp_path / "shop.yaml", Options(seed=9), {}).plan
    from sandbox.landing.reading import accepted_batches

    rows = [row for batch in accepted_batches(plan, "orders") for row in batch.to_pylist()]

    def hold(change=lambda row: row, header=None, **options):
        changed = [change(dict(row)) for row in rows]
        names = list(header or changed[0])
        lines = [",".join(f'"{row[name]}"' for name in names) for row in changed]
        (tmp_path / "orders.csv").write_text("\n".join([",".join(names), *lines]) + "\n")
        (finding,) = verify(load(tmp_path / "shop.yaml", Options(target="real"), {}).plan, **options)
        return finding

    return hold


def told(finding):
    return {cause.kind: cause for cause in finding.likely}


def test_nothing_is_said_of_data_as_promised(real):
    assert real().likely == []
    assert real().holds


def test_a_missing_column_breaks_a_rule_and_the_others_are_judged(real):
    finding = real(lambda row: {**row, "amount": "much"}, header=["at", "customer", "amount"])
    assert {rule.name: rule.rows for rule in finding.broken} == {"channel.missing": 1000, "amount.type": 1000}
    assert told(finding)["missing"].what == "channel"


def test_a_renamed_column_is_known_by_what_it_holds(real):
    finding = real(
        lambda row: {"at": row["at"], "x1": row["channel"], "x2": row["amount"], "x3": row["customer"], "x4": "shop"}
    )
    assert {cause.what: cause.mend for cause in finding.likely} == {
        "customer": "Say `rename: {x3: customer}`.",
        "amount": "Say `rename: {x2: amount}`.",
        "channel": "Say `rename: {x1: channel}`.",
    }


@pytest.mark.parametrize(
    ("times", "mend"), [(100, "unit: cents"), (0.001, "unit: thousands"), (1e-6, "unit: millions"), (60, "Ask for")]
)
def test_another_unit_is_told_with_what_parse_calls_it(real, times, mend):
    cause = told(real(lambda row: {**row, "amount": f"{row['amount'] * times:.8f}"}))["unit"]
    assert mend in cause.mend


def test_twice_as_much_is_no_other_unit(real):
    assert told(real(lambda row: {**row, "amount": 2 * row["amount"]})) == {}


@pytest.mark.parametrize(
    ("written", "mend"),
    [
        (lambda amount: f"{amount:.2f}".replace(".", ","), "decimal: ','"),
        (lambda amount: f"{1000 * amount:,.0f}", "thousands: ','"),
    ],
)
def test_commas_in_numbers(real, written, mend):
    assert mend in told(real(lambda row: {**row, "amount": written(row["amount"])}))["decimal"].mend


def test_new_categories_of_a_personal_column_are_not_said_aloud(real):
    changed = lambda row: {**row, "channel": "WEB" if row["channel"] == "web" else "secret"}  # noqa: E731
    cause = told(real(changed))["category"]
    assert "secret" not in cause.why
    shown = told(real(changed, show_pii=True))["category"]
    assert "'WEB' may be 'web', written otherwise" in shown.why


def test_a_file_that_is_there_twice(real, tmp_path):
    real()
    (tmp_path / "orders-again.csv").write_bytes((tmp_path / "orders.csv").read_bytes())
    assert told(real())["repeated"].why == "orders.csv holds the very rows of orders-again.csv"
    other = (tmp_path / "orders.csv").read_text().splitlines()
    (tmp_path / "orders-again.csv").write_text("\n".join([*other[:-2], other[-1], other[-2]]) + "\n")
    assert "repeated" not in told(real())


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-01-03T00:00:00Z", "now"])
def test_strange_data_has_a_finding_all_the_same(real, at):
    finding = real(lambda row: {**row, "at": at, "amount": "", "customer": "ü"})
    assert finding.bad_rows == finding.rows == 1000
    assert {cause.kind for cause in finding.likely} <= {"late", "zone"}


def test_little_data_has_no_causes(real, tmp_path):
    real()
    (tmp_path / "orders.csv").write_text("at,customer,amount,channel\n")
    (finding,) = verify(load(tmp_path / "shop.yaml", Options(target="real"), {}).plan)
    assert (finding.rows, finding.likely) == (0, [])
