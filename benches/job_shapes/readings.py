"""Readings of meters: hardly a duplicate, a key of two columns, long narrow rows, a left join to few stations."""

import numpy as np

from .text import base62, write

HIVE = {}
TABLES = {"readings": ("(meter, moment)", {"value": "DOUBLE", "quality": "INT", "station": "VARCHAR", "height": "INT"})}


def manifest(_):
    return """
name: readings
region: us-east-1
storage:
  staging: "s3://${account}-readings/staging/"
  warehouse: "s3://${account}-readings/warehouse/"
  results: "s3://${account}-readings/results/"
sources:
  raw:
    path: data/raw.csv
    columns: { meter: int, moment: timestamp, value: double, quality: int, station: string }
  stations:
    path: data/stations.csv
    columns: { id: string, height: int }
tables:
  readings:
    steps:
      - source: raw
      - join: { source: stations, on: { station: id }, how: left }
      - drop_duplicates: { by: [meter, moment], order_by: [quality desc, value] }
    checks:
      - unique: [meter, moment]
      - not_null: [meter, moment]
crawler: { database: readings, tables: declared }
"""


def generate(folder, rows):
    dice = np.random.default_rng(11)
    stations = base62(dice, 300, 8)
    meters = max(rows // 1000, 1)
    meter = dice.integers(0, meters, rows)
    at = np.datetime64("2024-01-01", "s") + np.arange(rows)
    again = dice.choice(rows, rows // 200, replace=False)
    meter, at = np.concatenate([meter, meter[again]]), np.concatenate([at, at[again]])
    order = dice.permutation(len(meter))
    meter, at = meter[order], at[order]
    write(folder / "raw.csv", {
        "meter": meter, "moment": np.char.replace(at.astype(str), "T", " ").astype(object), "value": (dice.random(len(meter)) * 500).round(5),
        "quality": dice.integers(0, 10, len(meter)), "station": stations[meter % 300],
    })  # fmt: skip
    write(folder / "stations.csv", {"id": stations[:280], "height": dice.integers(0, 3000, 280)})


def duckdb(data, out):
    import os

    import duckdb as engine

    c = engine.connect()
    c.execute("SET preserve_insertion_order=false")
    types = {"meter": "INT", "moment": "TIMESTAMP", "value": "DOUBLE", "quality": "INT", "station": "VARCHAR"}
    options = "header=true, quote='\"', escape='\"', delim=',', auto_detect=false"
    os.makedirs(f"{out}/readings")
    c.execute(f"""
        COPY (SELECT r.*, s.height FROM read_csv('{data}/raw.csv', {options}, columns={types}) r
              LEFT JOIN read_csv('{data}/stations.csv', {options}, columns={{'id': 'VARCHAR', 'height': 'INT'}}) s ON r.station = s.id
              QUALIFY row_number() OVER (PARTITION BY meter, moment ORDER BY quality DESC NULLS LAST, value NULLS LAST) = 1)
        TO '{out}/readings/part-0.parquet' (FORMAT parquet, COMPRESSION snappy)""")
    found = c.execute(f"""SELECT count(*) - count(DISTINCT (meter, moment)), count_if(meter IS NULL), count_if(moment IS NULL)
        FROM '{out}/readings/*.parquet'""").fetchone()
    assert not any(found), found


def polars(data, out):
    import pathlib

    import polars as pl

    types = {"meter": pl.Int32, "moment": pl.String, "value": pl.Float64, "quality": pl.Int32, "station": pl.String}
    raw = pl.scan_csv(f"{data}/raw.csv", schema=types).with_columns(pl.col("moment").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us"))
    stations = pl.scan_csv(f"{data}/stations.csv", schema={"id": pl.String, "height": pl.Int32})
    joined = raw.join(stations, left_on="station", right_on="id", how="left")
    (pathlib.Path(out) / "readings").mkdir()
    first = joined.sort("quality", "value", descending=[True, False], nulls_last=True).unique(["meter", "moment"], keep="first")
    first.sink_parquet(f"{out}/readings/part-0.parquet", compression="snappy")
    kept = pl.scan_parquet(f"{out}/readings/*.parquet")
    found = kept.select(pl.len() - pl.struct("meter", "moment").n_unique(), pl.col("meter").null_count(), pl.col("moment").null_count()).collect(engine="streaming")
    assert not any(found.row(0)), found


def spark(data, out):
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    from .text import session

    s = session(out)
    raw = s.read.csv(f"{data}/raw.csv", header=True, schema="meter int, moment timestamp, value double, quality int, station string")
    stations = s.read.csv(f"{data}/stations.csv", header=True, schema="id string, height int")
    joined = raw.join(stations, raw.station == stations.id, "left").drop("id")
    first = Window.partitionBy("meter", "moment").orderBy(f.col("quality").desc_nulls_last(), f.col("value").asc_nulls_last())
    joined.withColumn("n", f.row_number().over(first)).filter("n = 1").drop("n").coalesce(1).write.parquet(f"{out}/readings")
    kept = s.read.parquet(f"{out}/readings")
    found = kept.selectExpr("count(*) - count(distinct meter, moment)", "count_if(meter is null)", "count_if(moment is null)").first()
    assert not any(found), found
    s.stop()
