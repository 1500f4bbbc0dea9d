"""What SDMetrics says of the columns of `hard_columns`, to be kept in `sdmetrics.json`.

SDMetrics wants pandas below 3 and brings a package under the BUSL with it, so it is no part of the `test` extra. In an
environment of its own, with `pip install "sdmetrics==0.32.*"`, run `python tests/gap/sdmetrics_figures.py` from the
root of the repository, and the figures are written anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("sdmetrics.json")


def hard_columns():
    """Dummy and real columns by name: few values and many, ties, heavy tails, rare categories, a dependence."""
    random = np.random.default_rng(20_111)
    real = {
        "price": np.round(random.lognormal(1.0, 0.9, 3_000), 2),
        "pieces": random.negative_binomial(2, 0.2, 3_000),
        "zeros": np.where(random.random(3_000) < 0.4, 0.0, random.gamma(2, 5, 3_000)),
        "country": random.choice(["GB", "DE", "FR", "IE", "ES"], 3_000, p=[0.8, 0.1, 0.05, 0.04, 0.01]),
    }
    dummy = {
        "price": np.round(random.lognormal(1.2, 0.7, 2_000), 2),
        "pieces": random.poisson(8, 2_000),
        "zeros": np.where(random.random(2_000) < 0.3, 0.0, random.gamma(2, 6, 2_000)),
        "country": random.choice(["GB", "DE", "FR", "PT"], 2_000, p=[0.7, 0.2, 0.05, 0.05]),
    }
    for side in (real, dummy):
        side["paid"] = np.round(side["price"] * side["pieces"] * random.uniform(0.5, 1.5, len(side["price"])), 2)
    return dummy, real


def main() -> None:
    """Ask SDMetrics and keep what it says."""
    import pandas as pd
    from sdmetrics.column_pairs import CorrelationSimilarity
    from sdmetrics.single_column import KSComplement, TVComplement

    dummy, real = (pd.DataFrame(side) for side in hard_columns())
    told = {name: KSComplement.compute(real[name], dummy[name]) for name in ("price", "pieces", "zeros", "paid")}
    told["country"] = TVComplement.compute(real["country"], dummy["country"])
    pairs = {
        f"{one} {other}": CorrelationSimilarity.compute(real[[one, other]], dummy[[one, other]], coefficient="Spearman")
        for one, other in (("price", "pieces"), ("pieces", "paid"), ("zeros", "price"))
    }
    figures = {"columns": told, "pairs": pairs}
    FILE.write_text(json.dumps(figures, indent=1, default=float) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
