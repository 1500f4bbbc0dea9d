"""The gift shop of `scenarios/online_retail.yaml`: closed on Saturdays, busy at noon, and in step with the real log."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sandbox

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "scenarios" / "online_retail.yaml"
REAL = ROOT.parent / "shared" / "real" / "online_retail"


def invoices(lines):
    """The first time of each invoice that is no cancellation, its customer and its lines."""
    bought = lines[~lines.InvoiceNo.str.startswith("C")].groupby("InvoiceNo")
    return bought.agg(at=("InvoiceDate", "min"), customer=("CustomerID", "first"), lines=("StockCode", "size"))


@pytest.fixture(scope="module")
def lines():
    frame = sandbox.load(SHOP, scale=0.3).frame("invoice_lines")
    return frame.assign(InvoiceDate=frame.InvoiceDate.dt.tz_convert("Europe/London").dt.tz_localize(None))


@pytest.fixture(scope="module")
def shop(lines):
    return invoices(lines)


@pytest.fixture(scope="module")
def real():
    if not REAL.is_dir():
        pytest.skip("no ../shared/real/online_retail beside the project")
    frames = [pd.read_csv(path, dtype={"InvoiceNo": str}) for path in sorted(REAL.glob("*.csv"))]
    frame = pd.concat(frames)
    return invoices(frame.assign(InvoiceDate=pd.to_datetime(frame.InvoiceDate)))


def test_the_shop_is_closed_on_saturdays_at_night_and_over_christmas(shop):
    assert not (shop["at"].dt.day_of_week == 5).any()
    assert shop["at"].dt.hour.between(6, 20).all()
    assert not shop["at"].between("2010-12-24", "2011-01-04").any()
    assert shop["at"].dt.hour.value_counts().idxmax() in (10, 11, 12, 13)


def test_customers_come_back_and_send_back(lines, shop):
    visits = shop.groupby("customer").size()
    assert 0.45 < (visits > 1).mean() < 0.75
    assert visits.std() / visits.mean() > 1
    sent_back = lines.InvoiceNo.str.startswith("C")
    assert (lines.Quantity[sent_back] < 0).all()
    assert 0.1 < lines.InvoiceNo[sent_back].nunique() / lines.InvoiceNo.nunique() < 0.2


def test_numbers_of_invoices_rise_with_time(shop):
    numbers = shop.sort_index().index.astype(int)
    assert shop.sort_index()["at"].is_monotonic_increasing
    assert numbers.min() >= 536365


def test_the_rhythm_is_that_of_the_real_log(shop, real):
    for name, least in (("hour", 0.95), ("day_of_week", 0.9)):
        ours, theirs = (getattr(log["at"].dt, name).value_counts(normalize=True) for log in (shop, real))
        both = pd.concat([ours, theirs], axis=1).fillna(0)
        assert np.corrcoef(both.to_numpy().T)[0, 1] > least
    days = {log: set(frame["at"].dt.date) for log, frame in (("ours", shop), ("real", real))}
    assert len(days["ours"] ^ days["real"]) <= 5
    repeat = [(log.groupby("customer").size() > 1).mean() for log in (shop, real)]
    assert abs(repeat[0] - repeat[1]) < 0.15
    assert 0.6 < shop.lines.mean() / real.lines.mean() < 1.6
