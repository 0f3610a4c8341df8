"""Drives the local cloud's S3 with boto3: what a client that we did not write makes of it."""

import datetime
import hashlib
import io
import json
import os
import time
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client("s3")
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]


def refused(code, call, **arguments):
    """The call must fail with this code; returns the response."""
    try:
        call(**arguments)
    except ClientError as error:
        got = error.response["Error"]["Code"]
        assert got == code, f"{call.__name__}: {got} instead of {code}: {error}"
        return error.response
    raise AssertionError(f"{call.__name__} did not fail with {code}")


def md5(data):
    """The ETag of an object that came in one piece."""
    return f'"{hashlib.md5(data).hexdigest()}"'


def objects():
    b = "objects-bucket"
    s3.create_bucket(Bucket=b)
    body = "früh\n".encode() * 1000
    put = s3.put_object(
        Bucket=b, Key="a/ü b+c.txt", Body=body, ContentType="text/plain", CacheControl="no-cache",
        Metadata={"sha": "1", "name": "x"}, Tagging="k=v&l=%C3%BC",
    )
    assert put["ETag"] == md5(body), put
    assert put["ServerSideEncryption"] == "AES256" and "VersionId" not in put
    got = s3.get_object(Bucket=b, Key="a/ü b+c.txt")
    assert got["Body"].read() == body
    assert (got["ContentType"], got["CacheControl"], got["Metadata"]) == ("text/plain", "no-cache", {"sha": "1", "name": "x"})
    assert got["TagCount"] == 2 and got["ChecksumType"] == "FULL_OBJECT" and got["ChecksumCRC32"], got
    assert abs((got["LastModified"] - datetime.datetime.now(datetime.UTC)).total_seconds()) < 60
    tags = s3.get_object_tagging(Bucket=b, Key="a/ü b+c.txt")["TagSet"]
    assert tags == [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "ü"}]
    head = s3.head_object(Bucket=b, Key="a/ü b+c.txt")
    assert head["ContentLength"] == len(body) and head["ETag"] == put["ETag"] and head["Metadata"] == got["Metadata"]

    part = s3.get_object(Bucket=b, Key="a/ü b+c.txt", Range="bytes=2-5")
    assert part["Body"].read() == body[2:6] and part["ContentRange"] == f"bytes 2-5/{len(body)}"
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert s3.get_object(Bucket=b, Key="a/ü b+c.txt", Range="bytes=-3")["Body"].read() == body[-3:]
    refused("InvalidRange", s3.get_object, Bucket=b, Key="a/ü b+c.txt", Range="bytes=99999-")
    refused("304", s3.get_object, Bucket=b, Key="a/ü b+c.txt", IfNoneMatch=put["ETag"])
    refused("PreconditionFailed", s3.get_object, Bucket=b, Key="a/ü b+c.txt", IfMatch='"x"')
    refused("NoSuchKey", s3.get_object, Bucket=b, Key="a")
    refused("404", s3.head_object, Bucket=b, Key="a")
    refused("NoSuchBucket", s3.get_object, Bucket="no-such-bucket", Key="a")
    refused("404", s3.head_bucket, Bucket="no-such-bucket")

    # One after the other over one connection.
    for content in [b"", b"x", b"", b"yy"]:
        assert s3.put_object(Bucket=b, Key="sums", Body=io.BytesIO(content))["ETag"] == md5(content)
    for algorithm in ["CRC32", "SHA1", "SHA256"]:
        put = s3.put_object(Bucket=b, Key="sums", Body=b"x", ChecksumAlgorithm=algorithm)
        assert put[f"Checksum{algorithm}"], put
    refused("BadDigest", s3.put_object, Bucket=b, Key="sums", Body=b"x", ChecksumSHA256=hashlib_b64(b"y"))
    refused("BadDigest", s3.put_object, Bucket=b, Key="sums", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    refused("InvalidDigest", s3.put_object, Bucket=b, Key="sums", Body=b"x", ContentMD5="nonsense")

    s3.copy_object(Bucket=b, Key="copy", CopySource={"Bucket": b, "Key": "a/ü b+c.txt"})
    copy = s3.get_object(Bucket=b, Key="copy")
    assert copy["Body"].read() == body and copy["Metadata"] == {"sha": "1", "name": "x"} and copy["TagCount"] == 2
    s3.copy_object(Bucket=b, Key="copy", CopySource={"Bucket": b, "Key": "copy"}, Metadata={"n": "2"}, MetadataDirective="REPLACE")
    assert s3.head_object(Bucket=b, Key="copy")["Metadata"] == {"n": "2"}
    refused("InvalidRequest", s3.copy_object, Bucket=b, Key="copy", CopySource={"Bucket": b, "Key": "copy"})
    refused("NoSuchKey", s3.copy_object, Bucket=b, Key="copy", CopySource={"Bucket": b, "Key": "none"})

    signer = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = signer.generate_presigned_url("get_object", {"Bucket": b, "Key": "a/ü b+c.txt"})
    assert urllib.request.urlopen(url).read() == body
    try:
        urllib.request.urlopen(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=3601"))
        raise AssertionError("a changed URL was served")
    except urllib.error.HTTPError as error:
        assert error.code == 403, error
    put_url = signer.generate_presigned_url("put_object", {"Bucket": b, "Key": "by-url"})
    urllib.request.urlopen(urllib.request.Request(put_url, data=b"put", method="PUT"))
    assert s3.get_object(Bucket=b, Key="by-url")["Body"].read() == b"put"

    s3.delete_object(Bucket=b, Key="copy")
    s3.delete_object(Bucket=b, Key="copy")
    refused("NoSuchKey", s3.get_object, Bucket=b, Key="copy")
    done = s3.delete_objects(Bucket=b, Delete={"Objects": [{"Key": "sums"}, {"Key": "never"}]})
    assert [d["Key"] for d in done["Deleted"]] == ["sums", "never"] and "Errors" not in done
    refused("BucketNotEmpty", s3.delete_bucket, Bucket=b)
    for key in ["a/ü b+c.txt", "by-url"]:
        s3.delete_object(Bucket=b, Key=key)
    s3.delete_bucket(Bucket=b)
    refused("NoSuchBucket", s3.delete_bucket, Bucket=b)


def hashlib_b64(data):
    import base64

    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def conditional_writes():
    b = "conditional-bucket"
    s3.create_bucket(Bucket=b)
    first = s3.put_object(Bucket=b, Key="lock", Body=b"1", IfNoneMatch="*")
    again = refused("PreconditionFailed", s3.put_object, Bucket=b, Key="lock", Body=b"2", IfNoneMatch="*")
    assert again["ResponseMetadata"]["HTTPStatusCode"] == 412
    second = s3.put_object(Bucket=b, Key="lock", Body=b"2", IfMatch=first["ETag"])
    refused("PreconditionFailed", s3.put_object, Bucket=b, Key="lock", Body=b"3", IfMatch=first["ETag"])
    refused("NoSuchKey", s3.put_object, Bucket=b, Key="other", Body=b"3", IfMatch=first["ETag"])
    refused("PreconditionFailed", s3.delete_object, Bucket=b, Key="lock", IfMatch=first["ETag"])
    s3.delete_object(Bucket=b, Key="lock", IfMatch=second["ETag"])
    s3.put_object(Bucket=b, Key="lock", Body=b"4", IfNoneMatch="*")


def listing():
    b = "listing-bucket"
    s3.create_bucket(Bucket=b)
    keys = sorted(["a", "a-b", "a/1", "a/2", "a/b/3", "b c/+%", "ü"] + [f"many/{i:03}" for i in range(25)], key=str.encode)
    for key in keys:
        s3.put_object(Bucket=b, Key=key, Body=key.encode())

    def walk(name, **arguments):
        pages = list(s3.get_paginator(name).paginate(Bucket=b, **arguments))
        contents = [o["Key"] for p in pages for o in p.get("Contents", [])]
        return contents, [c["Prefix"] for p in pages for c in p.get("CommonPrefixes", [])], len(pages)

    for name in ["list_objects_v2", "list_objects"]:
        assert walk(name)[0] == keys, walk(name)
        paged = walk(name, PaginationConfig={"PageSize": 7})
        assert paged[0] == keys and paged[2] == 5, paged
        assert walk(name, Prefix="a/")[0] == ["a/1", "a/2", "a/b/3"]
        assert walk(name, Prefix="a/", Delimiter="/")[:2] == (["a/1", "a/2"], ["a/b/"])
        for size in [1, 2, 1000]:
            rolled = walk(name, Delimiter="/", PaginationConfig={"PageSize": size})
            assert rolled[:2] == (["a", "a-b", "ü"], ["a/", "b c/", "many/"]), rolled
        assert walk(name, Prefix="nothing")[0] == []
    assert walk("list_objects_v2", StartAfter="many/020")[0] == ["many/021", "many/022", "many/023", "many/024", "ü"]
    one = s3.list_objects_v2(Bucket=b, MaxKeys=1, FetchOwner=True)
    assert one["KeyCount"] == 1 and one["IsTruncated"] and one["Contents"][0]["Owner"]["ID"]
    assert one["Contents"][0]["ETag"] == md5(b"a") and one["Contents"][0]["Size"] == 1
    refused("InvalidArgument", s3.list_objects_v2, Bucket=b, ContinuationToken="?")


def odd_keys():
    b = "odd-bucket"
    s3.create_bucket(Bucket=b)
    keys = ["folder/", "file", "file/below", "x/y/z", "x/y", "x", "..", "../../up", "a//b", "./a", "/lead", "tail//",
            "s" * 300 + "/x", "l" * 1024, "q?&=#%2F", "back\\slash", "new\nline", "emoji 🎧", "CASE", "case"]
    for key in keys:
        s3.put_object(Bucket=b, Key=key, Body=key.encode())
    for key in keys:
        assert s3.get_object(Bucket=b, Key=key)["Body"].read() == key.encode(), key
    listed = [o["Key"] for o in s3.list_objects_v2(Bucket=b)["Contents"]]
    assert listed == sorted(keys, key=str.encode), listed
    refused("KeyTooLongError", s3.put_object, Bucket=b, Key="l" * 1025, Body=b"")
    root = os.environ["LOCAL_CLOUD_ROOT"]
    assert open(f"{root}/s3/{b}/x/y/z", "rb").read() == b"x/y/z"
    assert not os.path.exists(f"{root}/up") and not os.path.exists(f"{root}/s3/up")

    # What somebody else puts into the folder is an object; an empty folder is none.
    os.makedirs(f"{root}/s3/{b}/direct/empty")
    with open(f"{root}/s3/{b}/direct/part-0.csv", "wb") as file:
        file.write(b"a,b\n")
    got = s3.get_object(Bucket=b, Key="direct/part-0.csv")
    assert got["Body"].read() == b"a,b\n" and got["ETag"] == md5(b"a,b\n")
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=b, Prefix="direct/")["Contents"]] == ["direct/part-0.csv"]
    s3.put_object(Bucket=b, Key="direct/empty", Body=b"a file where a folder was")
    # And what it changes is a new object without the old one's metadata.
    s3.put_object(Bucket=b, Key="direct/meta", Body=b"1", Metadata={"m": "1"})
    with open(f"{root}/s3/{b}/direct/meta", "wb") as file:
        file.write(b"22")
    head = s3.head_object(Bucket=b, Key="direct/meta")
    assert head["ETag"] == md5(b"22") and head["Metadata"] == {} and head["ContentLength"] == 2
    s3.delete_objects(Bucket=b, Delete={"Objects": [{"Key": k["Key"]} for k in s3.list_objects_v2(Bucket=b)["Contents"]]})
    assert "Contents" not in s3.list_objects_v2(Bucket=b)
    s3.delete_bucket(Bucket=b)


def multipart():
    b = "multipart-bucket"
    s3.create_bucket(Bucket=b)
    body = os.urandom(17 * 1024 * 1024 + 5)
    s3.upload_fileobj(io.BytesIO(body), b, "big", Config=TransferConfig(multipart_chunksize=8 * 1024 * 1024))
    target = io.BytesIO()
    s3.download_fileobj(b, "big", target, Config=TransferConfig(multipart_threshold=1024 * 1024, multipart_chunksize=3 * 1024 * 1024))
    assert target.getvalue() == body
    head = s3.head_object(Bucket=b, Key="big", PartNumber=3, ChecksumMode="ENABLED")
    digests = b"".join(hashlib.md5(body[i : i + 8 * 1024 * 1024]).digest() for i in range(0, len(body), 8 * 1024 * 1024))
    assert head["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"', head
    assert head["PartsCount"] == 3 and head["ContentLength"] == len(body) - 16 * 1024 * 1024
    # A copy in parts (over the client's threshold), then one in a single call.
    s3.copy({"Bucket": b, "Key": "big"}, b, "parts", Config=TransferConfig(multipart_threshold=1024, multipart_chunksize=8 * 1024 * 1024))
    s3.copy_object(CopySource={"Bucket": b, "Key": "big"}, Bucket=b, Key="whole")
    for key in ["parts", "whole"]:
        assert s3.get_object(Bucket=b, Key=key)["Body"].read() == body, key
    assert s3.head_object(Bucket=b, Key="whole")["ETag"] == md5(body)

    upload = s3.create_multipart_upload(Bucket=b, Key="k", Metadata={"m": "1"}, ContentType="x/y")["UploadId"]
    one = s3.upload_part(Bucket=b, Key="k", UploadId=upload, PartNumber=1, Body=b"x" * 10)
    two = s3.upload_part(Bucket=b, Key="k", UploadId=upload, PartNumber=2, Body=b"y")
    listed = s3.list_parts(Bucket=b, Key="k", UploadId=upload, MaxParts=1)
    assert [(p["PartNumber"], p["Size"]) for p in listed["Parts"]] == [(1, 10)] and listed["IsTruncated"]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=b)["Uploads"]] == ["k"]
    parts = [{"PartNumber": 1, "ETag": one["ETag"]}, {"PartNumber": 2, "ETag": two["ETag"]}]

    def complete(parts, code):
        refused(code, s3.complete_multipart_upload, Bucket=b, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})

    complete(parts, "EntityTooSmall")
    complete(parts[::-1], "InvalidPartOrder")
    complete([{"PartNumber": 7, "ETag": one["ETag"]}], "InvalidPart")
    complete([{"PartNumber": 1, "ETag": two["ETag"]}], "InvalidPart")
    s3.complete_multipart_upload(Bucket=b, Key="k", UploadId=upload, MultipartUpload={"Parts": parts[:1]}, IfNoneMatch="*")
    got = s3.get_object(Bucket=b, Key="k")
    assert got["Body"].read() == b"x" * 10 and got["Metadata"] == {"m": "1"} and got["ContentType"] == "x/y"
    complete(parts, "NoSuchUpload")
    upload = s3.create_multipart_upload(Bucket=b, Key="k")["UploadId"]
    s3.upload_part(Bucket=b, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=b, Key="k", UploadId=upload)
    refused("NoSuchUpload", s3.list_parts, Bucket=b, Key="k", UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=b)


def versions():
    b = "versions-bucket"
    s3.create_bucket(Bucket=b)
    assert "Status" not in s3.get_bucket_versioning(Bucket=b)
    s3.put_object(Bucket=b, Key="k", Body=b"0")
    s3.put_bucket_versioning(Bucket=b, VersioningConfiguration={"Status": "Enabled"})
    one = s3.put_object(Bucket=b, Key="k", Body=b"1", Metadata={"v": "1"})["VersionId"]
    two = s3.put_object(Bucket=b, Key="k", Body=b"2")["VersionId"]

    def state(**arguments):
        listed = s3.list_object_versions(Bucket=b, **arguments)
        # Markers first: here they are the newer ones where the millisecond is the same.
        every = listed.get("DeleteMarkers", []) + listed.get("Versions", [])
        every.sort(key=lambda v: v["LastModified"], reverse=True)
        return [(v["VersionId"], v["IsLatest"], "Size" in v) for v in every]

    assert state() == [(two, True, True), (one, False, True), ("null", False, True)], state()
    assert s3.get_object(Bucket=b, Key="k")["VersionId"] == two
    assert s3.get_object(Bucket=b, Key="k", VersionId=one)["Body"].read() == b"1"
    assert s3.get_object(Bucket=b, Key="k", VersionId="null")["Body"].read() == b"0"
    refused("NoSuchVersion", s3.get_object, Bucket=b, Key="k", VersionId="0" * 32)
    marker = s3.delete_object(Bucket=b, Key="k")
    assert marker["DeleteMarker"] and marker["VersionId"]
    gone = refused("NoSuchKey", s3.get_object, Bucket=b, Key="k")
    assert gone["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    refused("MethodNotAllowed", s3.get_object, Bucket=b, Key="k", VersionId=marker["VersionId"])
    assert "Contents" not in s3.list_objects_v2(Bucket=b)
    assert state()[0] == (marker["VersionId"], True, False) and len(state()) == 4
    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=b, PaginationConfig={"PageSize": 1}))
    assert len(pages) == 4, pages
    refused("BucketNotEmpty", s3.delete_bucket, Bucket=b)
    back = s3.delete_object(Bucket=b, Key="k", VersionId=marker["VersionId"])
    assert back["DeleteMarker"] and s3.get_object(Bucket=b, Key="k")["Body"].read() == b"2"
    s3.delete_object(Bucket=b, Key="k", VersionId=two)
    got = s3.get_object(Bucket=b, Key="k")
    assert got["Body"].read() == b"1" and got["Metadata"] == {"v": "1"}
    s3.copy_object(Bucket=b, Key="k", CopySource={"Bucket": b, "Key": "k", "VersionId": "null"})
    assert s3.get_object(Bucket=b, Key="k")["Body"].read() == b"0"
    s3.put_bucket_versioning(Bucket=b, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=b, Key="k", Body=b"s")
    assert [v for v in state() if v[0] == "null"] == [("null", True, True)]
    s3.delete_object(Bucket=b, Key="k")
    assert [v for v in state() if v[0] == "null"] == [("null", True, False)]
    listed = s3.list_object_versions(Bucket=b)
    every = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in listed["Versions"] + listed["DeleteMarkers"]]
    assert "Errors" not in s3.delete_objects(Bucket=b, Delete={"Objects": every})
    assert state() == []
    s3.delete_bucket(Bucket=b)


def settings():
    b = "settings-bucket"
    s3.create_bucket(Bucket=b)
    owner = {"ExpectedBucketOwner": ACCOUNT}
    assert s3.head_bucket(Bucket=b, **owner)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=b)["LocationConstraint"] is None
    s3.create_bucket(Bucket=b)  # us-east-1 answers 200 for one's own

    every = dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True)
    assert s3.get_public_access_block(Bucket=b)["PublicAccessBlockConfiguration"] == every
    s3.put_public_access_block(Bucket=b, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    assert s3.get_public_access_block(Bucket=b)["PublicAccessBlockConfiguration"] == {k: k == "BlockPublicAcls" for k in every}
    s3.delete_public_access_block(Bucket=b)
    refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, Bucket=b)

    def encryption():
        return s3.get_bucket_encryption(Bucket=b)["ServerSideEncryptionConfiguration"]["Rules"][0]

    assert encryption()["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    kms = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"}
    s3.put_bucket_encryption(Bucket=b, ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": kms, "BucketKeyEnabled": True}]})
    assert encryption() == {"ApplyServerSideEncryptionByDefault": kms, "BucketKeyEnabled": True}
    put = s3.put_object(Bucket=b, Key="k", Body=b"")
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", kms["KMSMasterKeyID"])
    s3.delete_bucket_encryption(Bucket=b)
    assert encryption()["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}

    def ownership():
        return s3.get_bucket_ownership_controls(Bucket=b)["OwnershipControls"]["Rules"]

    assert ownership() == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    s3.put_bucket_ownership_controls(Bucket=b, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    assert ownership() == [{"ObjectOwnership": "ObjectWriter"}]
    s3.delete_bucket_ownership_controls(Bucket=b)
    refused("OwnershipControlsNotFoundError", s3.get_bucket_ownership_controls, Bucket=b)

    refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=b)
    tags = [{"Key": "team", "Value": "analytics & more"}, {"Key": "pipectl:id", "Value": "ü"}]
    s3.put_bucket_tagging(Bucket=b, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=b)["TagSet"] == tags
    refused("InvalidTag", s3.put_bucket_tagging, Bucket=b, Tagging={"TagSet": [tags[0], tags[0]]})
    s3.delete_bucket_tagging(Bucket=b)
    refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=b)

    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=b)
    policy = {"Version": "2012-10-17", "Statement": [{
        "Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{b}", f"arn:aws:s3:::{b}/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
    s3.put_bucket_policy(Bucket=b, Policy=json.dumps(policy))
    assert json.loads(s3.get_bucket_policy(Bucket=b)["Policy"]) == policy
    refused("MalformedPolicy", s3.put_bucket_policy, Bucket=b, Policy=json.dumps(policy).replace(b, "other"))
    s3.delete_bucket_policy(Bucket=b)
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=b)

    refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=b)
    rules = [
        {"ID": "staging", "Status": "Enabled", "Filter": {"Prefix": "staging/"}, "Transitions": [{"Days": 90, "StorageClass": "GLACIER_IR"}]},
        {"ID": "results", "Status": "Enabled", "Filter": {"And": {"Prefix": "results/", "Tags": [{"Key": "a", "Value": "b"}]}},
         "Expiration": {"Days": 30}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=b, LifecycleConfiguration={"Rules": rules})
    got = s3.get_bucket_lifecycle_configuration(Bucket=b)
    assert got["Rules"] == rules and got["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K", got
    refused("InvalidRequest", s3.put_bucket_lifecycle_configuration, Bucket=b, LifecycleConfiguration={"Rules": [{"Status": "Enabled", "Filter": {"Prefix": ""}}]})
    s3.delete_bucket_lifecycle(Bucket=b)
    refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=b)

    for code, call, arguments in [
        ("AccessDenied", s3.get_bucket_tagging, {"Bucket": b}),
        ("AccessDenied", s3.put_object, {"Bucket": b, "Key": "stranger", "Body": b"x"}),
        ("AccessDenied", s3.list_objects_v2, {"Bucket": b}),
        ("403", s3.head_bucket, {"Bucket": b}),
        ("403", s3.head_object, {"Bucket": b, "Key": "k"}),
        ("NoSuchBucket", s3.list_objects_v2, {"Bucket": "no-such-bucket"}),
    ]:
        refused(code, call, ExpectedBucketOwner="999999999999", **arguments)
    refused("NoSuchKey", s3.get_object, Bucket=b, Key="stranger", **owner)
    refused("InvalidBucketName", s3.create_bucket, Bucket="xn--punycode")
    refused("InvalidLocationConstraint", s3.create_bucket, Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "us-east-1"})
    s3.create_bucket(Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert s3.get_bucket_location(Bucket="elsewhere")["LocationConstraint"] == "eu-west-1"
    refused("BucketAlreadyOwnedByYou", s3.create_bucket, Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    names = [n["Name"] for n in s3.list_buckets()["Buckets"]]
    assert b in names and names == sorted(names)
    assert [n["Name"] for n in s3.list_buckets(Prefix="elsew")["Buckets"]] == ["elsewhere"]


for topic in [objects, conditional_writes, listing, odd_keys, multipart, versions, settings]:
    started = time.monotonic()
    topic()
    print(f"{topic.__name__}: ok in {time.monotonic() - started:.2f} s")
