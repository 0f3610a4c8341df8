"""Does for a stand-in what it does not do itself: stand_in_lacks.py ACTION.

    shared-bucket   makes the bucket `shared`
    tags            puts the tags on the Glue job and crawler that ministack drops from their Create calls
"""

import json
import sys

import boto3

if sys.argv[1] == "shared-bucket":
    boto3.client("s3").create_bucket(Bucket="shared")
else:
    glue = boto3.client("glue")
    account = boto3.client("sts").get_caller_identity()["Account"]
    name = glue.get_jobs()["Jobs"][0]["Name"]
    tags = {t["Key"]: t["Value"] for t in boto3.client("s3").get_bucket_tagging(Bucket=f"{account}-{name}")["TagSet"]}
    for kind in ("job", "crawler"):
        glue.tag_resource(ResourceArn=f"arn:aws:glue:us-east-1:{account}:{kind}/{name}", TagsToAdd=tags)
print(json.dumps("done"))
