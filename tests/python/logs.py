"""Reads a stream of CloudWatch Logs with boto3 and the AWS CLI: logs.py GROUP STREAM"""

import json
import os
import subprocess
import sys

import boto3

group, stream = sys.argv[1:]
logs = boto3.client("logs")


def cli(*arguments):
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    done = subprocess.run([sys.executable, program, "logs", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


assert group in [found["logGroupName"] for found in logs.describe_log_groups(logGroupNamePrefix="/aws-glue/")["logGroups"]]
streams = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True, limit=1)["logStreams"]
assert streams[0]["logStreamName"] == stream and streams[0]["firstEventTimestamp"] <= streams[0]["lastEventTimestamp"]
pages = logs.get_paginator("filter_log_events").paginate(
    logGroupName=group, logStreamNames=[stream], PaginationConfig={"PageSize": 2}
)
events = [{"message": event["message"]} for page in pages for event in page["events"]]
got = json.loads(cli("get-log-events", "--log-group-name", group, "--log-stream-name", stream, "--start-from-head", "--output", "json"))
try:
    logs.get_log_events(logGroupName="/none", logStreamName=stream)
    raise AssertionError("a group that is not there was read")
except logs.exceptions.ResourceNotFoundException:
    pass
print(json.dumps({
    "boto3": events,
    "cli": [{"message": event["message"]} for event in got["events"]],
    "tail": cli("filter-log-events", "--log-group-name", group, "--filter-pattern", "publishing", "--output", "json"),
}))
