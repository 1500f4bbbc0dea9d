"""A runnable example for each column generator, and for the options beside it."""

from __future__ import annotations

from collections.abc import Mapping

COLUMNS: Mapping[str, str] = {
    "options": """\
price: {lognormal: {median: 9, sigma: 0.5}, about: In pounds., decimals: 2, type: "decimal(8, 2)"}
code: {pattern: "[A-Z]{2}[0-9]{4}", unique: true}
name: {fake: name, pii: true, nulls: 0.1, default: unknown}
weekend: {bernoulli: 0.3, nullable: true}
rating: {integer: [1, 5], check: {ge: 1, le: 5}}
mood: {normal: {mean: 0, sd: 1}, hidden: true, told_by: rating - 3}
spent: {exponential: 20, nulls: "case when weekend then 0.5 else 0.1 end"}
""",
    "check": """\
discount: {uniform: [0, 1], check: {ge: 0, lt: 0.9}}
weight: {normal: {mean: 80, sd: 10}, check: {gt: 0, le: 110}}
colour: {choice: [red, blue, green], check: {values: [red, blue]}}
shelf: {sql: "'A' || price", check: {pattern: "[A-Z][0-9]+", min_length: 2, max_length: 3}}
price: {integer: [1, 200]}
""",
    "given": """\
plan: {choice: {basic: 3, plus: 1}}
fee: {given: plan, normal: {basic: {mean: 9, sd: 1}, else: {mean: 19, sd: 2}}}
""",
    "bernoulli": """\
returned: {bernoulli: 0.13}
late: {bernoulli: {p: "case when returned then 0.5 else 0.1 end"}}
clicked: {bernoulli: {log_odds: "-2 + 0.02 * age"}}
age: {integer: [18, 90]}
""",
    "beta": "share: {beta: {alpha: 2, beta: 5}}\nrating: {beta: {alpha: 5, beta: 2, low: 1, high: 5}}\n",
    "choice": """\
plan: {choice: {basic: 0.6, plus: 0.3, max: 0.1}}
colour: {choice: [red, green, blue]}
stars: {choice: {values: [1, 2, 3], weights: [1, 2, 5]}}
""",
    "constant": "currency: {constant: EUR}\nversion: {constant: {value: 3}}\n",
    "date": "born: {date: [1950-01-01, 2007-12-31]}\njoined: {date: {between: [2020-01-01, 2025-12-31]}}\n",
    "datetime": """\
seen: {datetime: [2026-01-01, 2026-02-01]}
made: {datetime: {between: [2026-01-01 08:00:00, 2026-01-01 18:00:00]}}
""",
    "exponential": 'wait: {exponential: 30}\nhold: {exponential: {mean: "10 + wait"}}\n',
    "fake": """\
name: {fake: name, pii: true}
city: {fake: {provider: city, locale: de_DE, pool: 300}}
text: {fake: {provider: text, args: {max_nb_chars: 60}}}
company: {fake: {provider: company, locale: {en_GB: 3, fr_FR: 1}}}
""",
    "gamma": "amount: {gamma: {mean: 20}}\nduration: {gamma: {mean: 90, shape: 1.5}}\n",
    "geometric": "tries: {geometric: 0.4}\nrings: {geometric: {p: 0.5}}\n",
    "histogram": "age: {histogram: {edges: [18, 30, 50, 90], weights: [3, 5, 2]}, type: int32}\n",
    "integer": "dice: {integer: [1, 6]}\nticket: {integer: {between: [1, 100000]}, unique: true}\n",
    "lines": """\
price: {lines: {file: prices.csv, column: price}, type: float64}
""",
    "list": """\
tags: {list: {of: {choice: [new, sale, eco]}, length: {poisson: 1.5}}}
scores: {list: {of: {normal: {mean: 0, sd: 1}}, length: 3}}
""",
    "lognormal": """\
price: {lognormal: {median: 60, sigma: 0.9}, decimals: 2}
shipping: {lognormal: {median: "1 + price / 20", sigma: 0.2}}
""",
    "look_up": """\
shop_id: {ref: shops}
shop_city: {look_up: {by: shop_id, column: city}}
""",
    "map": """\
labels: {map: {keys: {choice: [colour, size]}, values: {fake: word}, length: {integer: [0, 2]}}}
""",
    "negative_binomial": "visits: {negative_binomial: {mean: 3, shape: 0.7}}\n",
    "normal": 'height: {normal: {mean: 170, sd: 9}}\nweight: {normal: {mean: "height - 100", sd: 8}}\n',
    "pattern": 'plate: {pattern: "[A-Z]{2}[0-9]{2} [A-Z]{3}"}\nsku: {pattern: {regex: "SKU-[0-9]{6}"}, unique: true}\n',
    "poisson": 'calls: {poisson: 2.5}\ndropped: {poisson: {mean: "0.1 * calls"}}\n',
    "ref": """\
shop_id: {ref: shops}
favourite: {ref: {dataset: shops, zipf: 1.1}}
largest: {ref: {dataset: shops, weight: size}}
by_day: {ref: {dataset: shops, given: day, weight: {weekend: size}}}
day: {choice: {weekend: 2, weekday: 5}}
""",
    "sample": "price: {sample: {file: prices.csv, column: price}}\n",
    "serial": """\
id: {serial: 1}
order_no: {serial: "ORD-{:08d}"}
batch: {serial: {start: 1000, step: 10, format: "B{}"}}
""",
    "sql": """\
name: {fake: name}
email: {sql: "lower(replace(name, ' ', '.')) || '@example.com'"}
initial: {sql: {text: "left(name, 1)"}}
""",
    "struct": """\
address: {struct: {city: {fake: city}, post_code: {pattern: "[0-9]{5}"}}}
place: {struct: {fields: {latitude: {uniform: [50, 58]}, longitude: {uniform: [-5, 2]}}}}
""",
    "times": """\
seen_at: {times: evening}
opened_at: {times: {day: office, week: workdays, from: 2026-01-10, to: 2026-02-01}}
logged_at: {times: {week: [1, 1, 1, 1, 1, 3, 3], order: true}}
""",
    "union": """\
answer: {union: [{choice: ["yes", "no"]}, {integer: [1, 5]}], type: "union<string, int64>"}
score: {union: {branches: [{fake: word}, {integer: [1, 5]}], weights: [1, 9]}, type: "union<string, int64>"}
""",
    "uniform": 'share: {uniform: [0, 1]}\npart: {uniform: {between: [0, "share"]}}\n',
    "uuid": "id: {uuid: true}\nrequest: {uuid: {random: true}}\n",
    "zipf": "rank: {zipf: 1000}\nword: {zipf: {ranks: 5000, s: 1.3}}\n",
}
"""Columns of the dataset `example`, by generator; `options` and `check` show what stands beside any of them."""
