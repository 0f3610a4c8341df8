# Writing text.


def write_csv(table, rows, writer_of, partition_by):
    """CSV with a header; every value is text. `writer_of` makes the writer of rows."""
    inside = [name for name in rows.columns if name not in partition_by]
    breaks = [F.bool_or(named(name).cast("string").rlike(r"[\r\n]")) for name in inside]
    for name, found in zip(inside, rows.agg(*breaks).head()):
        if found:
            why = f"which Athena reads line by line, and {name} has a line break"
            raise Refused(f"table {table} is CSV, {why}")
    rows = rows.withColumns({name: named(name).cast("string") for name in inside})
    if len(inside) == 1:
        # Spark would leave out a line with nothing on it.
        rows = rows.withColumn(inside[0], F.coalesce(named(inside[0]), lit("")))
    writer = writer_of(rows).option("header", True).option("quote", '"').option("escape", '"')
    writer = writer.option("ignoreLeadingWhiteSpace", False).option("ignoreTrailingWhiteSpace", False)
    return writer.csv


def write_json(_table, rows, writer_of, _partition_by):
    """One JSON object a line, without its NULLs."""
    return writer_of(rows).option("timestampFormat", "yyyy-MM-dd HH:mm:ss[.SSSSSS]").json
