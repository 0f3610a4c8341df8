"""What a pipeline may use without owning it: `shared.py make|show`. `show` prints each thing whole, as its service tells it."""

import json
import sys
import time

import boto3

glue, s3, athena, iam, quicksight, sts = (boto3.client(s) for s in ("glue", "s3", "athena", "iam", "quicksight", "sts"))
account = sts.get_caller_identity()["Account"]
trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"}}],
}


def make():
    tags = [{"Key": "owner", "Value": "platform"}]
    s3.create_bucket(Bucket="shared-lake")
    s3.put_bucket_tagging(Bucket="shared-lake", Tagging={"TagSet": tags})
    s3.put_object(Bucket="shared-lake", Key="others/notes.txt", Body=b"theirs")
    glue.create_database(DatabaseInput={"Name": "shared", "Description": "Everybody's"}, Tags={"owner": "platform"})
    glue.create_table(DatabaseName="shared", TableInput={"Name": "others"})
    results = {"ResultConfiguration": {"OutputLocation": "s3://shared-lake/results/"}}
    athena.create_work_group(Name="team", Configuration=results, Tags=tags)
    iam.create_role(RoleName="shared-role", AssumeRolePolicyDocument=json.dumps(trust), Tags=tags)
    quicksight.create_data_source(
        AwsAccountId=account,
        DataSourceId="shared-source",
        Name="Everybody's",
        Type="ATHENA",
        DataSourceParameters={"AthenaParameters": {"WorkGroup": "team"}},
    )
    while source()["Status"] == "CREATION_IN_PROGRESS":
        time.sleep(0.02)
    return {}


def source():
    return quicksight.describe_data_source(AwsAccountId=account, DataSourceId="shared-source")["DataSource"]


def show():
    def plain(answer):
        return {k: v for k, v in answer.items() if k not in ("ResponseMetadata", "RequestId")}

    return {
        "bucket": plain(s3.get_bucket_tagging(Bucket="shared-lake")),
        "note": s3.get_object(Bucket="shared-lake", Key="others/notes.txt")["Body"].read().decode(),
        "database": plain(glue.get_database(Name="shared")),
        "table": plain(glue.get_table(DatabaseName="shared", Name="others")),
        "workgroup": plain(athena.get_work_group(WorkGroup="team")),
        "role": plain(iam.get_role(RoleName="shared-role")),
        "policies": iam.list_role_policies(RoleName="shared-role")["PolicyNames"],
        "data_source": source(),
    }


print(json.dumps({"make": make, "show": show}[sys.argv[1]](), default=str, sort_keys=True))
