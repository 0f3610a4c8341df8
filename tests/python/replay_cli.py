"""Makes the calls of request logs again with the AWS CLI, against a local cloud that starts empty: replay_cli.py LOG...

As replay.py does with boto3: whether a call succeeds the second time is not judged, but that the CLI reads its answer is, and
that it prints that as JSON. The CLI runs inside this process, since starting it takes a second. Prints a JSON object with
`faults`, and with `answered` and `refused`, the operations that were seen to succeed and to fail.
"""

import contextlib
import io
import json
import re
import sys

import awscli.clidriver
from botocore import xform_name

from model import NAMES

COMMANDS = NAMES | {"s3": "s3api"}
REFUSED = re.compile(r"An error occurred \((\S+)\) when calling the \w+ operation.*: \S", re.DOTALL)
# Members that are bodies, or that belong to one body only.
LEFT_OUT = ("ContentLength", "IfMatch", "Body")
MOST_A_NAME = 3


def call(driver, service, operation, given):
    """Exit code, standard output and standard error of one command."""
    arguments = [COMMANDS.get(service, service), xform_name(operation, "-"), "--no-paginate", "--output", "json"]
    if (service, operation) == ("s3", "GetObject"):
        # A command that writes a file takes no JSON.
        arguments += ["--bucket", given["Bucket"], "--key", given["Key"], "/dev/null"]
    else:
        arguments += ["--cli-input-json", json.dumps(given)]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = driver.main(arguments)
    return code, out.getvalue(), err.getvalue()


def main():
    driver = awscli.clidriver.create_clidriver()
    faults, answered, refused, seen = set(), set(), set(), {}
    for log in sys.argv[1:]:
        with open(log, encoding="utf-8") as lines:
            calls = [json.loads(line) for line in lines]
        for made in calls:
            service, operation = made["service"], made["operation"]
            name = f"{service}.{operation}"
            # What changes something is always made, for those that read it; a few of each kind of reading are enough.
            reads = operation.startswith(("Get", "List", "Describe", "Head", "BatchGet"))
            seen[name] = seen.get(name, 0) + 1
            if reads and name in answered and seen[name] > MOST_A_NAME:
                continue
            given = {k: v for k, v in (made["input"] or {}).items() if k not in LEFT_OUT and not k.startswith("Checksum")}
            code, out, err = call(driver, service, operation, given)
            if code == 0:
                answered.add(name)
                try:
                    json.loads(out or "{}")
                except ValueError:
                    faults.add(f"{name}: no JSON: {out[:200]}")
            elif REFUSED.search(err):
                refused.add(name)
            else:
                faults.add(f"{name}: exit code {code}: {err.strip()[:300]}")
    print(json.dumps({"faults": sorted(faults)[:20], "answered": sorted(answered), "refused": sorted(refused - answered)}))


main()
