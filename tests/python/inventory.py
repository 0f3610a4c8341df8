"""Lists everything an account holds of the services pipectl uses, as boto3 sees it. Prints {"kind": [names]}."""

import json

import boto3

glue, s3, athena, iam = (boto3.client(s) for s in ("glue", "s3", "athena", "iam"))


def queries():
    names = []
    for group in (g["Name"] for g in athena.list_work_groups()["WorkGroups"]):
        for page in athena.get_paginator("list_named_queries").paginate(WorkGroup=group):
            names += [f"{group}/{i}" for i in page["NamedQueryIds"]]
    return names


databases = [d["Name"] for d in glue.get_databases()["DatabaseList"]]
print(
    json.dumps(
        {
            "buckets": [b["Name"] for b in s3.list_buckets()["Buckets"]],
            "roles": [r["RoleName"] for r in iam.list_roles()["Roles"]],
            "databases": databases,
            "tables": [t["Name"] for d in databases for t in glue.get_tables(DatabaseName=d)["TableList"]],
            "jobs": glue.list_jobs()["JobNames"],
            "crawlers": glue.list_crawlers()["CrawlerNames"],
            "workgroups": [g["Name"] for g in athena.list_work_groups()["WorkGroups"] if g["Name"] != "primary"],
            "queries": queries(),
        }
    )
)
