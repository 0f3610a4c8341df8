#!/usr/bin/env python3
"""How quick `validate` is on a wide pipeline: python3 benches/validate.py [--pipectl PATH] [--tables 1000] [--columns 10].

Writes a manifest of that many tables over a tenth as many CSV sources, a third of the tables reading others, with joins,
derived columns, aggregates, checks, SQL tables and Athena queries; then times whole processes of `validate` and `lineage`.
Nothing here is a test: figures depend on the machine.
"""

import argparse
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def write(folder, tables, columns):
    """A pipeline of so many tables, each with so many columns; gives how many columns it has."""
    sources = max(tables // 10, 1)
    (folder / "data").mkdir()
    (folder / "sql").mkdir()
    names = ["id", "parent"] + [f"c{i}" for i in range(columns - 4)]
    lines = [
        "name: wide", "region: us-east-1",
        'storage: { staging: "s3://wide-data/staging/", warehouse: "s3://wide-data/warehouse/", results: "s3://wide-data/results/" }',
        "sources:",
    ]
    for s in range(sources):
        (folder / "data" / f"s{s}.csv").write_text(",".join(names) + "\n")
        typed = ", ".join(f"{name}: {'string' if name in ('id', 'parent') else 'double'}" for name in names)
        lines.append(f"  s{s}: {{ path: data/s{s}.csv, columns: {{ {typed} }} }}")
    lines.append("tables:")
    queries = []
    for t in range(tables):
        kind = t % 3
        lines.append(f"  t{t}:")
        if kind == 0:
            lines += [
                "    steps:", f"      - source: s{t % sources}",
                f"      - derived_column: {{ total: \"{' + '.join(names[2:])}\", label: \"upper(id) || '-' || coalesce(parent, 'none')\" }}",
                "      - filter: \"total > 0 and id is not null\"", "      - drop_duplicates: { by: [id] }",
                "    checks: [ { unique: [id] }, { not_null: [id, total] }, { between: { total: [0, 1000000] } } ]",
            ]
        elif kind == 1:
            kept = ", ".join(names[1:])
            lines += [
                "    steps:", f"      - table: t{t - 1}", "      - drop_fields: [label, parent]",
                f"      - join: {{ source: s{(t + 1) % sources}, on: {{ id: id }}, how: left, select: [id, parent], prefix: other_ }}",
                "      - derived_column: { share: \"c0 / nullif(total, 0)\" }",
                "    checks: [ { unique: [id] } ]",
            ]
        else:
            sums = ",\n  ".join(f"sum(b.{name}) as {name}" for name in names[2:])
            (folder / "sql" / f"t{t}.sql").write_text(
                f"select a.parent, count(*) as n, max(a.label) as label, {sums}\nfrom t{t - 2} a join t{t - 1} b on a.id = b.id\n"
                "where b.total > 1\ngroup by a.parent\n")
            lines.append(f"    sql: sql/t{t}.sql")
        if t % 10 == 0:
            queries.append(t)
            (folder / "sql" / f"q{t}.sql").write_text(f"SELECT id, sum(total) AS total FROM t{t - t % 3} GROUP BY id ORDER BY 2 DESC LIMIT 10\n")
    lines += ["athena:", "  queries:"] + [f"    q{t}: sql/q{t}.sql" for t in queries]
    (folder / "pipeline.yaml").write_text("\n".join(lines) + "\n")


def measure(command, folder, times=7):
    """Seconds of each run after one that warms the cache, and the last line it printed."""
    seconds = []
    for _ in range(times + 1):
        begin = time.monotonic()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        seconds.append(time.monotonic() - begin)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
    return seconds[1:], (done.stdout.strip().splitlines() or [""])[-1]


def main():
    """Generates, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pipectl", default=str(ROOT / "target" / "release" / "pipectl"))
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--columns", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write(folder, given.tables, given.columns)
        pipectl = str(pathlib.Path(given.pipectl).resolve())
        print("| command | median s | least s | peak MiB |\n|---|---:|---:|---:|")
        for arguments in (["validate"], ["lineage", "s0.c0"], ["plan", "--offline"]):
            seconds, last = measure([pipectl, *arguments], folder)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"| {' '.join(arguments)} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {peak:.0f} |")
            if arguments == ["validate"]:
                told = last
        print(f"\n{told}")


if __name__ == "__main__":
    main()
