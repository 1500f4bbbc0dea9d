"""Swap day on a real shop: how far the dummy is from it before and after calibration.

Customers are halved: the scenario is calibrated on one half and judged on the other. What belongs to nobody known goes
by its invoice.

    python -m tests.benchmarks.swapping FOLDER [--work FOLDER] [--no-rows] [--no-models]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from sandbox import load
from sandbox.addresses import Address
from sandbox.models.split import hash_entities

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


def main() -> None:
    """Halve, calibrate, compare."""
    asked = _asked()
    with tempfile.TemporaryDirectory() as made:
        work = asked.work or Path(made)
        for half in ("learn", "judge"):
            (work / half).mkdir(parents=True, exist_ok=True)
        _halve(asked.folder, work)
        os.environ["ONLINE_RETAIL"] = str(work / "learn")
        scenario = SCENARIOS / "online_retail.yaml"
        new = SCENARIOS / ".swapped.yaml"
        started = time.perf_counter()
        found = load(scenario, target="real").calibrate(new, force=True)
        print(f"calibrated {len(found.changes)} values in {time.perf_counter() - started:.1f} s")
        os.environ["ONLINE_RETAIL"] = str(work / "judge")
        try:
            for what, path in (("before", scenario), ("after", new)):
                _tell(what, path, asked.whole_rows, asked.models)
        finally:
            (work / "calibrated.yaml").write_text(new.read_text(encoding="utf-8"), encoding="utf-8")
            for path in (new, *(SCENARIOS / name for name in found.files)):
                path.unlink(missing_ok=True)


def _tell(what: str, scenario: Path, whole_rows: bool, models: bool) -> None:
    gap = load(scenario, target="real").gap(whole_rows=whole_rows, models=models)
    for each in gap.datasets:
        auc = f", AUC {each.rows.auc:.3f}" if each.rows is not None else ""
        print(f"{what}: {each.dataset}: columns {each.column_ratio:.2f}, pairs {each.pair_ratio:.2f}{auc}")
        for some in (each.columns, each.behaviour):
            print("  " + ", ".join(f"{gap.column} {gap.ratio:.1f}" for gap in some))
        worst = sorted(each.pairs, key=lambda pair: -pair.ratio)
        print("  " + ", ".join(f"{' × '.join(pair.columns)} {pair.ratio:.1f}" for pair in worst))
    for use in gap.models:
        share = "no figure" if use.share is None else f"{use.share:.0%} of what real data teaches"
        print(f"  {use.model}: {share} {use.failure}")


def _halve(folder: Path, work: Path) -> None:
    """Each file twice, with the rows of either half of the customers."""
    texts = csv.ConvertOptions(
        column_types={"InvoiceNo": pa.string(), "StockCode": pa.string(), "CustomerID": pa.string()}
    )
    for path in sorted(folder.glob("*.csv")):
        table = csv.read_csv(path, convert_options=texts)
        whose = pc.if_else(pc.equal(table["CustomerID"], ""), table["InvoiceNo"], table["CustomerID"]).combine_chunks()
        first = np.asarray(hash_entities(Address(("swapping", "half")), whose) >> np.uint64(63)) == 0
        for half, mask in (("learn", first), ("judge", ~first)):
            csv.write_csv(table.filter(pa.array(mask)), work / half / path.name)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the CSV files of Online Retail lie")
    parser.add_argument("--work", type=Path, help="where the halves and the calibrated scenario go")
    parser.add_argument("--no-rows", dest="whole_rows", action="store_false", help="ask no classifier")
    parser.add_argument("--no-models", dest="models", action="store_false", help="fit no models")
    return parser.parse_args()


if __name__ == "__main__":
    main()
