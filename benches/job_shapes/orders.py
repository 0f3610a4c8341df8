"""Orders as a shop exports them: every change is a row, four of five rows are superseded; whole numbers as keys, wide rows."""

import numpy as np

from .text import base62, write

HIVE = {}
WIDE = [f"m{n}" for n in range(16)]
TABLES = {
    "orders": ("order_id", {
        "customer_id": "INT", "status": "VARCHAR", "updated_at": "TIMESTAMP", "amount": "DOUBLE", "note": "VARCHAR",
        **dict.fromkeys(WIDE, "DOUBLE"), "country": "VARCHAR", "score": "DOUBLE",
    }),
}  # fmt: skip


def manifest(_):
    return f"""
name: orders
region: us-east-1
storage:
  staging: "s3://${{account}}-orders/staging/"
  warehouse: "s3://${{account}}-orders/warehouse/"
  results: "s3://${{account}}-orders/results/"
sources:
  changes:
    path: data/changes.csv
    columns:
      order_id: bigint
      customer_id: int
      status: string
      updated_at: timestamp
      amount: double
      note: string
{"".join(f"      {name}: double{chr(10)}" for name in WIDE)}
  customers:
    path: data/customers.csv
    columns: {{ id: int, country: string, score: double }}
tables:
  orders:
    steps:
      - source: changes
      - join: {{ source: customers, on: {{ customer_id: id }} }}
      - drop_duplicates: {{ by: [order_id], order_by: [updated_at desc] }}
    files: 4
    checks:
      - unique: [order_id]
      - not_null: [order_id, status]
      - between: {{ score: [0, 1] }}
crawler: {{ database: orders, tables: declared }}
"""


def generate(folder, rows):
    dice = np.random.default_rng(7)
    orders, customers = rows // 5, max(rows // 40, 10)
    order = dice.integers(0, orders, rows)
    # Times differ within an order, so that the newest row is one.
    when = np.datetime64("2024-01-01", "s") + dice.permutation(rows)
    notes = base62(dice, rows, 18)
    notes[dice.random(rows) < 0.3] = ""
    write(folder / "changes.csv", {
        "order_id": order * 7 + 10**12, "customer_id": (order * 2654435761) % customers,
        "status": np.array(["new", "paid", "shipped", "returned, open"], dtype=object)[dice.integers(0, 4, rows)],
        "updated_at": np.char.replace(when.astype(str), "T", " ").astype(object), "amount": (dice.random(rows) * 1000).round(2), "note": notes,
        **{name: (dice.random(rows) * 100).round(4) for name in WIDE},
    })  # fmt: skip
    write(folder / "customers.csv", {
        "id": dice.permutation(customers), "country": np.array("DE FR PL JP US BR".split(), dtype=object)[dice.integers(0, 6, customers)],
        "score": dice.random(customers).round(6),
    })  # fmt: skip


def duckdb(data, out):
    import os

    import duckdb as engine

    c = engine.connect()
    c.execute("SET preserve_insertion_order=false")
    types = {"order_id": "BIGINT", "customer_id": "INT", "status": "VARCHAR", "updated_at": "TIMESTAMP", "amount": "DOUBLE", "note": "VARCHAR"}
    types |= dict.fromkeys(WIDE, "DOUBLE")
    options = "header=true, quote='\"', escape='\"', delim=',', auto_detect=false"
    os.makedirs(f"{out}/orders")
    c.execute(f"""
        COPY (SELECT o.*, c.country, c.score FROM read_csv('{data}/changes.csv', {options}, columns={types}) o
              JOIN read_csv('{data}/customers.csv', {options}, columns={{'id': 'INT', 'country': 'VARCHAR', 'score': 'DOUBLE'}}) c ON o.customer_id = c.id
              QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC NULLS LAST) = 1)
        TO '{out}/orders/part-0.parquet' (FORMAT parquet, COMPRESSION snappy)""")
    found = c.execute(f"""SELECT count(*) - count(DISTINCT order_id), count_if(order_id IS NULL), count_if(status IS NULL), count_if(score NOT BETWEEN 0 AND 1)
        FROM '{out}/orders/*.parquet'""").fetchone()
    assert not any(found), found


def polars(data, out):
    import pathlib

    import polars as pl

    types = {"order_id": pl.Int64, "customer_id": pl.Int32, "status": pl.String, "updated_at": pl.String, "amount": pl.Float64, "note": pl.String}
    changes = pl.scan_csv(f"{data}/changes.csv", schema=types | dict.fromkeys(WIDE, pl.Float64))
    changes = changes.with_columns(pl.col("updated_at").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us"))
    customers = pl.scan_csv(f"{data}/customers.csv", schema={"id": pl.Int32, "country": pl.String, "score": pl.Float64})
    joined = changes.join(customers, left_on="customer_id", right_on="id")
    (pathlib.Path(out) / "orders").mkdir()
    first = joined.sort("updated_at", descending=True, nulls_last=True).unique("order_id", keep="first")
    first.sink_parquet(f"{out}/orders/part-0.parquet", compression="snappy")
    kept = pl.scan_parquet(f"{out}/orders/*.parquet")
    found = kept.select(
        pl.len() - pl.col("order_id").n_unique(), pl.col("status").null_count(), s=(~pl.col("score").is_between(0, 1)).sum()
    ).collect(engine="streaming")
    assert not any(found.row(0)), found


def spark(data, out):
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    from .text import session

    s = session(out)
    schema = "order_id bigint, customer_id int, status string, updated_at timestamp, amount double, note string, "
    changes = s.read.csv(f"{data}/changes.csv", header=True, escape='"', schema=schema + ", ".join(f"{n} double" for n in WIDE))
    customers = s.read.csv(f"{data}/customers.csv", header=True, schema="id int, country string, score double")
    joined = changes.join(customers, changes.customer_id == customers.id).drop("id")
    first = Window.partitionBy("order_id").orderBy(f.col("updated_at").desc_nulls_last())
    joined.withColumn("n", f.row_number().over(first)).filter("n = 1").drop("n").coalesce(4).write.parquet(f"{out}/orders")
    kept = s.read.parquet(f"{out}/orders")
    found = kept.selectExpr(
        "count(*) - count(distinct order_id)", "count_if(order_id is null)", "count_if(status is null)", "count_if(score not between 0 and 1)"
    ).first()
    assert not any(found), found
    s.stop()
