#!/usr/bin/env python3
"""How quick provisioning is: python3 benches/provision.py [--pipectl PATH].

Three tables, each measured side by side in one run on the embedded local cloud:

1. `plan` and `apply` of the flagship, without and with 100 ms added to every call, beside the number of calls and the
   longest chain of calls that followed one another.
2. Calls and peak memory of `plan` as a pipeline grows to 1,000 resources.

Nothing here is a test: figures depend on the machine.
"""

import argparse
import json
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time
from datetime import datetime

ROOT = pathlib.Path(__file__).resolve().parent.parent
LATENCY = 0.1


def run(pipectl, folder, *arguments):
    """Runs the binary; gives seconds, the calls of its request log, and its peak memory in MiB."""
    log = folder / "calls.jsonl"
    log.unlink(missing_ok=True)
    command = [pipectl, "--local", "--request-log", str(log), *arguments]
    begin = time.monotonic()
    child = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = child.communicate()
    seconds = time.monotonic() - begin
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(command)}:\n{out.decode()}{err.decode()}")
    calls = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return seconds, calls


def peak(pipectl, folder, *arguments):
    """Peak memory of one run in MiB, by a process of its own: the kernel keeps the largest of all children."""
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    done = subprocess.run(["python3", "-c", script, pipectl, "--local", *arguments], cwd=folder, check=True, stdout=subprocess.PIPE)
    return float(done.stdout)


def chain(calls):
    """The most calls of which each began when the one before had ended."""
    def at(text):
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    count, free = 0, 0.0
    for end, begin in sorted((at(call["end"]), at(call["start"])) for call in calls):
        if begin >= free:
            count, free = count + 1, end
    return count


def flagship(folder):
    for name in ("pipeline.yaml", "data", "sql"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)


def grown(folder, tables, queries):
    """A pipeline of many tables and queries."""
    (folder / "data").mkdir(parents=True)
    (folder / "sql").mkdir()
    (folder / "data/s.csv").write_text("id,n\na,1\n")
    (folder / "sql/q.sql").write_text("select id from t0\n")
    lines = [
        "name: grown", "region: us-east-1", "storage:",
        '  staging: "s3://${account}-grown/staging/"', '  warehouse: "s3://${account}-grown/warehouse/"',
        '  results: "s3://${account}-grown/results/"', "sources:", "  s: { path: data/s.csv }", "tables:",
    ]  # fmt: skip
    lines += [f"  t{i}: {{ steps: [source: s] }}" for i in range(tables)]
    lines += ["athena:", "  queries:"] + [f"    q{i}: sql/q.sql" for i in range(queries)]
    (folder / "pipeline.yaml").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pipectl", default=str(ROOT / "target/release/pipectl"))
    parser.add_argument("--skip-growth", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary, "flagship")
        folder.mkdir()
        flagship(folder)
        print("| flagship | plain | +100 ms a call | calls | chain | time over chain |\n|---|---|---|---|---|---|")
        slow = ("--fault", f"latency={int(LATENCY * 1000)}ms")
        state = folder / ".pipectl"
        for name, arguments in (("plan, nothing there", ("plan",)), ("apply from nothing", ("apply", "--auto-approve"))):
            plain, _ = run(options.pipectl, folder, *arguments)
            if state.exists():
                shutil.rmtree(state)
            slowed, calls = run(options.pipectl, folder, *slow, *arguments)
            row(name, plain, slowed, calls)
        plain, _ = run(options.pipectl, folder, "plan")
        slowed, calls = run(options.pipectl, folder, *slow, "plan")
        row("plan, all there", plain, slowed, calls)
        if options.skip_growth:
            return
        print("\n| resources | apply | plan | calls of plan | calls a resource | peak memory of plan |\n|---|---|---|---|---|---|")
        for tables, queries in ((45, 45), (245, 245), (495, 495)):
            folder = pathlib.Path(temporary, f"grown-{tables}")
            grown(folder, tables, queries)
            applied, _ = run(options.pipectl, folder, "apply", "--auto-approve")
            planned, calls = run(options.pipectl, folder, "plan")
            count = tables + queries + 11
            memory = peak(options.pipectl, folder, "plan")
            print(f"| {count} | {applied:.1f} s | {planned:.2f} s | {len(calls)} | {len(calls) / count:.2f} | {memory:.0f} MiB |")


def row(name, plain, slowed, calls):
    length = chain(calls)
    print(f"| {name} | {plain:.2f} s | {slowed:.2f} s | {len(calls)} | {length} | {slowed / (length * LATENCY):.2f} |")


main()
