"""Real data in two parts, one to calibrate on and one to judge by: customers at random, or two seasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from sandbox.addresses import Address
from sandbox.models.split import hash_entities

PARTS = ("learn", "judge")
SUMMER = dt.date(2011, 7, 1)
TELCO = "Telco-Customer-Churn.csv"


@dataclass(frozen=True)
class RealData:
    """A scenario, the variable that says where its real data lie, and how these are told apart by customer."""

    scenario: str
    variable: str
    dataset: str
    texts: tuple[str, ...]
    """Columns that are text, whatever they look like."""
    whose: Callable[[pa.Table], pa.Array]
    kinds: dict[str, str]
    """What SDV calls each column (`sdtype`)."""


def of_the_shop(table: pa.Table) -> pa.Array:
    """The customer of a line; what belongs to nobody known goes by its invoice."""
    return pc.if_else(pc.equal(table["CustomerID"], ""), table["InvoiceNo"], table["CustomerID"]).combine_chunks()


GIFT_SHOP = RealData(
    "online_retail",
    "ONLINE_RETAIL",
    "invoice_lines",
    ("InvoiceNo", "StockCode", "CustomerID"),
    of_the_shop,
    {
        **dict.fromkeys(("InvoiceNo", "StockCode", "Description", "CustomerID", "Country"), "categorical"),
        **dict.fromkeys(("Quantity", "UnitPrice"), "numerical"),
        "InvoiceDate": "datetime",
    },
)
TELEPHONES = RealData(
    "telco_churn",
    "TELCO",
    "customers",
    ("TotalCharges",),
    lambda table: table["customerID"].combine_chunks(),
    {
        "customerID": "id",
        **dict.fromkeys(("tenure", "MonthlyCharges", "TotalCharges"), "numerical"),
    },
)
"""What is not said of its columns is a category."""


def data_of(folder: Path) -> RealData:
    """Which of the two a folder holds."""
    return TELEPHONES if (folder / TELCO).exists() else GIFT_SHOP


def share_out(data: RealData, folder: Path, work: Path, by: str) -> None:
    """Write both parts below `work`: each file twice, with the rows of either part of the customers, or each once."""
    texts = csv.ConvertOptions(column_types=dict.fromkeys(data.texts, pa.string()))
    for part in PARTS:
        (work / part).mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.csv")):
        table = csv.read_csv(path, convert_options=texts)
        if by == "season":
            first = np.full(table.num_rows, dt.date.fromisoformat(path.stem) < SUMMER)
        else:
            first = np.asarray(hash_entities(Address(("swapping", "half")), data.whose(table)) >> np.uint64(63)) == 0
        for part, mask in zip(PARTS, (first, ~first), strict=True):
            if mask.any():
                csv.write_csv(table.filter(pa.array(mask)), work / part / path.name)
