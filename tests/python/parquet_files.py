"""Writes Parquet files as other tools write them.

usage: parquet_files.py FOLDER
"""

import datetime
import decimal
import pathlib
import sys

import pyarrow as arrow
import pyarrow.parquet as parquet

UTC = datetime.timezone.utc


def whole():
    """Every kind of column that is read, some under other names and kinds than declared, and some that are not read."""
    at = datetime.datetime(2015, 6, 9, 7, 8, 9, 123456)
    old = datetime.datetime(1500, 2, 28, 23, 59, 59, 999999)
    rows = {
        "Id": arrow.array([1, 2, None, -128], arrow.int8()),
        "small": arrow.array([1, -32768, None, 4], arrow.int16()),
        "u8": arrow.array([0, 255, None, 4], arrow.uint8()),
        "u16": arrow.array([0, 65535, None, 4], arrow.uint16()),
        "u32": arrow.array([0, 4294967295, None, 4], arrow.uint32()),
        "u64": arrow.array([0, 18446744073709551615, None, 4], arrow.uint64()),
        "i": arrow.array([1, -2147483648, None, 2147483647], arrow.int32()),
        "l": arrow.array([1, -(2**63), None, 2**63 - 1], arrow.int64()),
        "i_as_l": arrow.array([1, 2, None, 4], arrow.int32()),
        "i_as_d": arrow.array([1, 2, None, 4], arrow.int32()),
        "l_as_d": arrow.array([1, 9007199254740993, None, 4], arrow.int64()),
        "i_as_m": arrow.array([1, -2147483648, None, 4], arrow.int32()),
        "f": arrow.array([1.5, -0.0, None, 3.4e38], arrow.float32()),
        "f_as_d": arrow.array([0.1, -0.0, None, 3.4e38], arrow.float32()),
        "d": arrow.array([0.1, 5e-324, None, 1e308], arrow.float64()),
        "m": arrow.array([decimal.Decimal("1.50"), decimal.Decimal("-0.01"), None, decimal.Decimal("99999999.99")],
                         arrow.decimal128(10, 2)),
        "m_wide": arrow.array([decimal.Decimal("1.5"), None, decimal.Decimal("-9.9"), None], arrow.decimal128(2, 1)),
        "m38": arrow.array([decimal.Decimal("9" * 38), None, decimal.Decimal("-1"), None], arrow.decimal128(38, 0)),
        "b": arrow.array([True, False, None, True]),
        "s": arrow.array(["x", "", None, "é😀\n\"q\""]),
        "long": arrow.array(["x", "", None, "é"], arrow.large_string()),
        "dictionary": arrow.array(["a", "b", None, "a"]).dictionary_encode(),
        "t": arrow.array([datetime.date(2015, 6, 9), datetime.date(1, 1, 1), None, datetime.date(9999, 12, 31)]),
        "t_as_z": arrow.array([datetime.date(2015, 6, 9), datetime.date(1, 1, 1), None, datetime.date(9999, 12, 31)]),
        "z": arrow.array([at, old, None, at], arrow.timestamp("us", tz="UTC")),
        "z_naive": arrow.array([at, old, None, at], arrow.timestamp("us")),
        "z_millis": arrow.array([at.replace(microsecond=1000), None, None, at.replace(microsecond=0)],
                                arrow.timestamp("ms", tz="Europe/Berlin")),
        "z_nanos": arrow.array([at, None, None, at], arrow.timestamp("ns")),
        "tags": arrow.array([["x", None], [], None, ["y"]], arrow.list_(arrow.string())),
        "many": arrow.array([[[1], None], [], None, [[2, 3]]], arrow.list_(arrow.list_(arrow.int64()))),
        "row": arrow.array(
            [{"A": 1, "b": [{"At": at}]}, {"A": None, "b": None}, None, {"A": 2, "b": [None]}],
            arrow.struct([("A", arrow.int32()),
                          ("b", arrow.list_(arrow.struct([("At", arrow.timestamp("us", tz="UTC"))])))]),
        ),
        "bytes": arrow.array([b"x", None, b"\xff", b""], arrow.binary()),
        "mapped": arrow.array([[("a", 1)], None, [], None], arrow.map_(arrow.string(), arrow.int32())),
    }
    return arrow.table(rows)


def main():
    folder = pathlib.Path(sys.argv[1])
    table = whole()
    parquet.write_table(table, folder / "a.parquet", compression="zstd", row_group_size=2)
    # The same in another order, of other kinds, by an older writer.
    backwards = table.select(list(reversed(table.column_names)))
    backwards = backwards.set_column(backwards.column_names.index("l"), "L", arrow.array([7, 8, 9, None], arrow.int32()))
    parquet.write_table(backwards, folder / "b.snappy.parquet", use_dictionary=False, version="1.0",
                        coerce_timestamps="us", allow_truncated_timestamps=True)
    instants = table.select(["z", "z_naive"])
    parquet.write_table(instants, folder / "int96.parquet", use_deprecated_int96_timestamps=True)
    parquet.write_table(table.slice(0, 0), folder / "empty.parquet")
    times = arrow.table({"id": [1], "at": arrow.array([datetime.time(7, 8)])})
    parquet.write_table(times, folder / "times.parquet")


if __name__ == "__main__":
    main()
