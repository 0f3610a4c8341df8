"""Lists everything an account holds of the services pipectl uses, as boto3 sees it. Prints {"kind": [names]}."""

import json

import boto3

glue, s3, athena, iam, quicksight = (boto3.client(s) for s in ("glue", "s3", "athena", "iam", "quicksight"))
account = boto3.client("sts").get_caller_identity()["Account"]


def queries():
    names = []
    for group in (g["Name"] for g in athena.list_work_groups()["WorkGroups"]):
        for page in athena.get_paginator("list_named_queries").paginate(WorkGroup=group):
            for query in page["NamedQueryIds"]:
                names.append(group + "/" + athena.get_named_query(NamedQueryId=query)["NamedQuery"]["Name"])
    return sorted(names)


databases = [d["Name"] for d in glue.get_databases()["DatabaseList"]]
print(
    json.dumps(
        {
            "buckets": [b["Name"] for b in s3.list_buckets()["Buckets"]],
            "roles": [r["RoleName"] for r in iam.list_roles()["Roles"]],
            "users": [u["UserName"] for u in iam.list_users()["Users"]],
            "groups": [g["GroupName"] for g in iam.list_groups()["Groups"]],
            "databases": databases,
            "tables": [t["Name"] for d in databases for t in glue.get_tables(DatabaseName=d)["TableList"]],
            "jobs": glue.list_jobs()["JobNames"],
            "crawlers": glue.list_crawlers()["CrawlerNames"],
            "workflows": glue.list_workflows()["Workflows"],
            "triggers": glue.list_triggers()["TriggerNames"],
            "workgroups": [g["Name"] for g in athena.list_work_groups()["WorkGroups"] if g["Name"] != "primary"],
            "queries": queries(),
            "data_sources": [d["DataSourceId"] for d in quicksight.list_data_sources(AwsAccountId=account)["DataSources"]],
            "data_sets": sorted(
                d["DataSetId"] for d in quicksight.list_data_sets(AwsAccountId=account)["DataSetSummaries"]
            ),
            "dashboards": [
                d["DashboardId"] for d in quicksight.list_dashboards(AwsAccountId=account)["DashboardSummaryList"]
            ],
        }
    )
)
