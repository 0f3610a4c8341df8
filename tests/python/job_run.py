"""Prints a job run as Glue tells it: job_run.py JOB RUN"""

import json
import sys

import boto3

run = boto3.client("glue").get_job_run(JobName=sys.argv[1], RunId=sys.argv[2])["JobRun"]
print(json.dumps(run, default=str))
