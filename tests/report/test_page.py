"""The report: complete, safe, offline, and the same again; its figures are what the data say."""

import html.parser
import math
import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sandbox
from sandbox.contract.model import Column, Contract
from sandbox.report.page import paragraphs
from sandbox.report.pictures import number, picture
from sandbox.report.profiles import profile
from sandbox.report.rejected_section import shape_of
from sandbox.report.report import report_html
from sandbox.runs.record import GateRecord


@pytest.fixture
def page(club_runs):
    return club_runs[1].report.read_text(encoding="utf-8")


class Reader(html.parser.HTMLParser):
    """Collects what a page loads, its ids, its anchors, its headings, and tags that nobody closed."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, text):
        super().__init__()
        self.loads, self.ids, self.anchors, self.headings, self.open, self.labels = [], [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.loads += [found[key] for key in ("src", "data", "srcset") if key in found]
        self.loads += [found["href"]] if tag in ("link", "use") else []
        self.anchors += [found["href"][1:]] if tag == "a" else []
        self.ids += [found["id"]] if "id" in found else []
        self.labels += [found.get("aria-label")] if found.get("role") == "img" else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h2", "h3"):
            self.headings.append(data)


def test_the_page_is_whole_and_loads_nothing(page):
    read = Reader(page)
    assert read.open == []
    assert read.loads == []
    assert "@import" not in page.split("</style>")[0]
    assert "url(" not in page.split("</style>")[0]
    assert set(read.anchors) <= set(read.ids)
    assert len(set(read.ids)) == len(read.ids)
    assert read.headings == ["Definition of done", "Leaving", "Data", "members", "visits", "To have it again"]
    assert read.labels
    assert all(read.labels)


def test_nothing_is_fetched_by_the_pages_own_script(page):
    own = page.rpartition("<script>")[2]
    assert not re.search(r"fetch|XMLHttpRequest|https?://|import\(", own)


def test_the_page_says_what_a_reader_asks(page):
    assert "Every gate holds." in page
    assert "leaving.roc_auc &gt;= 0.6" in page
    assert "The oracle" in page
    assert "The champion says yes to" in page
    assert "rows were set aside" in page
    assert "level is at least 0 and at most 8" in page
    assert "sandbox run club.yaml --seed 3" in page
    assert "The treasurer" in page
    assert "2026-12-01" in page
    assert "personal data, masked" in page


def test_the_page_is_the_same_again(club_runs):
    _, run = club_runs
    assert report_html(run.record, run.folder) == report_html(run.record, run.folder) == run.report.read_text()


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("fails", "A gate fails."),
        ("undetermined", "No gate fails, but one cannot be told."),
        ("holds", "Every gate holds."),
    ],
)
def test_the_head_line_follows_the_worst_gate(club_runs, verdict, words):
    _, run = club_runs
    gates = [
        GateRecord("leaving.roc_auc >= 0.6", "holds", 0.7, 0.65, 0.75),
        GateRecord("leaving.brier <= 0.1", verdict, None, None, None),
    ]
    assert words in report_html(replace(run.record, gates=gates), run.folder)
    assert "no `done:`" not in report_html(replace(run.record, gates=gates), run.folder)


def test_hostile_text_stays_text(club, tmp_path):
    path = club(
        ("about: Who leaves a small club?", 'about: "</script><script>alert(1)</script> & <b>"'),
        ("{exponential: {mean: 40}, decimals: 0}", "{constant: '<img src=x onerror=alert(1)>'}"),
    )
    text = sandbox.load(path).run(tmp_path / "runs").report.read_text()
    assert "<img" not in text.split("<script")[0]
    assert "alert(1)</script>" not in text
    assert Reader(text).loads == []


def test_wiki_pages_are_markdown_tables(club_runs):
    _, run = club_runs
    dictionary = (run.folder.path / "dictionary.md").read_text()
    card = (run.folder.path / "model-card-leaving.md").read_text()
    assert "| full_name | `string` | no | yes |" in dictionary
    assert "- `level.range`: level is at least 0 and at most 8" in dictionary
    for table in re.findall(r"(?:^\|.*\n)+", dictionary + card, re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    for heading in ("What it predicts", "How it came about", "How good it is", "What it goes by", "What to mind"):
        assert f"## {heading}" in card


def profiled(tmp_path, name, values, type, show_pii=False, **options):
    column = Column(name, type, nullable=True, **options)
    contract = Contract("some", (column,), static=True)
    array = pa.array(values, column.arrow) if not isinstance(values, pa.Array) else values
    pq.write_table(pa.table({name: array}), tmp_path / "part.parquet")
    return profile(contract, [tmp_path / "part.parquet"], show_pii)[0]


def test_a_histogram_counts_every_row_it_shows(tmp_path):
    values = np.random.default_rng(1).normal(size=20_000)
    found = profiled(tmp_path, "v", [*values, None], "float64")
    drawn = found.histogram
    expected, _ = np.histogram(values, bins=30, range=(drawn.low, drawn.high))
    assert drawn.rows == tuple(expected)
    assert (found.rows, found.nulls) == (20_001, 1)


def test_one_odd_value_flattens_nothing(tmp_path):
    values = np.random.default_rng(1).uniform(1, 2, 10_000)
    drawn = profiled(tmp_path, "v", [*values, 1e15, -1e15, float("nan"), float("inf")], "float64").histogram
    assert 0.5 < drawn.low < drawn.high < 2.5
    assert sum(drawn.rows) > 9_800


def test_skewed_values_are_drawn_by_their_logarithms(tmp_path):
    found = profiled(tmp_path, "v", np.exp(np.random.default_rng(1).normal(0, 3, 5_000)), "float64")
    assert found.histogram.log
    assert "logarithmic" in picture(found, "v")
    assert sum(found.histogram.rows) > 4_900


def test_whole_numbers_make_no_comb(tmp_path):
    drawn = profiled(tmp_path, "v", np.arange(5_000) % 12, "int32").histogram
    assert drawn.rows == (417,) * 8 + (416,) * 4
    assert picture(profiled(tmp_path, "v", np.arange(5_000) % 12, "int32"), "v").count("<rect") == 12
    wide = profiled(tmp_path, "v", np.arange(1, 5_001), "int64")
    assert "<span>1</span>" in picture(wide, "v")


def test_times_are_drawn_as_times(tmp_path):
    hours = [i * 3_600_000_000 for i in range(24 * 40)]
    found = profiled(tmp_path, "at", pa.array(hours, pa.timestamp("us", "UTC")), "timestamp")
    assert sum(found.histogram.rows) == len(hours)
    assert "<span>1970-01-01</span>" in picture(found, "at")


def test_few_values_are_counted_by_name(tmp_path):
    found = profiled(tmp_path, "v", ["a"] * 6 + ["<b>"] * 3 + [None], "string")
    assert found.frequent == (("a", 6), ("<b>", 3))
    drawn = picture(found, "v")
    assert "&lt;b&gt;" in drawn
    assert "67%" in drawn


@pytest.mark.parametrize(
    ("values", "type", "words"),
    [
        ([0.1 + 1e-17 * i for i in range(9)] + [0.3, 7e300], "float64", "<rect"),
        ([1e-310 * i for i in range(1, 30)], "float64", "<rect"),
        ([2**62 + i for i in range(40)], "int64", "nearly every value is another"),
        ([None, None], "string", "never a value"),
        ([7] * 20, "float64", "100%"),
        ([str(i) for i in range(500)], "string", "nearly every value is another"),
        ([[1], [2, 3]], "list<int64>", "no picture of nested values"),
        ([b"x", b"y"], "bytes", "no picture of bytes"),
        ([1e300 * i for i in range(100)], "float64", "<rect"),
        ([True, False, True], "bool", "true"),
    ],
)
def test_every_kind_of_column_has_words_or_a_picture(tmp_path, values, type, words):
    assert words in picture(profiled(tmp_path, "v", values, type), "v")


def test_a_dataset_of_no_rows(tmp_path):
    found = profiled(tmp_path, "v", [], "float64")
    assert "no rows" in picture(found, "v")
    assert profile(Contract("some", (Column("v"),), static=True), [])[0].rows == 0


def test_personal_columns_are_counted_and_not_looked_at(tmp_path):
    found = profiled(tmp_path, "v", ["Ann", "Bob", None], "string", pii=True)
    assert (found.rows, found.nulls, found.frequent, found.histogram) == (3, 1, (), None)
    assert profiled(tmp_path, "v", ["Ann"] * 3, "string", show_pii=True, pii=True).frequent == (("Ann", 3),)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (5000, "5,000"),
        (0.39, "0.39"),
        (65.12345, "65.12"),
        (-4.5, "-4.5"),
        (1.2e-7, "1.2e-07"),
        (math.pi * 1e12, "3.14e+12"),
        (999_999_999, "999,999,999"),
    ],
)
def test_figures_are_short(value, written):
    assert number(value) == written


def test_a_shape_tells_no_text():
    assert shape_of("Ann 7-b") == "Aaa 9-a"
    assert shape_of("x" * 100) == "a" * 24 + "…"


def test_backticks_are_code_and_nothing_else_is():
    assert paragraphs(["`a < b` & c"]) == '<ul class="plain"><li><code>a &lt; b</code> &amp; c</li></ul>'


def test_a_run_of_visits_has_its_journey_week_and_customers(tmp_path):
    path = tmp_path / "web.yaml"
    path.write_text(
        "sandbox: 1\nname: web\nclock: {start: 2026-03-20, days: 6}\ndatasets:\n"
        "  people: {rows: 80, history: true, key: id, columns: {id: {serial: 1}}, leave: {hazard: 0.1 per day}}\n"
        "  clicks:\n    of: people\n    time: clicked_at\n    visits: {per_day: 1}\n"
        "    journey:\n"
        "      home: {emits: home_view, then: {item: 0.5, home: 0.2, leave: 0.3}, after: 20s}\n"
        "      item: {emits: item_view, then: {home: 0.5, leave: 0.5}, after: 1min}\n"
        "    columns: {session: {visit: id}, event: {visit: event}, person: {visit: customer}}\n",
        encoding="utf-8",
    )
    run = sandbox.load(path).run(tmp_path / "runs")
    page = run.report.read_text(encoding="utf-8")
    read = Reader(page)
    assert read.headings == ["Behaviour", "clicks", "Data", "people", "clicks", "To have it again"]
    assert any(label.startswith("the journey of clicks") for label in read.labels)
    assert "share of each cohort of clicks that is active" in read.labels
    assert (read.loads, read.open) == ([], [])
    assert page == report_html(run.record, run.folder)
