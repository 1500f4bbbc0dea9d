"""A saved model by the way in which MLflow calls one, without MLflow."""

import io

import numpy as np
import pandas as pd
import pytest

from sandbox.errors import InputError
from sandbox.models.pyfunc import _load_pyfunc
from sandbox.models.saving import save


@pytest.fixture(scope="module")
def scorer(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pyfunc")
    save(fitted, folder)
    return _load_pyfunc(str(folder))


@pytest.fixture(scope="module")
def rows(examples):
    """As they come from a CSV file, with what is missing in most columns."""
    frame = examples.features.slice(0, 200).to_pandas().assign(moment=examples.moment.slice(0, 200).to_pandas())
    return pd.read_csv(io.StringIO(frame.to_csv(index=False)))


def test_rows_of_a_file_score_as_the_table_that_they_came_from(scorer, rows, fitted, examples):
    expected = fitted.predict(examples.features, examples.moment).to_numpy()[:200]
    told = scorer.predict(rows.sample(frac=1, random_state=1)).sort_index()
    np.testing.assert_array_equal(told["probability"], expected)
    np.testing.assert_array_equal(told["positive"], expected >= fitted.model.threshold)


def test_without_a_moment_dates_are_counted_from_now(scorer, rows):
    early, now = (scorer.predict(each)["probability"] for each in (rows, rows.drop(columns="moment")))
    assert len(now) == len(early)
    assert now.between(0, 1).all()


def test_what_does_not_fit_is_told_by_its_name(scorer, rows):
    with pytest.raises(InputError, match="calls: is no number"):
        scorer.predict(rows.assign(calls="many"))
    with pytest.raises(InputError, match="calls"):
        scorer.predict(rows.drop(columns="calls"))
