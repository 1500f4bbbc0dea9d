"""That the future cannot reach a feature, and that a leak would be seen."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from sandbox.mart import Mart, examples, feature_table, leakage, suspicions
from sandbox.mart import cut as cutting
from sandbox.mart.leaks import area, truncate

CANARY = "CANARY-7431"

# Whatever a feature might do to get hold of what is not there yet.
NOSY = """
SELECT customer_id, list(DISTINCT topic) AS topics, max(called_at) AS latest, count(*) AS calls,
    sum(minutes) AS minutes,
    (SELECT string_agg(topic) FROM calls) AS everything, (SELECT max(valid_to) FROM customers) AS last_end,
    (SELECT string_agg(plan) IS NULL FROM customers WHERE plan = 'CANARY') AS nothing_planned,
    (SELECT count(*) FROM customers) AS versions, (SELECT max(rowid) FROM calls) AS last_row
FROM calls GROUP BY customer_id
"""


def test_a_canary_from_the_future_or_of_late_arrival_is_in_no_feature(mart, land, ask, day, day_us):
    calls, customers = mart.contracts["calls"], mart.contracts["customers"]
    future = land(calls, [(1, day(11), CANARY, 7431.0), (1, day(9), CANARY, 7431.0)], [11, 10.001], 7)
    late = [(7431, CANARY, "max", 1, day(9), None), (1, CANARY, "max", 1, day(11), None)]
    planted = {"calls": future, "customers": land(customers, late, [11, 11], 7)}
    asked = ask(of="calls", features=NOSY)
    watched = replace(mart, parts={name: [part, *mart.parts[name]] for name, part in planted.items()})
    clean, seen = (feature_table(each, asked, day_us(10)) for each in (mart, watched))
    assert "7431" not in str(seen.to_pylist())
    assert seen.equals(clean)
    assert "7431" in str(feature_table(watched, asked, day_us(12)).to_pylist())  # the search does find it, later


def test_features_over_a_truncated_landing_are_the_same(mart, ask):
    label = {"occurs": "calls", "within": "9 days"}
    found = leakage(mart, ask(moments=[3, 10, 20], of="calls", features=NOSY, label=label))
    assert found.clean


def random_landing(folder, mart, seed, rows=3000):
    """Rows at random, many of them exactly at the cut, late, or of the same moment."""
    from sandbox.contract.envelope import envelope, landed_schema

    draw = np.random.default_rng(seed)
    hour_us = 3_600_000_000
    start_us = 1_767_225_600_000_000
    begun = start_us + draw.integers(0, 480, rows) * hour_us
    ended = begun + draw.integers(0, 200, rows) * hour_us
    arrived = begun + draw.integers(0, 48, rows) * hour_us
    moment = pa.timestamp("us", "UTC")
    number, envelopes = np.arange(rows), envelope(np.arange(rows, dtype=np.uint64), arrived)
    customers = [
        pa.array(number // 3),
        pa.array(number.astype(str)),
        pa.array(draw.choice(["basic", "plus", "max"], rows)).dictionary_encode(),
        pa.array(draw.integers(1, 90, rows)).cast(pa.decimal128(19, 0)).cast(pa.decimal128(8, 2)),
        pa.array(begun).cast(moment),
        pa.array(ended, mask=draw.random(rows) < 0.5).cast(moment),
        envelopes,
    ]
    calls = [
        pa.array(number // 3),
        pa.array(begun).cast(moment),
        pa.array(draw.choice(["bill", "line"], rows)),
        pa.array(draw.gamma(2, 3, rows)),
        envelopes,
    ]
    parts = {}
    for name, columns in {"customers": customers, "calls": calls}.items():
        schema = landed_schema(mart.contracts[name].schema)
        typed = [column.cast(kind) for column, kind in zip(columns, schema.types, strict=True)]
        table = pa.Table.from_arrays(typed, schema=schema)
        parts[name] = [folder / f"{name}-{half}.parquet" for half in (0, 1)]
        for half, part in enumerate(parts[name]):
            pq.write_table(table.slice(half * rows // 2, rows // 2), part)
    return Mart({**parts, "prices": []}, mart.contracts, dict.fromkeys(mart.contracts, start_us + 2000 * hour_us))


@pytest.mark.parametrize("seed", [1, 2])
def test_random_landings_keep_no_row_too_many_and_none_too_few(mart, tmp_path, day_us, seed):
    landing = random_landing(tmp_path, mart, seed)
    kept = truncate(landing, day_us(10), tmp_path / "truncated")
    with landing.at(day_us(10)) as cut:
        for dataset in ("customers", "calls"):
            columns = ", ".join(f'"{column}"' for column in mart.contracts[dataset].names)
            shown = cut.query(cutting.Sql(f"SELECT {columns} FROM {dataset}"))
            proof = pa.concat_tables([pq.read_table(part) for part in kept[dataset]]).drop_columns(["_sandbox"])
            assert 0 < shown.num_rows < 3000
            assert shown.to_pylist() == proof.to_pylist()


def test_what_is_not_seen_does_not_even_change_the_plan_of_a_query(mart, tmp_path, day_us):
    # DuckDB's estimates decide the order in which rows meet, and with it the last bit of a sum of floats.
    landing = random_landing(tmp_path, mart, 3, rows=20_000)
    truncated = replace(landing, parts=truncate(landing, day_us(10), tmp_path / "truncated"))
    query = "EXPLAIN SELECT minutes, count(*) FROM calls GROUP BY minutes"
    plans = []
    for each in (landing, truncated):
        with each.at(day_us(10)) as cut:
            plans.append(cut.connection.execute(query).fetchall())
    assert plans[0] == plans[1]


def test_a_cut_that_forgets_arrivals_is_caught(mart, ask, monkeypatch):
    asked = ask(of="calls", features=NOSY, label={"occurs": "calls", "within": "9 days"})
    monkeypatch.setattr(cutting, "seen_by", lambda contract, cut: f"{contract.time or contract.valid_from} <= {cut}")
    found = leakage(mart, asked)
    assert not found.clean
    assert {"everything", "calls", "minutes"} <= {feature for _, feature in found.differing}


def test_a_cut_that_shows_when_a_version_will_end_is_caught(mart, ask, monkeypatch):
    monkeypatch.setattr(cutting, "shown", lambda contract, column, cut: f'"{column}"')
    features = "SELECT customer_id, bool_or(valid_to IS NOT NULL) AS will_end FROM customers GROUP BY 1"
    found = leakage(mart, ask(features=features))
    assert "will_end" in {feature for _, feature in found.differing}


@pytest.fixture
def crowd(mart, tmp_path, ask, day_us):
    """Examples of many customers, with features that are added by hand."""
    landing = random_landing(tmp_path, mart, 5)
    features = "SELECT customer_id, count(*) AS versions FROM customers GROUP BY 1"
    return examples(landing, ask(moments=[10], label={"leaves within": "5 days"}, features=features))


def with_feature(found, values):
    return replace(found, features=pa.table({"honest": found.features.column("versions"), "suspect": values}))


def test_a_feature_that_is_the_label_in_disguise_is_suspicious(crowd):
    label = np.asarray(crowd.label, dtype=bool)
    noise = np.random.default_rng(0).random(len(label))
    disguises = [
        pa.array(label),
        pa.array(~label),
        pa.array(np.where(label, 5.0, 3.0) + noise),
        pa.array(np.where(label, "left", "stayed")),
        pa.array(noise, mask=label),
        pa.array(np.where(label, "2026-01-09", "2026-01-03").astype("datetime64[D]")),
    ]
    for disguise in disguises:
        (suspicion,) = suspicions(with_feature(crowd, disguise))
        assert suspicion.feature == "suspect"
        assert suspicion.auc >= 0.99


def test_an_honest_feature_is_not_suspicious(crowd):
    label = np.asarray(crowd.label, dtype=bool)
    noise = np.random.default_rng(0).normal(size=len(label))
    honest = [
        pa.array(noise + label),
        pa.array([f"name {number}" for number in range(len(label))]),  # as many texts as examples tell nothing
        pa.array(np.full(len(label), 3)),
        pa.nulls(len(label), pa.float64()),
        pa.nulls(len(label), pa.string()),
        pa.array(np.full(len(label), np.inf)),
        pa.array([[1.0]] * len(label)),
    ]
    for values in honest:
        assert suspicions(with_feature(crowd, values)) == ()


def test_so_few_examples_that_chance_could_order_them_are_not_judged(mart, ask):
    found = examples(mart, ask(moments=[3]))
    assert suspicions(replace(found, features=pa.table({"label": found.label}))) == ()


@pytest.mark.parametrize("ties", [1, 3, 1000])
def test_the_area_is_that_of_an_independent_library(ties):
    draw = np.random.default_rng(ties)
    label = draw.random(500) < 0.3
    score = np.round((draw.normal(size=500) + label) * ties) / ties
    assert area(score, label) == pytest.approx(roc_auc_score(label, score), abs=1e-12)
