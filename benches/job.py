#!/usr/bin/env python3
"""How quick the local engine runs a job: python3 benches/job.py [--pipectl PATH] [--rows 500000 5000000] [--shape flagship].

Needs: pip install duckdb polars pyspark==3.5.4 numpy psutil, and Java 17 for Spark.

It makes CSV files of a shape at the sizes asked for, then lets pipectl, DuckDB, Polars and Spark do the same work to the
same Parquet files, one after the other, each in a process of its own, and prints wall time, processor time (user and system,
which others on the machine disturb less) and peak memory side by side. What they wrote is compared: rows, and for every
column the values present and a checksum of all values with their rows' key.

Shapes: `flagship` is the flagship of this repository (text keys, a few duplicates, partitions). `orders` is unrelated: whole
numbers as keys, wide rows, most of them superseded. `readings` has hardly a duplicate, a key of two columns and a left join.

For pipectl the time is that of the whole process `pipectl --local run --only job`, after an apply and an upload: claims,
reading, audit, publishing and the local cloud's own calls are in it. The others are whole processes, too; what they do for the
checks is one query over what they wrote. Nothing here is a test: figures depend on the machine.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))


def engines(shape):
    import job_shapes

    return job_shapes.SHAPES[shape]


def measure(command, cwd, log):
    """Seconds, processor seconds and peak memory in MiB of a command with all its children."""
    import psutil

    peak = busy = highest = 0
    with open(log, "wb") as out:
        begin = time.monotonic()
        child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        done = threading.Event()

        def watch():
            nonlocal peak, busy, highest
            while not done.wait(0.05):
                try:
                    tree = [psutil.Process(child.pid)]
                    tree += tree[0].children(recursive=True)
                    peak = max(peak, sum(p.memory_info().rss for p in tree))
                    highest = high_water(child.pid)
                    busy = max(busy, sum(sum(p.cpu_times()[:2]) for p in tree))
                except (psutil.Error, OSError):
                    pass

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        watcher.join()
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{pathlib.Path(log).read_text()[-4000:]}")
    # A child that was not waited for, such as Spark's, is only in what was watched.
    busy = max(busy, usage.ru_utime + usage.ru_stime)
    # (`ru_maxrss` would be this process's own: a child begins as its copy.)
    return seconds, busy, max(peak / 2**20, highest)


def high_water(pid):
    """The most memory that a process held so far, in MiB."""
    status = pathlib.Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM:")), 0)


def prepare(pipectl, folder, data, shape):
    """A pipeline in `folder` over `data`, applied and uploaded; gives the seconds of the upload."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(data, folder / "data", copy_function=os.link)
    (folder / "pipeline.yaml").write_text(engines(shape).manifest(ROOT))
    for arguments in (["apply", "--auto-approve"], ["run", "--only", "upload"]):
        seconds, _, _ = measure([pipectl, "--local", *arguments], folder, folder / "log")
    return seconds


def written(folder):
    """Where pipectl's tables are."""
    return next((folder / ".pipectl/cloud/s3").glob("*/warehouse"))


def fingerprint(warehouse, shape):
    """What is in the tables, whoever wrote them."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET memory_limit='6GB'; SET TimeZone='UTC'")
    found = {}
    for table, (key, columns) in engines(shape).TABLES.items():
        files = str(pathlib.Path(warehouse) / table / "**/*.parquet")
        hive = engines(shape).HIVE.get(table, {})
        types = ", ".join(f"'{k}': {v}" for k, v in hive.items())
        options = f", hive_partitioning=true, hive_types={{{types}}}" if hive else ""
        rows = f"read_parquet('{files}'{options})"
        parts = [f"count({c}), sum(hash({key}, {cast(c, t)}) % 1000000007)" for c, t in columns.items()]
        found[table] = connection.execute(f"SELECT count(*), {', '.join(parts)} FROM {rows}").fetchone()
    return found


def cast(column, kind):
    return f"CAST({column} AS {kind})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pipectl", default=str(ROOT / "target/release/pipectl"))
    parser.add_argument("--rows", type=int, nargs="+", default=[500_000, 5_000_000])
    parser.add_argument("--shape", nargs="+", default=["flagship"], choices=["flagship", "orders", "readings"])
    parser.add_argument("--engines", nargs="+", default=["pipectl", "duckdb", "polars", "spark"])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--memory-limit", help="also measure pipectl with this limit, e.g. 1GB")
    parser.add_argument("--work", default="/tmp/pipectl-bench", type=pathlib.Path)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("--data", help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.engine:
        return getattr(engines(chosen.shape[0]), chosen.engine)(chosen.data, chosen.out)
    for shape in chosen.shape:
        for rows in chosen.rows:
            compare(chosen, shape, rows)


def compare(chosen, shape, rows):
    data = chosen.work / f"{shape}-{rows}"
    if not (data / "done").exists():
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True)
        engines(shape).generate(data, rows)
        (data / "done").touch()
    size = sum(f.stat().st_size for f in data.glob("*.csv")) / 2**20
    print(f"\n{shape}, {rows:,} rows, {size:,.0f} MiB of CSV, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n", flush=True)
    lines, prints = [], {}
    for engine in chosen.engines:
        limits = [None, chosen.memory_limit] if engine == "pipectl" and chosen.memory_limit else [None]
        for limit in limits:
            out = chosen.work / f"out-{engine}"
            taken, busy, peaks = [], [], []
            if engine == "pipectl":
                upload = prepare(chosen.pipectl, out, data, shape)
                command = [chosen.pipectl, "--local", "run", "--only", "job"]
                command += ["--memory-limit", limit] if limit else []
            for _ in range(1 if engine == "spark" else chosen.repeat):
                if engine != "pipectl":
                    shutil.rmtree(out, ignore_errors=True)
                    out.mkdir(parents=True)
                    command = [sys.executable, __file__, "--engine", engine, "--shape", shape, "--data", str(data), "--out", str(out)]
                seconds, processor, peak = measure(command, out, chosen.work / "log")
                taken.append(seconds)
                busy.append(processor)
                peaks.append(peak)
            name = engine + (f" --memory-limit {limit}" if limit else "")
            prints[name] = fingerprint(written(out) if engine == "pipectl" else out, shape)
            shutil.rmtree(out, ignore_errors=True)
            lines.append((name, min(taken), statistics.median(taken), min(busy), max(peaks)))
            print(json.dumps({"engine": name, "seconds": taken, "processor": busy, "peak_mib": round(max(peaks))}), file=sys.stderr, flush=True)
    print("| engine | best, s | median, s | times pipectl | processor, s | times pipectl | peak memory, MiB |")
    print("|---|---|---|---|---|---|---|")
    for name, best, median, processor, peak in lines:
        ratios = best / lines[0][1], processor / lines[0][3]
        print(f"| {name} | {best:.2f} | {median:.2f} | {ratios[0]:.2f} | {processor:.1f} | {ratios[1]:.2f} | {peak:,.0f} |")
    first = next(iter(prints))
    for name, found in prints.items():
        same = "the same tables" if found == prints[first] else f"OTHER TABLES than {first}"
        print(f"\n{name}: {same}, rows {', '.join(f'{t} {f[0]:,}' for t, f in found.items())}")
        if found != prints[first]:
            for table, (_, columns) in engines(shape).TABLES.items():
                for i, column in enumerate(columns):
                    at = slice(1 + 2 * i, 3 + 2 * i)
                    if found[table][at] != prints[first][table][at]:
                        print(f"  {table}.{column}: {found[table][at]} and {prints[first][table][at]}")
    if "pipectl" in chosen.engines:
        print(f"\npipectl's upload before: {upload:.1f} s")


if __name__ == "__main__":
    main()
