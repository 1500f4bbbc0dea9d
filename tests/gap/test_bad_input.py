"""Real data that is bad in any way gets a clear word, or a comparison and a page all the same."""

from __future__ import annotations

import pytest

from sandbox.errors import InputError
from sandbox.gap.figures import Gap
from sandbox.gap.gap import gaps
from sandbox.report.gap_page import gap_html
from sandbox.scenario.loader import Options, load

SCENARIO = """
sandbox: 1
name: shop
clock: {{start: 2026-01-01, days: 30, zone: Europe/London}}
datasets:
  calls:
    rows: 200
    key: call_id
    time: at
    columns:
      call_id: {{serial: 1}}
      at: {{datetime: [2026-01-01, 2026-01-31]}}
      minutes: {{exponential: {{mean: 4}}, nulls: 0.1}}
      topic: {{choice: [bill, line], nulls: 0.1}}
{more}
targets:
  real:
    calls: {{csv: calls.csv}}
"""
HEAD = "call_id,at,minutes,topic\n"


def compared(folder, text, more=""):
    (folder / "shop.yaml").write_text(SCENARIO.format(more=more))
    (folder / "calls.csv").write_text(text)
    plan = load(folder / "shop.yaml", Options(target="real"), {}).plan
    found = gaps(plan)
    page = gap_html("shop", Gap(found, []))
    assert page.index("To mend first") < page.index("Columns")
    assert "nan" not in page.split("<script")[0].split("</style>")[1].lower().replace("financ", "")
    return found[0]


def lines(rows, at="2026-01-05T10:00:00Z", minutes="4", topic="bill"):
    return HEAD + "".join(f"{number},{at},{minutes},{topic}\n" for number in range(1, rows + 1))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_few_rows_are_compared(tmp_path, rows):
    found = compared(tmp_path, lines(rows))
    assert found.compared.looked_at == (200, rows)
    assert found.rows is None


def test_a_constant_column_is_named(tmp_path):
    found = compared(tmp_path, lines(300))
    minutes = next(each for each in found.columns if each.column == "minutes")
    assert minutes.quartiles[1] == ("4", "4", "4")
    assert minutes.distance > 0.5


def test_only_nulls_are_named(tmp_path):
    found = compared(tmp_path, lines(300, minutes="", topic=""))
    assert {each.column: each.nulls[1] for each in found.columns if each.column != "at"} == {"minutes": 1, "topic": 1}


def test_the_year_9999_is_compared(tmp_path):
    found = compared(tmp_path, lines(300, at="9999-12-31T23:00:00Z"))
    at = next(each for each in found.columns if each.column == "at")
    assert at.distance == 1
    assert at.highest[1].startswith("9999-12-31")


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        lines(50, minutes="four"),
        "".join(f"{number},x\n" for number in range(1, 9)),
    ],
    ids=["empty", "mixed types", "no header"],
)
def test_what_has_no_good_row_gets_a_clear_word(tmp_path, text):
    with pytest.raises(InputError) as caught:
        compared(tmp_path, text)
    told = "; ".join(problem.message for problem in caught.value.problems)
    assert "keeps the contract; see `sandbox verify`" in told or "no such column" in told or "lacks" in told


def test_times_without_a_zone_are_read_and_compared(tmp_path):
    assert compared(tmp_path, lines(50, at="2026-01-05 10:00:00")).compared.rows[1] == 50


def test_mixed_types_leave_the_good_rows(tmp_path):
    mixed = lines(100) + "".join(f"{number},2026-01-05T10:00:00Z,four,bill\n" for number in range(101, 141))
    assert compared(tmp_path, mixed).compared.rows[1] == 100


WIDE = "".join(f"      c{number}: {{normal: {{mean: 0, sd: 1}}, nulls: 0.5}}\n" for number in range(1_995))


def test_five_columns_of_two_thousand_are_missed_by_name(tmp_path):
    """The source has few of the contract's columns: these are compared, and it is told which it lacks, and how many."""
    found = compared(tmp_path, lines(50), WIDE)
    assert {each.column for each in found.columns} == {"at", "minutes", "topic"}
    assert found.left_out[0] == "c0: the source has no such column"
    assert any("1,975 others" in told for told in found.left_out)
    assert [cause.what for cause in found.likely][:2] == ["c0", "c1"]
    assert "1,989 others: this may be another source" in found.likely[-1].why


def test_two_thousand_columns_of_which_five_are_of_the_contract_are_compared(tmp_path):
    names = ",".join(f"extra{number}" for number in range(1_996))
    head = f"{HEAD.strip()},{names}\n"
    values = ",".join("1" for _ in range(1_996))
    rows = "".join(f"{number},2026-01-05T10:00:00Z,4,bill,{values}\n" for number in range(1, 31))
    assert compared(tmp_path, head + rows).compared.rows[1] == 30


def test_very_many_columns_are_compared_and_pairs_of_some_stand_for_all(tmp_path):
    names = [f"c{number}" for number in range(300)]
    more = "".join(f"      {name}: {{normal: {{mean: 0, sd: 1}}}}\n" for name in names)
    head = f"{HEAD.strip()},{','.join(names)}\n"
    values = ",".join("0.5" for _ in names)
    rows = "".join(f"{number},2026-01-05T10:00:00Z,4,bill,{values}\n" for number in range(1, 31))
    found = compared(tmp_path, head + rows, more)
    assert len(found.columns) == 303
    assert len(found.pairs) == 100 * 99 / 2
    assert any("drawn out of 303" in told for told in found.left_out)
