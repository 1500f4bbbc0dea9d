"""A runnable example for each kind of source, and for how its columns are mapped."""

from __future__ import annotations

from collections.abc import Mapping

SOURCES: Mapping[str, str] = {
    "binding": """\
targets:
  real:
    customers:
      csv: customers/*.csv
      rename: {cust_no: customer_id}
      parse: {age: {nulls: ["", "n/a"]}}
      where: closed is null
      arrived_at: loaded_at
""",
    "Parse": """\
targets:
  real:
    orders:
      csv: orders/*.csv
      parse:
        ordered_at: {format: "%d.%m.%Y %H:%M", zone: Europe/Berlin}
        amount: {decimal: ",", thousands: ".", unit: cents, nulls: ["-"]}
    tills:
      csv: tills.csv
      parse:
        open: {"true": [ja], "false": [nein]}
datasets:
  tills: {rows: 4, static: true, columns: {open: {bernoulli: 0.8}}}
""",
    "arrow": "targets: {real: {shops: {arrow: {path: shops.arrow}}}}\n",
    "avro": "targets: {real: {shops: {avro: {path: shops.avro}}}}\n",
    "csv": """\
targets:
  real:
    shops: {csv: {path: "shops/*.csv", delimiter: ";", quote: "'", encoding: latin-1, columns: [shop_id, city, size]}}
""",
    "duckdb": """\
targets:
  real:
    shops: {duckdb: {path: shop.duckdb, table: shops}}
    customers: {duckdb: {path: shop.duckdb, query: select * from customers order by customer_id}}
""",
    "jsonl": "targets: {real: {shops: {jsonl: {path: shops.jsonl, encoding: utf-8}}}}\n",
    "kafka": """\
env: [KAFKA_SERVERS]
targets:
  real:
    orders:
      kafka:
        servers: "${KAFKA_SERVERS:-localhost:9092}"
        topic: orders
        start: 2026-01-31T12:00Z
        message: whole
        patience_s: 20
    shops:
      kafka:
        servers: broker-1:9092,broker-2:9092
        topic: shops
        format: avro
        registry: http://registry:8081
        after: {"0": 41}
        settings: {client.id: rehearsal}
""",
    "kinesis": """\
targets:
  real:
    orders: {kinesis: {stream: orders, region: eu-west-1, start: 2026-01-31T12:00Z, message: whole}}
    shops: {kinesis: {stream: shops, after: {shardId-000000000000: "49590338271490256608559692538361571095"}}}
    customers: {kinesis: {stream: customers, format: avro, registry: "http://localhost:8081"}}
""",
    "parquet": "targets: {real: {shops: {parquet: {path: lake/shops/}}}}\n",
    "postgresql": """\
targets:
  real:
    shops: {postgresql: {host: db.example, port: 5432, database: shop, user: reader, table: sales.shops}}
    customers: {postgresql: {query: select * from customers, rising: customer_id}}
""",
    "sqlite": """\
targets:
  real:
    shops: {sqlite: {path: shop.db, table: shops}}
    customers: {sqlite: {path: shop.db, query: select * from customers order by customer_id}}
""",
}
