"""Lists the keys of a bucket's objects: objects.py BUCKET PREFIX. Prints a JSON list."""

import json
import sys

import boto3

pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=sys.argv[1], Prefix=sys.argv[2])
print(json.dumps([found["Key"] for page in pages for found in page.get("Contents", [])]))
