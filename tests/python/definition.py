"""Prints a dashboard's definition, as an export from QuickSight holds it: definition.py DASHBOARD_ID."""

import json
import sys

import boto3

account = boto3.client("sts").get_caller_identity()["Account"]
answer = boto3.client("quicksight").describe_dashboard_definition(AwsAccountId=account, DashboardId=sys.argv[1])
print(json.dumps(answer["Definition"], default=str))
