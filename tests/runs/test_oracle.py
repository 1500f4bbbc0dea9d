"""No model foretells more than the truth does: on the same examples, beyond what chance allows."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

import sandbox

TELECOM = """\
sandbox: 1
name: telecom
seed: 11
clock: {start: 2026-01-05, days: 42}
datasets:
  customers:
    rows: 1_500
    key: customer_id
    history: true
    columns:
      customer_id: {serial: 1}
      plan: {choice: {basic: 0.6, plus: 0.4}}
      patience: {normal: {mean: 0, sd: 1}, hidden: true}
    recent:
      dropped_7d: {count: calls, where: "event = 'dropped'", within: 7 days}
    leave: {hazard: {base: 0.012 per day, patience: -0.7, dropped_7d: 0.25}}
    transitions:
      upgrade: {when: "plan = 'basic'", hazard: {base: 0.02 per day, patience: 0.5}, set: {plan: "'plus'"}}
  calls:
    of: customers
    time: called_at
    visits: {per_day: "0.8 * exp(-0.4 * parent.patience)", spread: 0.6, day: evening}
    journey:
      call: {emits: call, then: {dropped: 0.25, leave: 0.75}, after: 3min}
      dropped: {emits: dropped, then: {call: 0.7, leave: 0.3}, after: 30s}
    columns: {event: {visit: event}, customer_id: {visit: customer}}
models:
  churn:
    blueprint: classify
    candidates: [logistic, gradient_boosting]
    of: customers
    at: [day 21]
    label: {leaves within: 21 days}
    features: features.sql
  upgrade:
    blueprint: classify
    candidates: [logistic, gradient_boosting]
    of: customers
    at: [day 21]
    label: {changes: plan, within: 21 days}
    features: features.sql
"""
FEATURES = """\
select
    c.customer_id,
    c.plan,
    count(*) filter (e.event = 'dropped' and e.called_at >= $cut - interval 7 day) as dropped_7d,
    count(e.event) as calls
from customers c left join calls e using (customer_id)
where c.valid_to is null
group by all
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = tmp_path_factory.mktemp("oracle")
    (home / "features.sql").write_text(FEATURES, encoding="utf-8")
    (home / "telecom.yaml").write_text(TELECOM, encoding="utf-8")
    return sandbox.load(home / "telecom.yaml").run(home / "data", trials=1)


LOSSES = {  # proper ones: none expects less of them than who knows the chances
    "brier": lambda chance, label: (chance - label) ** 2,
    "log loss": lambda chance, label: -np.log(np.where(label == 1, chance, 1 - chance)),
}


def ahead(loss, score, truth, label):
    """By how many standard errors of the paired difference a score is better than the truth."""
    gain = loss(truth, label) - loss(score, label)
    return gain.mean() / (gain.std() / np.sqrt(len(gain)))


@pytest.mark.parametrize(("model", "file"), [("churn", "customers-leaves"), ("upgrade", "customers-plan")])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_oracle_is_not_beaten(run, model, file, loss):
    test = run.models[model].test.to_pandas()
    truth = pq.read_table(run.folder.truth / f"{file}.parquet").to_pandas()
    both = test.merge(truth, on=["entity", "moment"], validate="one_to_one")
    assert len(both) == len(test) > 200
    label, score, chance = (both[name].to_numpy(float) for name in ("label", "score", "probability"))
    chance, score = (np.clip(each, 1e-4, 1 - 1e-4) for each in (chance, score))
    assert ahead(LOSSES[loss], score, chance, label) < 3
    # The check has teeth: who knows every third label is found out, and the truth is far ahead of who knows nothing.
    leaked = np.where(np.arange(len(label)) % 3 == 0, np.clip(label, 1e-4, 1 - 1e-4), chance)
    assert ahead(LOSSES[loss], leaked, chance, label) > 3
    assert ahead(LOSSES[loss], np.full(len(label), label.mean()), chance, label) < -3
