"""Runs PySpark jobs one after the other in one Spark session, as spark-submit would run each.

usage: run_spark.py JOBS.json    [{"script": path, "arguments": [text, ...]}, ...]

Prints one JSON document as its last line: for each job null when it went well, else what it died of.
"""

import json
import runpy
import sys
import tempfile
import traceback

from pyspark.sql import SparkSession


def start():
    """A small Spark that leaves nothing behind and listens on loopback alone."""
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", tempfile.mkdtemp(prefix="spark-warehouse-"))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    return spark


def run(job):
    """None, or why the job failed."""
    sys.argv = [job["script"], *job["arguments"]]
    try:
        runpy.run_path(job["script"], run_name="__main__")
    except SystemExit as end:
        return None if end.code in (None, 0) else str(end.code)
    except Exception:
        return traceback.format_exc()
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        jobs = json.load(file)
    spark = start()
    outcomes = []
    for job in jobs:
        outcomes.append(run(job))
        spark.catalog.clearCache()
    spark.stop()
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
