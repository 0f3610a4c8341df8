"""Tags and arguments of other people on a pipeline's resources: `foreign.py BASE add|show`. `show` prints all of them."""

import json
import sys

import boto3

base, what = sys.argv[1:]
glue, s3, athena, iam, quicksight, sts = (boto3.client(s) for s in ("glue", "s3", "athena", "iam", "quicksight", "sts"))
account, region = sts.get_caller_identity()["Account"], glue.meta.region_name
bucket, role = f"{account}-{base}", f"{base}-glue-{region}"
arn = f"arn:aws:%s:{region}:{account}:%s"
job, workgroup, source = arn % ("glue", f"job/{base}"), arn % ("athena", f"workgroup/{base}"), arn % ("quicksight", f"datasource/{base}")


def pairs(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}


def add():
    one = [{"Key": "theirs", "Value": "1"}]
    glue.tag_resource(ResourceArn=job, TagsToAdd={"theirs": "1"})
    athena.tag_resource(ResourceARN=workgroup, Tags=one)
    iam.tag_role(RoleName=role, Tags=one)
    quicksight.tag_resource(ResourceArn=source, Tags=one)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": s3.get_bucket_tagging(Bucket=bucket)["TagSet"] + one})
    live = glue.get_job(JobName=base)["Job"]
    keep = ("Role", "Command", "GlueVersion", "WorkerType", "NumberOfWorkers", "Timeout", "MaxRetries", "ExecutionProperty", "Description")
    update = {k: live[k] for k in keep if k in live} | {"DefaultArguments": live["DefaultArguments"] | {"--theirs": "1"}}
    glue.update_job(JobName=base, JobUpdate=update)


def show():
    return {
        "job": glue.get_tags(ResourceArn=job)["Tags"],
        "workgroup": pairs(athena.list_tags_for_resource(ResourceARN=workgroup)["Tags"]),
        "role": pairs(iam.list_role_tags(RoleName=role)["Tags"]),
        "data_source": pairs(quicksight.list_tags_for_resource(ResourceArn=source)["Tags"]),
        "bucket": pairs(s3.get_bucket_tagging(Bucket=bucket)["TagSet"]),
        "arguments": glue.get_job(JobName=base)["Job"]["DefaultArguments"],
    }


print(json.dumps({"add": add, "show": show}[what]() or {}))
