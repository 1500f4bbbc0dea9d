"""Runnable examples of experiments, for the reference and its test; see `examples`."""

from __future__ import annotations

from collections.abc import Mapping

_LOG = """\
datasets:
  shown:
    of: customers
    rate: 0.3
    time: shown_at
    columns:
      customer_id: {parent: customer_id}
      variant: {sql: "case when customer_id % 10 = 0 then 'model' else 'rules' end"}
      item: {integer: [1, 3]}
      chance: {constant: 0.3333}
      clicked: {bernoulli: 0.2}
  bought:
    of: customers
    rate: 0.1
    time: bought_at
    columns: {customer_id: {parent: customer_id}, paid: {lognormal: {median: 20, sigma: 0.5}}}
"""

_TRIES = """\
datasets:
  tries:
    rows: 500
    time: tried_at
    columns:
      tried_at: {datetime: [2026-01-01, 2026-03-01]}
      variant: {choice: [old, new]}
      shown: {choice: [a, b]}
      chance: {constant: 0.5}
      won: {bernoulli: 0.3}
experiment:
  log: tries
  arm: variant
  control: old
  arms: {new: 0.5}
  metrics: {won: {any: won}}
  primary: won
"""

EXPERIMENTS: Mapping[str, str] = {
    "Experiment": f"""\
{_LOG}\
experiment:
  about: Personal recommendations on the first page, on a tenth of the customers.
  owner: Website squad
  log: shown
  unit: customer_id
  arm: variant
  control: rules
  arms: {{model: 0.1}}
  holdout: 0.05
  ramp: [{{from: day 0, share: 0.01}}, {{from: day 7, share: 0.1}}]
  trigger: item > 0
  from: day 0
  metrics:
    conversion: {{of: bought, any: paid > 5, within: 14 days}}
    revenue: {{of: bought, sum: paid, before: 14 days}}
    click_rate: {{sum: "clicked::int", per: "1"}}
    clicks: {{sum: "clicked::int", better: more}}
  primary: conversion
  guardrails: {{revenue: 0.05}}
  effect: 0.05
  horizon: 50
  stopping: sequential
  alpha: 0.05
  power: 0.8
  correction: holm
  segments: [item]
  off_policy: {{action: item, propensity: chance, context: [variant], reward: "clicked::int"}}
  money: {{values: {{conversion: 12, clicks: 0.1}}, days: 90, cost: 500, likely: 0.05}}
  expect: {{units: 2_000, means: {{conversion: 0.05, clicks: 0.3}}, deviations: {{clicks: 0.6}}}}
done:
  - experiment.conversion.lift.low > 0
  - experiment.sample_ratio.p_value >= 0.001
""",
    "RampStage": f"""\
{_TRIES}\
  ramp: [{{from: day 0, share: 0.1}}, {{from: day 10, share: 0.25}}, {{from: day 14, share: {{new: 0.5}}}}]
""",
    "OffPolicy": f"""\
{_TRIES}\
  off_policy: {{action: shown, propensity: chance, context: [], reward: "won::int"}}
""",
    "Money": f"""\
{_TRIES}\
  money: {{values: {{won: 10}}, days: 30, cost: 100, likely: 0.1}}
""",
    "Expected": f"""\
{_TRIES}\
  effect: 0.05
  expect: {{units: 2_000, means: {{won: 0.3}}, deviations: {{}}}}
""",
}
"""Keys of experiments, by the model that they show."""
