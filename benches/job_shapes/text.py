"""What the shapes share: columns of text, CSV files, and Spark's session."""

import numpy as np

BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype="S1")


def base62(dice, n, length=22):
    """Random ids."""
    return BASE62[dice.integers(0, 62, (n, length))].view(f"S{length}").ravel().astype(str).astype(object)


def column(prefix, texts):
    return np.array([prefix + text for text in texts], dtype=object)


def python_lists(lists):
    """Lists as Python prints them."""
    return [repr(items) for items in lists]


def write(path, columns):
    """A CSV file; the empty text is no value."""
    import polars as pl

    def series(name, values):
        s = pl.Series(name, list(values) if getattr(values, "dtype", object) == object else values)
        return s.replace("", None) if s.dtype == pl.String else s

    pl.DataFrame([series(name, values) for name, values in columns.items()]).write_csv(path)


def session(out):
    """Spark on this machine's cores, with as much memory as it asks for by default on a large laptop."""
    import logging

    from pyspark.sql import SparkSession

    logging.disable(logging.WARNING)
    builder = SparkSession.builder.master("local[*]").config("spark.driver.memory", "8g").config("spark.ui.enabled", "false")
    builder = builder.config("spark.local.dir", f"{out}/spark").config("spark.sql.session.timeZone", "UTC")
    builder = builder.config("spark.sql.shuffle.partitions", "16")
    return builder.getOrCreate()
