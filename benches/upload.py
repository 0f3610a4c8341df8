#!/usr/bin/env python3
"""How quick uploading is: python3 benches/upload.py [--pipectl PATH] [--aws PATH] [--files N] [--size MIB].

`pipectl run --only upload` beside `aws s3 cp --recursive` on one local cloud in a process of its own: many small files, and
one large file. Each is sent to an empty folder, three times in turn; medians. What arrived is compared in number and bytes.

Nothing here is a test: figures depend on the machine.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MANIFEST = """name: uploads
region: us-east-1
storage:
  staging: "s3://uploads-bench/staging/"
  warehouse: "s3://uploads-bench/warehouse/"
  results: "s3://uploads-bench/results/"
sources:
  made:
    path: made/
    format: csv
    columns: { id: bigint, text: string }
tables:
  all: { steps: [{ source: made }] }
job: {}
crawler: { database: uploads_bench }
athena: { queries: {} }
"""


def make(folder, files, size):
    """CSV files of about `size` bytes each; returns how many bytes they have together."""
    folder.mkdir()
    random.seed(1)
    line = "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=1000))
    block = "".join(f"{i},{line[i:] + line[:i]}\n" for i in range(1000)).encode()
    total = 0
    for number in range(files):
        with open(folder / f"part-{number:05}.csv", "wb") as out:
            left = size - out.write(f"id,text\n{number},x\n".encode())
            while left > 0:
                piece = block if left >= len(block) else block[: block.rfind(b"\n", 0, left) + 1]
                if not piece:
                    break
                left -= out.write(piece)
            total += out.tell()
    return total


def timed(command, folder, environment):
    """Seconds and peak memory in MiB of one command."""
    begin = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{said.decode()}")
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def measure(pipectl, aws, files, size):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "pipeline.yaml").write_text(MANIFEST)
        total = make(folder / "made", files, size)
        server = subprocess.Popen(
            [pipectl, "local", "serve", "--port", "0", "--output", "json"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            text = ""
            while not text.rstrip().endswith("}"):
                text += server.stdout.readline().decode()
            given = json.loads(text)
            plain = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PIPECTL_"))}
            environment = plain | given | {"AWS_REGION": given["AWS_DEFAULT_REGION"]}
            ours = [pipectl, "--endpoint-url", given["AWS_ENDPOINT_URL"]]
            subprocess.run([*ours, "apply", "--auto-approve"], cwd=folder, env=environment, check=True, capture_output=True)

            def empty(prefix):
                subprocess.run([aws, "s3", "rm", "--recursive", "--quiet", prefix], env=environment, check=True)

            def arrived(prefix):
                listed = subprocess.run([aws, "s3", "ls", "--recursive", prefix], env=environment, check=True, capture_output=True, text=True)
                sizes = [int(line.split()[2]) for line in listed.stdout.splitlines() if line.endswith(".csv")]
                assert (len(sizes), sum(sizes)) == (files, total), f"{prefix}: {len(sizes)} files, {sum(sizes)} bytes"

            rows = []
            for _ in range(3):
                empty("s3://uploads-bench/staging/made/")
                mine = timed([*ours, "run", "--only", "upload"], folder, environment)
                arrived("s3://uploads-bench/staging/made/")
                again = timed([*ours, "run", "--only", "upload"], folder, environment)
                theirs = timed([aws, "s3", "cp", "--recursive", "--quiet", "made", "s3://uploads-bench/other/"], folder, environment)
                arrived("s3://uploads-bench/other/")
                empty("s3://uploads-bench/other/")
                rows.append((mine, again, theirs))
        finally:
            server.kill()
            server.wait()
        shutil.rmtree(folder / "made")
    middle = lambda pick: statistics.median(pick(row) for row in rows)
    seconds, other = middle(lambda r: r[0][0]), middle(lambda r: r[2][0])
    again, peak, others = middle(lambda r: r[1][0]), max(r[0][1] for r in rows), max(r[2][1] for r in rows)
    print(
        f"| {files} x {total / files / 1024:,.0f} KiB | {seconds:.2f} s | {again:.2f} s | {other:.2f} s | {other / seconds:.1f} | "
        f"{peak:.0f} MiB | {others:.0f} MiB |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipectl", default=str(ROOT / "target/release/pipectl"))
    parser.add_argument("--aws", default="aws", help="the AWS CLI")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--size", type=int, default=2048, help="MiB of the large file")
    given = parser.parse_args()
    print("| files | upload | again, unchanged | aws s3 cp | ratio | peak memory | aws s3 cp's |\n|---|---|---|---|---|---|---|", flush=True)
    measure(given.pipectl, given.aws, given.files, 4 * 1024)
    measure(given.pipectl, given.aws, 1, given.size << 20)


if __name__ == "__main__":
    main()
