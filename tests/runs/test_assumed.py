"""A run remembers what was assumed, counts it, and shows nobody's data by it."""

import sandbox

ROWS = ("rows: 600", 'rows: {value: 600, assumed: {by: Ann, on: 2026-11-01, low: 100, ask: "How many members?"}}')
NAMES = (
    "{fake: name, pii: true}",
    "{choice: {value: [Ann Smith, Bo Lee], assumed: {low: [Cy Fox]}}, nulls: {value: 0.1, assumed: {high: 0.5}}, "
    "pii: true}",
)


def test_the_record_lists_and_counts_them(club, tmp_path):
    run = sandbox.load(club(ROWS)).run(tmp_path / "runs")
    [found] = run.record.assumptions
    assert (found.path, found.value, found.low, found.high) == ("datasets.members.rows", "600", "100", None)
    assert (found.by, found.on, found.owner, found.ask) == ("Ann", "2026-11-01", "The treasurer", "How many members?")
    assert found.place.startswith("club.yaml:")
    # 3 keys of the clock; of members 4 keys and 4 columns; of visits 3 and 1; one model
    assert run.record.known == {"assumed": 1, "declared": 15, "measured": 0}
    page = run.report.read_text()
    assert "How many members?" in page
    assert "Assumed so far" in page


def test_an_assumption_changes_nothing_of_a_run_but_that_it_is_told(club, tmp_path):
    plain, assumed = (sandbox.load(club(*change)).run(tmp_path / "runs") for change in ((), (ROWS,)))
    assert assumed.record.digest == plain.record.digest
    assert assumed.record.values == plain.record.values
    assert "Assumed so far" not in plain.report.read_text()


def test_what_may_be_a_persons_is_masked(club, tmp_path):
    run = sandbox.load(club(NAMES)).run(tmp_path / "runs")
    names, nulls = run.record.assumptions
    assert (names.value, names.low) == ("•••", "•••")
    assert (nulls.value, nulls.high) == ("0.1", "0.5")
    told = (run.folder.path / "run.json").read_text() + run.report.read_text()
    assert [name for name in ("Ann Smith", "Bo Lee", "Cy Fox") if name in told] == []


def test_what_a_file_or_a_real_source_holds_is_measured(club, tmp_path):
    (tmp_path / "minutes.csv").write_text("minutes\n10\n20\n")
    (tmp_path / "visits.csv").write_text("member_id,visited_at,minutes\n1,2026-01-03T10:00:00Z,10\n")
    sampled = sandbox.load(
        club(("{exponential: {mean: 40}, decimals: 0}", "{sample: {file: minutes.csv, column: minutes}}"))
    )
    real = ("models:\n", "targets:\n  real:\n    visits: {csv: visits.csv}\nmodels:\n")
    for scenario in (sampled, sandbox.load(club(real), target="real")):
        from sandbox.runs.assumed import how_known

        assert how_known(scenario.loaded)["measured"] == 1
