"""Changes the flagship behind pipectl's back, as somebody in the console would: `meddle.py BASE BUCKET WHAT`."""

import json
import sys

import boto3

base, bucket, what = sys.argv[1:]
glue, s3, athena = boto3.client("glue"), boto3.client("s3"), boto3.client("athena")


def workers():
    job = glue.get_job(JobName=base)["Job"]
    keep = ("Role", "Command", "DefaultArguments", "GlueVersion", "WorkerType", "Timeout", "MaxRetries", "ExecutionProperty", "Description")
    update = {k: job[k] for k in keep if k in job} | {"NumberOfWorkers": 7}
    glue.update_job(JobName=base, JobUpdate=update)


def schedule():
    glue.update_crawler(Name=base, Schedule="cron(0 5 * * ? *)")


def tag():
    tags = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    for entry in tags:
        if entry["Key"] == "team":
            entry["Value"] = "somebody else"
    # A tag of somebody else's is none of our business and has to survive.
    tags.append({"Key": "cost-centre", "Value": "42"})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


def query():
    for page in athena.get_paginator("list_named_queries").paginate(WorkGroup=base):
        for identifier in page["NamedQueryIds"]:
            if athena.get_named_query(NamedQueryId=identifier)["NamedQuery"]["Name"] == "top_artists":
                athena.delete_named_query(NamedQueryId=identifier)


def script():
    key = next(o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"] if o["Key"].endswith(".py"))
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=body + b"# edited\n")


{"workers": workers, "schedule": schedule, "tag": tag, "query": query, "script": script}[what]()
print(json.dumps({"done": what}))
