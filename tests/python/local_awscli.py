"""Drives the local cloud with the AWS CLI, as a person would."""

import json
import os
import subprocess
import sys
import tempfile

AWS = os.path.join(os.path.dirname(sys.executable), "aws")


def aws(*arguments, fails=False):
    done = subprocess.run([sys.executable, AWS, *arguments], capture_output=True, text=True)
    assert (done.returncode != 0) == fails, f"aws {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def tree(folder):
    found = {}
    for path, _, files in os.walk(folder):
        for name in files:
            file = os.path.join(path, name)
            with open(file, "rb") as content:
                found[os.path.relpath(file, folder)] = content.read()
    return found


with tempfile.TemporaryDirectory() as work:
    source = os.path.join(work, "source")
    files = {
        "a.csv": b"x,y\n1,2\n",
        "b": b"",
        "c": b"c",
        "year=2023/part 0.csv": "ü\n".encode(),
        "year=2023/empty": b"",
        "deep/er/big.bin": os.urandom(9 * 1024 * 1024),
    }
    for name, content in files.items():
        path = os.path.join(source, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)

    # One connection for everything: an answer that confuses the client shows in its next call.
    os.environ["AWS_CONFIG_FILE"] = os.path.join(work, "config")
    with open(os.environ["AWS_CONFIG_FILE"], "w") as file:
        file.write("[default]\ns3 =\n  max_concurrent_requests = 1\n")

    assert "make_bucket: cli-bucket" in aws("s3", "mb", "s3://cli-bucket")
    aws("s3", "cp", "--recursive", "--only-show-errors", source, "s3://cli-bucket/up/")
    listed = aws("s3", "ls", "--recursive", "s3://cli-bucket/up/")
    assert [line.split(None, 3)[2:] for line in listed.splitlines()] == [
        ["8", "up/a.csv"], ["0", "up/b"], ["1", "up/c"], [str(9 * 1024 * 1024), "up/deep/er/big.bin"], ["0", "up/year=2023/empty"], ["3", "up/year=2023/part 0.csv"],
    ], listed
    assert [line.split()[:2] for line in aws("s3", "ls", "s3://cli-bucket/up/").splitlines()][:2] == [["PRE", "deep/"], ["PRE", "year=2023/"]]
    back = os.path.join(work, "back")
    aws("s3", "cp", "--recursive", "--only-show-errors", "s3://cli-bucket/up/", back)
    assert tree(back) == files
    # Nothing has changed: nothing is copied.
    assert aws("s3", "sync", source, "s3://cli-bucket/up/") == ""
    os.remove(os.path.join(source, "a.csv"))
    assert "delete: s3://cli-bucket/up/a.csv" in aws("s3", "sync", "--delete", source, "s3://cli-bucket/up/")
    aws("s3", "mv", "--only-show-errors", "s3://cli-bucket/up/deep/er/big.bin", "s3://cli-bucket/moved.bin")
    aws("s3", "cp", "--only-show-errors", "s3://cli-bucket/moved.bin", os.path.join(work, "moved.bin"))
    with open(os.path.join(work, "moved.bin"), "rb") as file:
        assert file.read() == files["deep/er/big.bin"]
    assert "BucketNotEmpty" in aws("s3", "rb", "s3://cli-bucket", fails=True)
    aws("s3", "rm", "--recursive", "s3://cli-bucket/up/")
    assert aws("s3", "ls", "--recursive", "s3://cli-bucket").split()[-1] == "moved.bin"
    aws("s3", "rb", "--force", "s3://cli-bucket")
    assert "NoSuchBucket" in aws("s3", "ls", "s3://cli-bucket", fails=True)

    who = json.loads(aws("sts", "get-caller-identity", "--output", "json"))
    assert who["Account"] == "123456789012"
    assert json.loads(aws("iam", "list-roles", "--output", "json")) == {"Roles": []}
print("ok")
