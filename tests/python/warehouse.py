"""Shows what lies in a warehouse, independently of who wrote it.

usage: warehouse.py FOLDER

Prints one JSON document: for each table the columns in its Parquet files (path, physical and logical type, codec), the
partition columns in its paths, the most files in one folder, and all rows as texts, sorted.
"""

import datetime
import decimal
import json
import pathlib
import sys
import urllib.parse

import pyarrow.parquet as parquet

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


def shown(value):
    """A value as a text that tells any two different values apart."""
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return "[" + "; ".join(shown(item) for item in value) + "]"
    if isinstance(value, dict):
        return "(" + "; ".join(f"{name}: {shown(item)}" for name, item in value.items()) + ")"
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "microseconds")
    if isinstance(value, (bool, int, float, decimal.Decimal, datetime.date)):
        return f"{value}" if not isinstance(value, float) else repr(value)
    return json.dumps(value, ensure_ascii=False)


def table(folder):
    """What lies in a table's folder."""
    types, partitions, rows, folders = [], [], [], {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder)
        if path.suffix != ".parquet" or path.name.startswith((".", "_")):
            raise SystemExit(f"{path} does not belong into a table")
        folders[str(relative.parent)] = folders.get(str(relative.parent), 0) + 1
        file = parquet.ParquetFile(path)
        group = file.metadata.row_group(0) if file.metadata.num_row_groups else None
        columns = []
        for place in range(len(file.schema)):
            column = file.schema.column(place)
            codec = group.column(place).compression if group and group.num_rows else None
            columns.append([column.path, column.physical_type, str(column.logical_type), codec])
        if file.metadata.num_rows and columns not in types:
            types.append(columns)
        values = [part.partition("=") for part in relative.parent.parts]
        names = [urllib.parse.unquote(name) for name, _, _ in values]
        if names not in partitions:
            partitions.append(names)
        # As in the path: the engines must escape alike, too.
        suffix = [f"{name}={value}" for name, _, value in values]
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                rows.append([f"{name}={shown(value)}" for name, value in row.items()] + suffix)
    return {
        "types": types,
        "partitions": partitions,
        "files_in_a_folder": max(folders.values(), default=0),
        "rows": sorted(rows),
    }


def main():
    warehouse = pathlib.Path(sys.argv[1])
    tables = sorted(path for path in warehouse.iterdir() if path.is_dir() and path.name != "_pipectl")
    print(json.dumps({path.name: table(path) for path in tables}, ensure_ascii=False))


if __name__ == "__main__":
    main()
