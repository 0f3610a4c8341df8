#!/usr/bin/env python3
"""`pipectl plan` beside Ansible's --check of six of the same resources, on the same local cloud:

    python3 -m venv /tmp/ansible && /tmp/ansible/bin/pip install 'ansible==12.*' boto3
    python3 benches/ansible.py --ansible /tmp/ansible/bin/ansible-playbook [--pipectl PATH] [--rounds N]

The pipeline is applied first. Then both look at it in turn, N times each: Ansible at six things, two of which are not there
(amazon.aws.s3_bucket, iam_role; community.aws.glue_job, glue_crawler), pipectl at all resources of the flagship.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars: {{ account: "123456789012", base: spotify-dev }}
  module_defaults:
    group/aws: {{ endpoint_url: "{url}", region: us-east-1, access_key: "{key}", secret_key: "{secret}" }}
  tasks:
    - amazon.aws.s3_bucket: {{ name: "{{{{ account }}}}-{{{{ base }}}}", state: present }}
    - amazon.aws.iam_role: {{ name: "{{{{ base }}}}-glue-us-east-1", path: /pipectl/spotify/, assume_role_policy_document: "{{{{ lookup('file', 'trust.json') }}}}", create_instance_profile: false, state: present }}
    - community.aws.glue_job: {{ name: "{{{{ base }}}}", role: "{{{{ base }}}}-glue-us-east-1", command_script_location: "s3://{{{{ account }}}}-{{{{ base }}}}/script.py", state: present }}
    - community.aws.glue_crawler: {{ name: "{{{{ base }}}}", role: "{{{{ base }}}}-glue-us-east-1", database_name: spotify_dev, targets: {{ S3Targets: [ {{ Path: "s3://{{{{ account }}}}-{{{{ base }}}}/warehouse/hits/" }} ] }}, state: present }}
    - amazon.aws.s3_bucket: {{ name: "{{{{ account }}}}-other", state: present }}
    - community.aws.glue_job: {{ name: other, role: "{{{{ base }}}}-glue-us-east-1", command_script_location: "s3://{{{{ account }}}}-{{{{ base }}}}/other.py", state: present }}
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"}}],
}


def timed(command, folder, environment):
    begin = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    seconds = time.monotonic() - begin
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pipectl", default=str(ROOT / "target/release/pipectl"))
    parser.add_argument("--ansible", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PIPECTL_"))}
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name in ("pipeline.yaml", "data", "sql"):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
        serve = [options.pipectl, "local", "serve", "--port", "0", "--output", "json"]
        cloud = subprocess.Popen(serve, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            text = ""
            while not text.rstrip().endswith("}"):
                text += cloud.stdout.readline()
            reach = json.loads(text)
            keys = {"url": reach["AWS_ENDPOINT_URL"], "key": reach["AWS_ACCESS_KEY_ID"], "secret": reach["AWS_SECRET_ACCESS_KEY"]}
            (folder / "play.yaml").write_text(PLAYBOOK.format(**keys))
            (folder / "trust.json").write_text(json.dumps(TRUST))
            ours = {**environment, "AWS_ACCESS_KEY_ID": keys["key"], "AWS_SECRET_ACCESS_KEY": keys["secret"]}
            pipectl = [options.pipectl, "--endpoint-url", keys["url"]]
            timed([*pipectl, "apply", "--auto-approve"], folder, ours)
            ansible = [options.ansible, "--check", "play.yaml"]
            theirs = {**environment, "PATH": f"{pathlib.Path(options.ansible).parent}:{environment['PATH']}", "ANSIBLE_LOCALHOST_WARNING": "False"}
            rounds = [(timed([*pipectl, "plan"], folder, ours), timed(ansible, folder, theirs)) for _ in range(options.rounds)]
        finally:
            cloud.terminate()
            cloud.wait(20)
    plan, check = (statistics.median(r[i] for r in rounds) for i in (0, 1))
    print("| pipectl plan, 27 resources | ansible --check, 6 resources | ratio |\n|---|---|---|")
    print(f"| {plan:.2f} s | {check:.2f} s | {check / plan:.0f} |")


main()
