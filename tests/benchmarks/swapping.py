"""Swap day on real data: how far the dummy is from it before and after calibration, and how far another generator's is.

The scenario is calibrated on one part and judged on the other: on either half of the customers (what belongs to nobody
known goes by its invoice), or on the summer by what came before, where part of the distance is the season's.

    python -m tests.benchmarks.swapping FOLDER [--by season] [--sdv PYTHON] [--work FOLDER] [--no-rows] [--no-models]

FOLDER holds the CSV files of Online Retail, or Telco-Customer-Churn.csv. PYTHON is that of an environment in which SDV
is installed (`python -m venv sdv && sdv/bin/pip install sdv`); it learns from the same part.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from sandbox import load
from sandbox.api import Scenario
from sandbox.gap.figures import DatasetGap, Gap
from sandbox.gap.gap import gaps, measure_gap
from sandbox.gap.sides import dummy_of, dummy_plan
from sandbox.scenario.span import in_span
from tests.benchmarks.halving import SUMMER, RealData, data_of, share_out

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
SDV = Path(__file__).with_name("sdv_copula.py")


def main() -> None:
    """Share out, calibrate, compare."""
    asked = _asked()
    data = data_of(asked.folder)
    with tempfile.TemporaryDirectory() as made:
        work = asked.work or Path(made)
        share_out(data, asked.folder, work, asked.by)
        os.environ[data.variable] = str(work / "learn")
        scenario, new = SCENARIOS / f"{data.scenario}.yaml", SCENARIOS / ".swapped.yaml"
        started = time.perf_counter()
        found = load(scenario, target="real").calibrate(new, force=True)
        print(f"calibrated {len(found.changes)} values in {time.perf_counter() - started:.1f} s")
        os.environ[data.variable] = str(work / "judge")
        try:
            for what, path in (("before", scenario), ("after", new)):
                _tell(what, _gap(load(path, target="real"), data, asked))
            if asked.sdv is not None:
                _tell("SDV", _of_sdv(load(scenario, target="real"), data, asked, work))
        finally:
            (work / "calibrated.yaml").write_text(new.read_text(encoding="utf-8"), encoding="utf-8")
            for path in (new, *(SCENARIOS / name for name in found.files)):
                path.unlink(missing_ok=True)


def _gap(scenario: Scenario, data: RealData, asked: argparse.Namespace) -> Gap:
    """Of the dummy of all time, or of the summer's."""
    if asked.by == "customers":
        return scenario.gap([data.dataset], whole_rows=asked.whole_rows, models=asked.models)
    summer = dummy_of(in_span(dummy_plan(scenario.plan), SUMMER), data.dataset)
    return Gap(gaps(scenario.plan, [data.dataset], whole_rows=asked.whole_rows, dummies={data.dataset: summer}), [])


def _of_sdv(scenario: Scenario, data: RealData, asked: argparse.Namespace, work: Path) -> Gap:
    """What SDV draws after it has seen the same part, in the place of the dummy."""
    (work / "sdv").mkdir(exist_ok=True)
    files = sorted((work / "learn").glob("*.csv"))
    texts = csv.ConvertOptions(column_types=dict.fromkeys(data.texts, pa.string()))
    whole, kinds, drawn = work / "learn.csv", work / "kinds.json", work / "sdv" / files[0].name
    csv.write_csv(pa.concat_tables([csv.read_csv(path, convert_options=texts) for path in files]), whole)
    kinds.write_text(json.dumps(data.kinds), encoding="utf-8")
    subprocess.run([str(asked.sdv), str(SDV), str(whole), str(kinds), str(drawn)], check=True)
    os.environ[data.variable] = str(drawn.parent)
    other = load(scenario.loaded.document.root.place.file, target="real").plan
    os.environ[data.variable] = str(work / "judge")
    return measure_gap(scenario.loaded, [data.dataset], whole_rows=asked.whole_rows, models=asked.models, dummy=other)


def _tell(what: str, gap: Gap) -> None:
    for each in gap.datasets:
        _tell_dataset(what, each)
    for use in gap.models:
        share = "no figure" if use.share is None else f"{use.share:.0%} of what real data teaches"
        print(f"  {use.model}: {share} {use.failure}")


def _tell_dataset(what: str, gap: DatasetGap) -> None:
    auc = f", AUC {gap.rows.auc:.3f}" if gap.rows is not None else ""
    print(f"{what}: {gap.dataset}: columns {gap.column_ratio:.2f}, pairs {gap.pair_ratio:.2f}{auc}")
    for some in (gap.columns, gap.behaviour):
        if some:
            print("  " + ", ".join(f"{each.column} {each.ratio:.1f}" for each in some))
    worst = sorted(gap.pairs, key=lambda pair: -pair.ratio)[:20]
    print("  " + ", ".join(f"{' × '.join(pair.columns)} {pair.ratio:.1f}" for pair in worst))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the real data lie")
    parser.add_argument("--by", choices=("customers", "season"), default="customers", help="how it is shared out")
    parser.add_argument("--sdv", type=Path, metavar="PYTHON", help="judge SDV's Gaussian copula too")
    parser.add_argument("--work", type=Path, help="where the parts and the calibrated scenario go")
    parser.add_argument("--no-rows", dest="whole_rows", action="store_false", help="ask no classifier")
    parser.add_argument("--no-models", dest="models", action="store_false", help="fit no models")
    return parser.parse_args()


if __name__ == "__main__":
    main()
