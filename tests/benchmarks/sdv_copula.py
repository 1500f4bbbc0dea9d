"""SDV's Gaussian copula learns from a CSV file and writes as many rows of its own, in an environment of its own.

    PYTHON sdv_copula.py LEARN.csv KINDS.json OUT.csv

It knows nothing of this project, and this project nothing of SDV.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd
from sdv.metadata import Metadata
from sdv.single_table import GaussianCopulaSynthesizer


def main() -> None:
    """Learn, draw, write."""
    learn, kinds, out = map(Path, sys.argv[1:])
    said = json.loads(kinds.read_text(encoding="utf-8"))
    texts = {name: str for name, kind in said.items() if kind in ("categorical", "id")}
    table = pd.read_csv(learn, dtype=texts, na_values=[" "], keep_default_na=True)
    columns = {name: {"sdtype": said.get(name, "categorical")} for name in table.columns}
    for column in columns.values():
        if column["sdtype"] == "datetime":
            column["datetime_format"] = "%Y-%m-%d %H:%M:%S"
    metadata = Metadata.load_from_dict({"tables": {"rows": {"columns": columns}}, "relationships": []})
    started = time.perf_counter()
    synthesizer = GaussianCopulaSynthesizer(metadata)
    synthesizer.fit({"rows": table})
    drawn = synthesizer.sample(num_rows=len(table))["rows"]
    print(f"SDV learnt and drew {len(table):,} rows in {time.perf_counter() - started:.1f} s")
    drawn.to_csv(out, index=False)


if __name__ == "__main__":
    main()
