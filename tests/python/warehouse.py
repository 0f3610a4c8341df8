"""Shows what lies in a warehouse, independently of who wrote it.

usage: warehouse.py FOLDER

Prints one JSON document: for each table the columns in its Parquet files (path, physical and logical type, codec), the
partition columns in its paths, the most files in one folder, and all rows as texts, sorted.
"""

import csv
import datetime
import decimal
import gzip
import io
import json
import pathlib
import re
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


def text_file(path):
    """The columns of a text file, and its rows."""
    content = path.read_bytes()
    content = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    packed = "gzip" if path.suffix == ".gz" else "none"
    if ".csv" in path.suffixes:
        header, *rows = csv.reader(io.StringIO(content, newline=""), strict=True)
        # An empty field and an empty text are not told apart here: the text itself is.
        return [["csv", packed, *header]], [[f"{n}={v}" for n, v in zip(header, row, strict=True)] for row in rows]
    rows = [json.loads(line) for line in content.split("\n") if line]
    # Fractions of seconds may have zeros at their end.
    instant = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]*?)0*")

    def plain(value):
        if isinstance(value, str) and instant.fullmatch(value):
            return instant.fullmatch(value).expand(r"\1\2").rstrip(".")
        if isinstance(value, list):
            return [plain(item) for item in value]
        return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value

    return [["json", packed]], [[f"{n}={shown(plain(v))}" for n, v in sorted(row.items())] for row in rows]


def table(folder):
    """What lies in a table's folder."""
    types, partitions, rows, folders = [], [], [], {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder)
        if path.suffix not in (".parquet", ".csv", ".json", ".gz") or path.name.startswith((".", "_")):
            raise SystemExit(f"{path} does not belong into a table")
        folders[str(relative.parent)] = folders.get(str(relative.parent), 0) + 1
        if path.suffix != ".parquet":
            columns, lines = text_file(path)
            types.extend([columns] if lines and columns not in types else [])
            rows.extend(line + list(relative.parent.parts) for line in lines)
            if list(relative.parent.parts) and relative.parent.parts[0].split("=")[0] not in str(partitions):
                partitions.append([urllib.parse.unquote(part.split("=")[0]) for part in relative.parent.parts])
            continue
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
