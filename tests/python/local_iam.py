"""Drives the local cloud's IAM and STS with boto3."""

import json
import urllib.parse

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# The client must not be the one to refuse bad input.
iam = boto3.client("iam", config=Config(parameter_validation=False))
ACCOUNT = "123456789012"


def refused(code, call, **arguments):
    """The call must fail with this code; returns the response."""
    try:
        call(**arguments)
    except ClientError as error:
        got = error.response["Error"]["Code"]
        assert got == code, f"{call.__name__}: {got} instead of {code}: {error}"
        return error.response
    raise AssertionError(f"{call.__name__} did not fail with {code}")


def identity():
    who = boto3.client("sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/local"), who


TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}]}
INLINE = {"Version": "2012-10-17", "Statement": [{
    "Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/staging/*"}]}


def roles():
    role = iam.create_role(
        RoleName="spotify-dev", Path="/pipectl/spotify/", AssumeRolePolicyDocument=json.dumps(TRUST),
        Description="runs <the> job & more", Tags=[{"Key": "team", "Value": "ü"}], MaxSessionDuration=7200,
    )["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/pipectl/spotify/spotify-dev" and role["RoleId"].startswith("AROA")
    got = iam.get_role(RoleName="spotify-dev")["Role"]
    assert got["AssumeRolePolicyDocument"] == TRUST and got["Tags"] == [{"Key": "team", "Value": "ü"}]
    assert (got["Description"], got["MaxSessionDuration"]) == ("runs <the> job & more", 7200)
    assert got["CreateDate"] == role["CreateDate"] and got["RoleLastUsed"] == {}
    refused("EntityAlreadyExists", iam.create_role, RoleName="Spotify-DEV", AssumeRolePolicyDocument=json.dumps(TRUST))
    missing = refused("NoSuchEntity", iam.get_role, RoleName="nobody")
    assert missing["Error"]["Message"] == "The role with name nobody cannot be found."
    assert missing["ResponseMetadata"]["HTTPStatusCode"] == 404 and missing["ResponseMetadata"]["RequestId"]

    iam.update_role(RoleName="spotify-dev", Description="new", MaxSessionDuration=3600)
    changed = json.loads(json.dumps(TRUST).replace("glue", "athena"))
    iam.update_assume_role_policy(RoleName="spotify-dev", PolicyDocument=json.dumps(changed))
    got = iam.get_role(RoleName="spotify-dev")["Role"]
    assert got["AssumeRolePolicyDocument"] == changed and got["Description"] == "new"

    for i in range(5):
        iam.create_role(RoleName=f"other-{i}", Path="/other/", AssumeRolePolicyDocument=json.dumps(TRUST))
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix="/other/", PaginationConfig={"PageSize": 2}))
    names = [r["RoleName"] for p in pages for r in p["Roles"]]
    assert names == [f"other-{i}" for i in range(5)] and len(pages) == 3, names
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/pipectl/")["Roles"]] == ["spotify-dev"]
    assert "Tags" not in iam.list_roles(PathPrefix="/pipectl/")["Roles"][0]
    for i in range(5):
        iam.delete_role(RoleName=f"other-{i}")


def policies():
    name = "spotify-dev"
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(INLINE))
    assert iam.get_role_policy(RoleName=name, PolicyName="inline")["PolicyDocument"] == INLINE
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["inline"]
    refused("NoSuchEntity", iam.get_role_policy, RoleName=name, PolicyName="none")
    refused("NoSuchEntity", iam.delete_role_policy, RoleName=name, PolicyName="none")
    managed = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"
    iam.attach_role_policy(RoleName=name, PolicyArn=managed)
    iam.attach_role_policy(RoleName=name, PolicyArn=managed)
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == [
        {"PolicyName": "AWSGlueServiceRole", "PolicyArn": managed}
    ]
    refused("NoSuchEntity", iam.attach_role_policy, RoleName=name, PolicyArn="arn:aws:iam::999999999999:policy/theirs")
    refused("ValidationError", iam.attach_role_policy, RoleName=name, PolicyArn="AWSGlueServiceRole-and-more")
    refused("DeleteConflict", iam.delete_role, RoleName=name)
    iam.detach_role_policy(RoleName=name, PolicyArn=managed)
    refused("NoSuchEntity", iam.detach_role_policy, RoleName=name, PolicyArn=managed)
    refused("DeleteConflict", iam.delete_role, RoleName=name)
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/limit")
    boundary = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == f"arn:aws:iam::{ACCOUNT}:policy/limit"
    iam.delete_role_permissions_boundary(RoleName=name)
    assert "PermissionsBoundary" not in iam.get_role(RoleName=name)["Role"]
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []


def tags():
    name = "spotify-dev"
    iam.tag_role(RoleName=name, Tags=[{"Key": "a", "Value": "1"}, {"Key": "TEAM", "Value": "data"}])
    assert iam.list_role_tags(RoleName=name)["Tags"] == [{"Key": "TEAM", "Value": "data"}, {"Key": "a", "Value": "1"}]
    iam.untag_role(RoleName=name, TagKeys=["team", "never"])
    assert iam.list_role_tags(RoleName=name)["Tags"] == [{"Key": "a", "Value": "1"}]
    refused("InvalidInput", iam.tag_role, RoleName=name, Tags=[{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}])
    refused("InvalidInput", iam.tag_role, RoleName=name, Tags=[{"Key": "aws:x", "Value": "1"}])


def bad_input():
    trust = json.dumps(TRUST)
    refused("ValidationError", iam.create_role, RoleName="a/b", AssumeRolePolicyDocument=trust)
    refused("ValidationError", iam.create_role, RoleName="x" * 65, AssumeRolePolicyDocument=trust)
    refused("ValidationError", iam.create_role, RoleName="x", Path="no-slash", AssumeRolePolicyDocument=trust)
    refused("ValidationError", iam.create_role, RoleName="x", MaxSessionDuration=60, AssumeRolePolicyDocument=trust)
    for document in ["{", "[]", trust.replace("Allow", "Permit"), trust.replace("glue.amazonaws.com", "glue"), json.dumps(INLINE)]:
        refused("MalformedPolicyDocument", iam.create_role, RoleName="x", AssumeRolePolicyDocument=document)
    for document in ["{", trust, json.dumps(INLINE).replace("s3:GetObject", "GetObject")]:
        refused("MalformedPolicyDocument", iam.put_role_policy, RoleName="spotify-dev", PolicyName="p", PolicyDocument=document)
    long = json.dumps(INLINE).replace("staging", "s" * 10_240)
    refused("LimitExceeded", iam.put_role_policy, RoleName="spotify-dev", PolicyName="p", PolicyDocument=long)
    refused("NoSuchEntity", iam.get_role, RoleName="x")
    refused("InvalidAction", iam.list_policies)
    # The document travels percent-encoded; the client decodes it.
    raw = {}
    iam.meta.events.register("before-parse.iam.GetRole", lambda response_dict, **_: raw.update(response_dict))
    iam.get_role(RoleName="spotify-dev")
    assert urllib.parse.quote('{"Version"', safe="").encode() in raw["body"], raw["body"]


def users_and_groups():
    path = "/pipectl/spotify/dev/us-east-1/"
    limit = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    made = iam.create_user(UserName="runner", Path=path, PermissionsBoundary=limit, Tags=[{"Key": "team", "Value": "x"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user{path}runner" and made["UserId"].startswith("AIDA"), made
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == limit
    refused("EntityAlreadyExists", iam.create_user, UserName="Runner")
    refused("NoSuchEntity", iam.get_user, UserName="nobody")
    refused("ValidationError", iam.create_user, UserName="x" * 65)
    iam.delete_user_permissions_boundary(UserName="runner")
    refused("NoSuchEntity", iam.delete_user_permissions_boundary, UserName="runner")
    iam.put_user_permissions_boundary(UserName="runner", PermissionsBoundary=limit)
    iam.tag_user(UserName="runner", Tags=[{"Key": "a", "Value": "1"}])
    iam.untag_user(UserName="runner", TagKeys=["team"])
    assert iam.list_user_tags(UserName="runner")["Tags"] == [{"Key": "a", "Value": "1"}]
    got = iam.get_user(UserName="runner")["User"]
    assert got["Tags"] == [{"Key": "a", "Value": "1"}] and got["CreateDate"] == made["CreateDate"]

    group = iam.create_group(GroupName="runners", Path=path)["Group"]
    assert group["Arn"] == f"arn:aws:iam::{ACCOUNT}:group{path}runners" and group["GroupId"].startswith("AGPA")
    refused("EntityAlreadyExists", iam.create_group, GroupName="RUNNERS")
    refused("NoSuchEntity", iam.add_user_to_group, GroupName="none", UserName="runner")
    for _ in range(2):
        iam.add_user_to_group(GroupName="runners", UserName="runner")
    iam.create_user(UserName="ada")
    iam.add_user_to_group(GroupName="runners", UserName="ada")
    pages = list(iam.get_paginator("get_group").paginate(GroupName="runners", PaginationConfig={"PageSize": 1}))
    assert [u["UserName"] for p in pages for u in p["Users"]] == ["ada", "runner"] and len(pages) == 2
    assert all(p["Group"]["GroupName"] == "runners" for p in pages)
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="runner")["Groups"]] == ["runners"]
    assert [u["UserName"] for u in iam.list_users(PathPrefix="/pipectl/")["Users"]] == ["runner"]
    assert [g["GroupName"] for g in iam.list_groups(PathPrefix="/pipectl/")["Groups"]] == ["runners"]
    refused("DeleteConflict", iam.delete_group, GroupName="runners")
    refused("DeleteConflict", iam.delete_user, UserName="ada")

    iam.update_group(GroupName="runners", NewGroupName="crew", NewPath="/x/")
    assert iam.list_groups_for_user(UserName="ada")["Groups"][0]["Arn"].endswith(":group/x/crew")
    iam.update_user(UserName="ada", NewPath="/people/", NewUserName="lovelace")
    assert iam.get_user(UserName="lovelace")["User"]["Path"] == "/people/"
    refused("NoSuchEntity", iam.get_user, UserName="ada")
    for user in ["lovelace", "runner"]:
        iam.remove_user_from_group(GroupName="crew", UserName=user)

    for kind, name, most in [("user", "runner", 2048), ("group", "crew", 5120)]:
        member = {f"{kind.capitalize()}Name": name}
        call = lambda verb, **more: getattr(iam, verb.replace("X", kind))(**member, **more)
        call("put_X_policy", PolicyName="p", PolicyDocument=json.dumps(INLINE))
        assert call("get_X_policy", PolicyName="p")["PolicyDocument"] == INLINE
        assert call("list_X_policies")["PolicyNames"] == ["p"]
        long = json.dumps(INLINE).replace("staging", "s" * most)
        refused("LimitExceeded", getattr(iam, f"put_{kind}_policy"), **member, PolicyName="q", PolicyDocument=long)
        call("attach_X_policy", PolicyArn=limit)
        assert call("list_attached_X_policies")["AttachedPolicies"] == [{"PolicyName": "limit", "PolicyArn": limit}]
        refused("DeleteConflict", getattr(iam, f"delete_{kind}"), **member)
        call("detach_X_policy", PolicyArn=limit)
        refused("DeleteConflict", getattr(iam, f"delete_{kind}"), **member)
        call("delete_X_policy", PolicyName="p")
        refused("NoSuchEntity", getattr(iam, f"get_{kind}_policy"), **member, PolicyName="p")


def credentials():
    refused("NoSuchEntity", iam.get_login_profile, UserName="runner")
    iam.create_login_profile(UserName="runner", Password="correct horse")
    refused("EntityAlreadyExists", iam.create_login_profile, UserName="runner", Password="correct horse")
    assert iam.get_login_profile(UserName="runner")["LoginProfile"]["UserName"] == "runner"
    keys = [iam.create_access_key(UserName="runner")["AccessKey"] for _ in range(2)]
    assert all(k["AccessKeyId"].startswith("AKIA") and k["SecretAccessKey"] for k in keys)
    refused("LimitExceeded", iam.create_access_key, UserName="runner")
    listed = iam.list_access_keys(UserName="runner")["AccessKeyMetadata"]
    assert sorted(k["AccessKeyId"] for k in keys) == [k["AccessKeyId"] for k in listed]
    assert iam.list_mfa_devices(UserName="runner")["MFADevices"] == []
    refused("DeleteConflict", iam.delete_user, UserName="runner")
    for key in keys:
        iam.delete_access_key(UserName="runner", AccessKeyId=key["AccessKeyId"])
    refused("NoSuchEntity", iam.delete_access_key, UserName="runner", AccessKeyId="AKIANONE")
    refused("DeleteConflict", iam.delete_user, UserName="runner")
    iam.delete_login_profile(UserName="runner")
    refused("NoSuchEntity", iam.delete_login_profile, UserName="runner")
    for user in ["runner", "lovelace"]:
        iam.delete_user(UserName=user)
    iam.delete_group(GroupName="crew")
    assert (iam.list_users()["Users"], iam.list_groups()["Groups"]) == ([], [])


def delete():
    iam.delete_role_policy(RoleName="spotify-dev", PolicyName="inline")
    iam.delete_role(RoleName="spotify-dev")
    refused("NoSuchEntity", iam.delete_role, RoleName="spotify-dev")
    assert iam.list_roles()["Roles"] == []


for topic in [identity, roles, policies, tags, bad_input, users_and_groups, credentials, delete]:
    topic()
    print(f"{topic.__name__}: ok")
