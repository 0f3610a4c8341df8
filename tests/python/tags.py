"""Prints a bucket's tags: `tags.py BUCKET`."""

import json
import sys

import boto3

print(json.dumps({t["Key"]: t["Value"] for t in boto3.client("s3").get_bucket_tagging(Bucket=sys.argv[1])["TagSet"]}))
