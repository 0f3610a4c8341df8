"""Drives the local cloud's QuickSight with boto3 and the AWS CLI: every kind through its whole life.

The table `lake.hits` is really made first, through S3 and Glue; ingestions read it.
"""

import datetime
import io
import json
import os
import subprocess
import sys
import time

import boto3
import pyarrow
import pyarrow.parquet
from botocore.exceptions import ClientError

ACCOUNT, REGION = "123456789012", "us-east-1"
quicksight, glue, athena, s3 = (boto3.client(name) for name in ("quicksight", "glue", "athena", "s3"))
iam = boto3.client("iam")


def arn(kind, name):
    return f"arn:aws:quicksight:{REGION}:{ACCOUNT}:{kind}/{name}"


LEAD, VIEWER = arn("user", "default/lead@example.com"), arn("group", "default/analysts")
SOURCE, HITS = arn("datasource", "lake"), arn("dataset", "hits")


def call(operation, **arguments):
    answer = getattr(quicksight, operation)(AwsAccountId=ACCOUNT, **arguments)
    assert answer["RequestId"] == answer["ResponseMetadata"]["RequestId"], answer
    assert answer["Status"] == answer["ResponseMetadata"]["HTTPStatusCode"], answer
    return answer


def refused(code, operation, **arguments):
    try:
        call(operation, **arguments)
    except ClientError as error:
        got = error.response["Error"]
        assert got["Code"] == code, got
        assert code.endswith("ValidationException") or hasattr(quicksight.exceptions, code), code
        return got["Message"]
    raise AssertionError(f"{operation} did not fail with {code}")


def pages(operation, member, **arguments):
    """All items of a list, fetched one by one."""
    items, token = [], {}
    while True:
        answer = call(operation, MaxResults=1, **token, **arguments)
        assert len(answer[member]) <= 1, answer
        items += answer[member]
        if "NextToken" not in answer:
            return items
        token = {"NextToken": answer["NextToken"]}


def a_table():
    for bucket in ("lake", "results"):
        s3.create_bucket(Bucket=bucket)
    columns = {
        "id": ["a", "b", "c", None],
        "plays": pyarrow.array([1, 2, 3, 4], pyarrow.int64()),
        "score": [0.5, 1.5, None, 2.5],
        "released": pyarrow.array([datetime.date(1999, 1, day) for day in (1, 2, 3, 4)]),
    }
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), file)
    s3.put_object(Bucket="lake", Key="warehouse/hits/part-0.parquet", Body=file.getvalue())
    glue.create_database(DatabaseInput={"Name": "lake"})
    kinds = {"id": "string", "plays": "bigint", "score": "double", "released": "date"}
    glue.create_table(
        DatabaseName="lake",
        TableInput={
            "Name": "hits",
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": kind} for name, kind in kinds.items()],
                "Location": "s3://lake/warehouse/hits/",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
                },
            },
        },
    )
    for group in ("team", "other"):
        athena.create_work_group(
            Name=group, Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/"}}
        )


def the_account():
    info = call("describe_account_subscription")["AccountInfo"]
    assert (info["Edition"], info["AccountSubscriptionStatus"]) == ("ENTERPRISE", "ACCOUNT_CREATED")
    assert call("describe_account_settings")["AccountSettings"]["DefaultNamespace"] == "default"
    try:
        quicksight.list_data_sets(AwsAccountId="999999999999")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException", error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 401
    else:
        raise AssertionError("another account was let in")
    stranger = boto3.client(
        "quicksight", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong"
    )
    try:
        stranger.list_data_sets(AwsAccountId=ACCOUNT)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidSignatureException", error
    else:
        raise AssertionError("a wrong signature was let in")
    # The same paths without QuickSight's signature are S3's.
    s3.create_bucket(Bucket="accounts")
    s3.put_object(Bucket="accounts", Key=f"{ACCOUNT}/data-sets", Body=b"x")
    assert s3.get_object(Bucket="accounts", Key=f"{ACCOUNT}/data-sets")["Body"].read() == b"x"


def users_and_groups():
    assert [user["UserName"] for user in call("list_users", Namespace="default")["UserList"]] == ["admin/local"]
    refused("ResourceNotFoundException", "list_users", Namespace="team")
    refused("ResourceNotFoundException", "describe_user", Namespace="team", UserName="ann")
    for name in ("ann", "bob/with slash"):
        made = call(
            "register_user", IdentityType="QUICKSIGHT", Email=f"{name[:3]}@example.com", UserRole="READER",
            Namespace="team", UserName=name,
        )
        assert made["User"]["Arn"] == arn("user", f"team/{name}") and made["Status"] == 201
        assert call("describe_user", Namespace="team", UserName=name)["User"] == made["User"]
    refused(
        "ResourceExistsException", "register_user", IdentityType="QUICKSIGHT", Email="a@example.com",
        UserRole="READER", Namespace="team", UserName="ann",
    )
    role = call(
        "register_user", IdentityType="IAM", Email="r@example.com", UserRole="AUTHOR", Namespace="team",
        IamArn=f"arn:aws:iam::{ACCOUNT}:role/r", SessionName="ses",
    )
    assert role["User"]["UserName"] == "r/ses"
    assert [user["UserName"] for user in pages("list_users", "UserList", Namespace="team")] == [
        "ann", "bob/with slash", "r/ses"
    ]
    group = call("create_group", Namespace="team", GroupName="g", Description="d")["Group"]
    assert call("describe_group", Namespace="team", GroupName="g")["Group"] == group
    refused("ResourceExistsException", "create_group", Namespace="team", GroupName="g")
    refused("ResourceNotFoundException", "describe_group", Namespace="team", GroupName="h")
    assert pages("list_groups", "GroupList", Namespace="team") == [group]
    # The default namespace takes whom it sees.
    assert call("describe_user", Namespace="default", UserName="new@example.com")["User"]["Role"] == "AUTHOR"
    assert len(pages("list_users", "UserList", Namespace="default")) == 2


def until_over(operation, path, **arguments):
    """The states that a describe goes through."""
    states = []
    while not states or states[-1].endswith("IN_PROGRESS"):
        found = call(operation, **arguments)
        for member in path:
            found = found[member]
        states.append(found["Status"])
    return states, found


SOURCE_ACTIONS = ["quicksight:DescribeDataSource", "quicksight:DescribeDataSourcePermissions", "quicksight:PassDataSource"]


def data_sources():
    describe = {"operation": "describe_data_source", "path": ["DataSource"], "DataSourceId": "lake"}
    make = {
        "DataSourceId": "lake", "Name": "Lake", "Type": "ATHENA",
        "DataSourceParameters": {"AthenaParameters": {"WorkGroup": "team"}},
        "Permissions": [{"Principal": LEAD, "Actions": SOURCE_ACTIONS}],
        "Tags": [{"Key": "pipectl:pipeline", "Value": "p"}],
    }
    refused("ResourceNotFoundException", "describe_data_source", DataSourceId="lake")
    stranger = [{"Principal": arn("user", "team/nobody"), "Actions": SOURCE_ACTIONS}]
    message = refused("InvalidParameterValueException", "create_data_source", **{**make, "Permissions": stranger})
    assert message == "One or more principals in resource permissions list are not valid QuickSight users"
    odd = [{"Principal": LEAD, "Actions": ["quicksight:DescribeDashboard"]}]
    refused("InvalidParameterValueException", "create_data_source", **{**make, "Permissions": odd})
    role = {"AthenaParameters": {"WorkGroup": "team", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/quicksight"}}
    message = refused("AccessDeniedException", "create_data_source", **{**make, "DataSourceParameters": role})
    assert message.startswith("Failed to assume your role")
    made = call("create_data_source", **make)
    assert (made["Arn"], made["CreationStatus"], made["Status"]) == (SOURCE, "CREATION_IN_PROGRESS", 202)
    refused("ResourceExistsException", "create_data_source", **make)
    refused("ConflictException", "update_data_source", DataSourceId="lake", Name="Sea")
    states, source = until_over(**describe)
    assert states == ["CREATION_IN_PROGRESS", "CREATION_SUCCESSFUL"], states
    assert source["DataSourceParameters"] == {"AthenaParameters": {"WorkGroup": "team"}}
    assert isinstance(source["CreatedTime"], datetime.datetime)

    # An update without parameters falls back to the workgroup `primary`.
    updated = call("update_data_source", DataSourceId="lake", Name="Sea")
    assert updated["UpdateStatus"] == "UPDATE_IN_PROGRESS"
    states, source = until_over(**describe)
    assert states == ["UPDATE_IN_PROGRESS", "UPDATE_SUCCESSFUL"], states
    assert (source["Name"], source["DataSourceParameters"]) == ("Sea", {"AthenaParameters": {"WorkGroup": "primary"}})
    athena.update_work_group(WorkGroup="other", State="DISABLED")
    for group, reason in (("other", "WorkGroup other is disabled."), ("nope", "WorkGroup nope is not found.")):
        call("update_data_source", DataSourceId="lake", Name="Sea", DataSourceParameters={"AthenaParameters": {"WorkGroup": group}})
        states, source = until_over(**describe)
        assert states[-1] == "UPDATE_FAILED" and source["ErrorInfo"]["Type"] == "GENERIC_SQL_FAILURE"
        assert reason in source["ErrorInfo"]["Message"], source
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "quicksight.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="quicksight", AssumeRolePolicyDocument=json.dumps(trust))
    call("update_data_source", DataSourceId="lake", Name="Lake", DataSourceParameters=role)
    states, source = until_over(**describe)
    assert states[-1] == "UPDATE_SUCCESSFUL" and "ErrorInfo" not in source

    grant = [{"Principal": VIEWER, "Actions": ["quicksight:PassDataSource"]}]
    revoke = [{"Principal": LEAD, "Actions": SOURCE_ACTIONS[:2]}]
    call("update_data_source_permissions", DataSourceId="lake", GrantPermissions=grant, RevokePermissions=revoke)
    found = call("describe_data_source_permissions", DataSourceId="lake")
    assert found["DataSourceArn"] == SOURCE
    assert {p["Principal"]: p["Actions"] for p in found["Permissions"]} == {
        LEAD: ["quicksight:PassDataSource"], VIEWER: ["quicksight:PassDataSource"]
    }
    call("create_data_source", DataSourceId="more", Name="More", Type="ATHENA")
    assert [s["DataSourceId"] for s in pages("list_data_sources", "DataSources")] == ["lake", "more"]
    assert call("delete_data_source", DataSourceId="more")["Arn"] == arn("datasource", "more")
    refused("ResourceNotFoundException", "delete_data_source", DataSourceId="more")
    refused("InvalidNextTokenException", "list_data_sources", NextToken="?")


COLUMNS = [("id", "STRING"), ("plays", "INTEGER"), ("score", "DECIMAL"), ("released", "DATETIME")]


def hits(table="hits", columns=COLUMNS):
    listed = [{"Name": name, "Type": kind} for name, kind in columns]
    return {"hits": {"RelationalTable": {
        "DataSourceArn": SOURCE, "Catalog": "AwsDataCatalog", "Schema": "lake", "Name": table, "InputColumns": listed}}}


def custom(sql, columns):
    listed = [{"Name": name, "Type": kind} for name, kind in columns]
    return {"top": {"CustomSql": {"DataSourceArn": SOURCE, "Name": "top", "SqlQuery": sql, "Columns": listed}}}


def ingested(data_set, ingestion):
    """An ingestion at its end."""
    for _ in range(400):
        found = call("describe_ingestion", DataSetId=data_set, IngestionId=ingestion)["Ingestion"]
        if found["IngestionStatus"] not in ("INITIALIZED", "QUEUED", "RUNNING"):
            return found
        time.sleep(0.05)
    raise AssertionError("the ingestion did not end")


def data_sets():
    transforms = [
        {"CreateColumnsOperation": {"Columns": [
            {"ColumnName": "minutes", "ColumnId": "minutes", "Expression": "{plays} / 60"}]}},
        {"ProjectOperation": {"ProjectedColumns": ["id", "plays", "score", "released", "minutes"]}},
    ]
    make = {
        "DataSetId": "hits", "Name": "Hits", "PhysicalTableMap": hits(), "ImportMode": "SPICE",
        "LogicalTableMap": {"all": {"Alias": "hits", "Source": {"PhysicalTableId": "hits"}, "DataTransforms": transforms}},
        "Permissions": [{"Principal": LEAD, "Actions": ["quicksight:DescribeDataSet", "quicksight:UpdateDataSet"]}],
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    namespace = [{"Principal": arn("namespace", "default"), "Actions": ["quicksight:DescribeDataSet"]}]
    refused("InvalidParameterValueException", "create_data_set", **{**make, "Permissions": namespace})
    lost = hits()
    lost["hits"]["RelationalTable"]["DataSourceArn"] = arn("datasource", "nope")
    assert "does not exist" in refused("InvalidParameterValueException", "create_data_set", **{**make, "PhysicalTableMap": lost})
    wrong = json.loads(json.dumps(make).replace("{plays} / 60", "{nope} / 60"))
    assert "nope" in refused("InvalidParameterValueException", "create_data_set", **wrong)
    made = call("create_data_set", **make)
    assert (made["Arn"], made["Status"]) == (HITS, 201)
    assert made["IngestionArn"] == f"{HITS}/ingestion/{made['IngestionId']}"
    first = ingested("hits", made["IngestionId"])
    assert first["IngestionStatus"] == "COMPLETED", first
    assert first["RowInfo"] == {"RowsIngested": 4, "RowsDropped": 0, "TotalRowsInDataset": 4}
    assert (first["RequestSource"], first["RequestType"]) == ("MANUAL", "INITIAL_INGESTION")
    refused("ResourceExistsException", "create_data_set", **make)
    found = call("describe_data_set", DataSetId="hits")["DataSet"]
    assert found["PhysicalTableMap"] == make["PhysicalTableMap"] and found["LogicalTableMap"] == make["LogicalTableMap"]
    assert [(c["Name"], c["Type"]) for c in found["OutputColumns"]] == [*COLUMNS, ("minutes", "DECIMAL")]
    assert found["ConsumedSpiceCapacityInBytes"] > 0 and found["ImportMode"] == "SPICE"

    # One that reads directly, without a logical table: the server makes it.
    direct = call("create_data_set", DataSetId="top", Name="Top", ImportMode="DIRECT_QUERY",
        PhysicalTableMap=custom("SELECT id, max(plays) AS m FROM lake.hits GROUP BY id", [("id", "STRING"), ("m", "INTEGER")]))
    assert "IngestionId" not in direct
    found = call("describe_data_set", DataSetId="top")["DataSet"]
    assert found["LogicalTableMap"] == {"top": {"Alias": "top", "Source": {"PhysicalTableId": "top"}}}
    refused("InvalidParameterValueException", "create_ingestion", DataSetId="top", IngestionId="i")

    updated = call("update_data_set", DataSetId="hits", Name="All hits", PhysicalTableMap=hits(), ImportMode="SPICE")
    edit = ingested("hits", updated["IngestionId"])
    assert (edit["RequestType"], edit["IngestionStatus"]) == ("EDIT", "COMPLETED")
    assert len(call("describe_data_set", DataSetId="hits")["DataSet"]["OutputColumns"]) == 4
    call("update_data_set", **{k: v for k, v in make.items() if k not in ("Permissions", "Tags")})
    refused("ResourceNotFoundException", "update_data_set", DataSetId="no", Name="n", PhysicalTableMap=hits(), ImportMode="SPICE")

    grant = [{"Principal": VIEWER, "Actions": ["quicksight:DescribeDataSet", "quicksight:PassDataSet"]}]
    revoke = [{"Principal": LEAD, "Actions": ["quicksight:UpdateDataSet", "quicksight:DescribeDataSet"]}]
    call("update_data_set_permissions", DataSetId="hits", GrantPermissions=grant, RevokePermissions=revoke)
    found = call("describe_data_set_permissions", DataSetId="hits")["Permissions"]
    assert [(p["Principal"], sorted(p["Actions"])) for p in found] == [(VIEWER, grant[0]["Actions"])]
    assert [s["DataSetId"] for s in pages("list_data_sets", "DataSetSummaries")] == ["hits", "top"]


def ingestions():
    made = call("create_ingestion", DataSetId="hits", IngestionId="one")
    assert (made["IngestionStatus"], made["Status"]) == ("INITIALIZED", 201)
    done = ingested("hits", "one")
    assert (done["IngestionStatus"], done["RequestType"]) == ("COMPLETED", "FULL_REFRESH")
    refused("ResourceExistsException", "create_ingestion", DataSetId="hits", IngestionId="one")
    refused("InvalidParameterValueException", "cancel_ingestion", DataSetId="hits", IngestionId="one")
    refused("ResourceNotFoundException", "describe_ingestion", DataSetId="hits", IngestionId="nope")
    refused("ResourceNotFoundException", "create_ingestion", DataSetId="nope", IngestionId="one")
    listed = pages("list_ingestions", "Ingestions", DataSetId="hits")
    assert listed[0]["IngestionId"] == "one" and len(listed) == 4, listed

    # What the source does not have, or has otherwise, fails the ingestion.
    for name, table, kind, word in [
        ("no-table", hits("misses"), "SQL_TABLE_NOT_FOUND", "TABLE_NOT_FOUND"),
        ("no-column", hits(columns=[("nope", "STRING")]), "SQL_SCHEMA_MISMATCH_ERROR", "nope"),
        ("other-type", hits(columns=[("id", "INTEGER")]), "SQL_SCHEMA_MISMATCH_ERROR", "varchar"),
        ("division", custom("SELECT plays / 0 AS n FROM lake.hits", [("n", "INTEGER")]), "SQL_EXCEPTION", "DIVISION_BY_ZERO"),
    ]:
        made = call("create_data_set", DataSetId=name, Name=name, PhysicalTableMap=table, ImportMode="SPICE")
        failed = ingested(name, made["IngestionId"])
        assert failed["IngestionStatus"] == "FAILED", failed
        assert failed["ErrorInfo"]["Type"] == kind and word in failed["ErrorInfo"]["Message"], failed
        assert call("delete_data_set", DataSetId=name)["DataSetId"] == name
        refused("ResourceNotFoundException", "list_ingestions", DataSetId=name)

    # Custom SQL of any form, and every type of column.
    sql = """WITH top AS (SELECT * FROM lake.hits ORDER BY plays DESC LIMIT 3)
SELECT id, plays > 2 AS many, ARRAY[plays] AS list, released, CAST(released AS timestamp) AS at,
  CAST(score AS decimal(5, 2)) AS price FROM "awsdatacatalog"."lake".hits WHERE plays IN (SELECT plays FROM top)
ORDER BY plays -- the end"""
    columns = [("id", "STRING"), ("many", "BOOLEAN"), ("list", "STRING"), ("released", "DATETIME"), ("at", "DATETIME"), ("price", "DECIMAL")]
    made = call("create_data_set", DataSetId="any", Name="any", PhysicalTableMap=custom(sql, columns), ImportMode="SPICE")
    done = ingested("any", made["IngestionId"])
    assert done["IngestionStatus"] == "COMPLETED" and done["RowInfo"]["RowsIngested"] == 3, done
    call("delete_data_set", DataSetId="any")

    # An ingestion that is still under way is cancelled, or superseded by the next.
    slow = "SELECT count(*) AS n FROM UNNEST(sequence(1, 3000)) a(x), UNNEST(sequence(1, 3000)) b(y) WHERE (x * y) % 7 = 3"
    made = call("create_data_set", DataSetId="slow", Name="slow", ImportMode="SPICE",
        PhysicalTableMap=custom(slow, [("n", "INTEGER")]))
    call("create_ingestion", DataSetId="slow", IngestionId="next")
    assert ingested("slow", made["IngestionId"])["ErrorInfo"]["Type"] == "INGESTION_SUPERSEDED"
    call("cancel_ingestion", DataSetId="slow", IngestionId="next")
    assert ingested("slow", "next")["IngestionStatus"] == "CANCELLED"
    call("delete_data_set", DataSetId="slow")

    for number in range(31):
        call("create_ingestion", DataSetId="hits", IngestionId=f"more-{number}")
    assert "32 times" in refused("LimitExceededException", "create_ingestion", DataSetId="hits", IngestionId="too-many")
    assert ingested("hits", "more-30")["IngestionStatus"] == "COMPLETED"


def refresh_schedules():
    daily = {"ScheduleId": "daily", "ScheduleFrequency": {"Interval": "DAILY", "TimeOfTheDay": "05:00"}, "RefreshType": "FULL_REFRESH"}
    refused("InvalidParameterValueException", "create_refresh_schedule", DataSetId="top", Schedule=daily)
    made = call("create_refresh_schedule", DataSetId="hits", Schedule=daily)
    assert made["Arn"] == f"{HITS}/refresh-schedule/daily" and made["ScheduleId"] == "daily"
    refused("ResourceExistsException", "create_refresh_schedule", DataSetId="hits", Schedule=daily)
    found = call("describe_refresh_schedule", DataSetId="hits", ScheduleId="daily")["RefreshSchedule"]
    assert found["ScheduleFrequency"] == {"Interval": "DAILY", "TimeOfTheDay": "05:00", "Timezone": "UTC"}
    assert isinstance(found["StartAfterDateTime"], datetime.datetime)
    weekly = {**daily, "ScheduleFrequency": {"Interval": "WEEKLY", "TimeOfTheDay": "06:30"}}
    refused("InvalidParameterValueException", "update_refresh_schedule", DataSetId="hits", Schedule=weekly)
    weekly["ScheduleFrequency"]["RefreshOnDay"] = {"DayOfWeek": "MONDAY"}
    call("update_refresh_schedule", DataSetId="hits", Schedule=weekly)
    past = {**weekly, "StartAfterDateTime": datetime.datetime(2020, 1, 1)}
    refused("InvalidParameterValueException", "update_refresh_schedule", DataSetId="hits", Schedule=past)
    refused("ResourceNotFoundException", "update_refresh_schedule", DataSetId="hits", Schedule={**daily, "ScheduleId": "x"})
    listed = call("list_refresh_schedules", DataSetId="hits")["RefreshSchedules"]
    assert [s["ScheduleFrequency"]["RefreshOnDay"] for s in listed] == [{"DayOfWeek": "MONDAY"}]
    for number in range(4):
        call("create_refresh_schedule", DataSetId="hits", Schedule={**daily, "ScheduleId": f"s{number}"})
    refused("LimitExceededException", "create_refresh_schedule", DataSetId="hits", Schedule={**daily, "ScheduleId": "six"})
    call("delete_refresh_schedule", DataSetId="hits", ScheduleId="daily")
    refused("ResourceNotFoundException", "describe_refresh_schedule", DataSetId="hits", ScheduleId="daily")


def definition(column="minutes", title="Plays"):
    def field(name):
        return {"DataSetIdentifier": "hits", "ColumnName": name}

    wells = {"BarChartAggregatedFieldWells": {
        "Category": [{"CategoricalDimensionField": {"FieldId": "id", "Column": field("id")}}],
        "Values": [{"NumericalMeasureField": {"FieldId": "value", "Column": field(column)}}],
    }}
    chart = {"FieldWells": wells, "SortConfiguration": {"CategorySort": [{"FieldSort": {"FieldId": "value", "Direction": "DESC"}}]}}
    visual = {"BarChartVisual": {
        "VisualId": "plays", "Title": {"FormatText": {"PlainText": title}}, "ChartConfiguration": chart}}
    return {
        "DataSetIdentifierDeclarations": [
            {"Identifier": "hits", "DataSetArn": HITS}, {"Identifier": "top", "DataSetArn": arn("dataset", "top")}],
        "Sheets": [{"SheetId": "sheet", "Name": "Sheet", "Visuals": [visual]}],
    }


ACTIONS = ["quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"]


def dashboards():
    describe = {"operation": "describe_dashboard", "path": ["Dashboard", "Version"], "DashboardId": "overview"}
    make = {
        "DashboardId": "overview", "Name": "Overview", "Definition": definition(), "VersionDescription": "first",
        "ThemeArn": "arn:aws:quicksight::aws:theme/MIDNIGHT",
        "Permissions": [{"Principal": arn("namespace", "default"), "Actions": ACTIONS}],
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    }
    twice = definition()
    twice["Sheets"] *= 2
    assert "Duplicate sheet" in refused("InvalidParameterValueException", "create_dashboard", **{**make, "Definition": twice})
    refused("ResourceNotFoundException", "create_dashboard", **{**make, "ThemeArn": "arn:aws:quicksight::aws:theme/PINK"})
    made = call("create_dashboard", **make)
    dashboard = arn("dashboard", "overview")
    assert (made["Arn"], made["VersionArn"]) == (dashboard, f"{dashboard}/version/1")
    assert (made["CreationStatus"], made["Status"]) == ("CREATION_IN_PROGRESS", 202)
    refused("ResourceExistsException", "create_dashboard", **make)
    refused("ConflictException", "update_dashboard", DashboardId="overview", Name="O", Definition=definition())
    refused("ConflictException", "delete_dashboard", DashboardId="overview")
    states, version = until_over(**describe)
    assert states == ["CREATION_IN_PROGRESS", "CREATION_SUCCESSFUL"], states
    assert version["VersionNumber"] == 1 and version["Description"] == "first" and version["Errors"] == []
    assert version["Sheets"] == [{"SheetId": "sheet", "Name": "Sheet"}]
    assert sorted(version["DataSetArns"]) == [HITS, arn("dataset", "top")]

    # What comes back is more than what was sent, and holds it.
    answer = call("describe_dashboard_definition", DashboardId="overview")
    assert (answer["ResourceStatus"], answer["Name"]) == ("CREATION_SUCCESSFUL", "Overview")
    assert answer["DashboardPublishOptions"]["AdHocFilteringOption"] == {"AvailabilityStatus": "ENABLED"}
    given = answer["Definition"]
    assert [d["Identifier"] for d in given["DataSetIdentifierDeclarations"]] == ["top", "hits"]
    assert given["Sheets"][0]["ContentType"] == "INTERACTIVE" and given["FilterGroups"] == []
    chart = given["Sheets"][0]["Visuals"][0]["BarChartVisual"]["ChartConfiguration"]
    assert chart["SortConfiguration"]["CategoryItemsLimit"] == {"OtherCategories": "INCLUDE"}
    assert chart["SortConfiguration"]["CategorySort"] == [{"FieldSort": {"FieldId": "value", "Direction": "DESC"}}]
    assert "AnalysisDefaults" in given
    # The model's own validation takes the answer as input again.
    call("update_dashboard", DashboardId="overview", Name="Overview", Definition=given)

    # A new version waits to be published.
    states, _ = until_over(**describe, VersionNumber=2)
    assert states == ["CREATION_IN_PROGRESS", "CREATION_SUCCESSFUL"], states
    assert until_over(**describe)[1]["VersionNumber"] == 1
    assert until_over(**describe, AliasName="$LATEST")[1]["VersionNumber"] == 2
    made = call("update_dashboard", DashboardId="overview", Name="Overview", Definition=definition(title="More"))
    assert made["VersionArn"] == f"{dashboard}/version/3"
    refused("ConflictException", "update_dashboard_published_version", DashboardId="overview", VersionNumber=3)
    until_over(**describe, VersionNumber=3)
    assert call("update_dashboard_published_version", DashboardId="overview", VersionNumber=3)["DashboardArn"] == dashboard
    assert until_over(**describe)[1]["VersionNumber"] == 3
    visual = call("describe_dashboard_definition", DashboardId="overview")["Definition"]["Sheets"][0]["Visuals"][0]
    assert visual["BarChartVisual"]["Title"]["FormatText"] == {"PlainText": "More"}

    # A version over columns that are not there fails, and cannot be published.
    call("update_dashboard", DashboardId="overview", Name="Overview", Definition=definition(column="nope"))
    states, version = until_over(**describe, VersionNumber=4)
    assert states[-1] == "CREATION_FAILED", states
    assert version["Errors"] == [{
        "Type": "COLUMN_REPLACEMENT_MISSING",
        "Message": f"Required column 'nope' is missing in data set '{HITS}'",
        "ViolatedEntities": [{"Path": "sheet/sheet/visual/plays"}],
    }]
    refused("InvalidParameterValueException", "update_dashboard_published_version", DashboardId="overview", VersionNumber=4)
    refused("ResourceNotFoundException", "update_dashboard_published_version", DashboardId="overview", VersionNumber=9)
    call("update_dashboard", DashboardId="overview", Name="Overview", Definition=definition(column="id"),
        ValidationStrategy={"Mode": "LENIENT"})
    states, version = until_over(**describe, VersionNumber=5)
    assert states[-1] == "CREATION_SUCCESSFUL" and version["Errors"][0]["Type"] == "COLUMN_TYPE_MISMATCH"

    versions = pages("list_dashboard_versions", "DashboardVersionSummaryList", DashboardId="overview")
    assert [v["VersionNumber"] for v in versions] == [5, 4, 3, 2, 1]
    call("delete_dashboard", DashboardId="overview", VersionNumber=4)
    refused("ResourceNotFoundException", "describe_dashboard", DashboardId="overview", VersionNumber=4)
    refused("InvalidParameterValueException", "delete_dashboard", DashboardId="overview", VersionNumber=3)

    owner = [{"Principal": LEAD, "Actions": ["quicksight:DeleteDashboard"]}]
    revoke = [{"Principal": arn("namespace", "default"), "Actions": ACTIONS}]
    answer = call("update_dashboard_permissions", DashboardId="overview", GrantPermissions=owner, RevokePermissions=revoke)
    assert answer["Permissions"] == owner
    assert call("describe_dashboard_permissions", DashboardId="overview")["Permissions"] == owner
    call("create_dashboard", DashboardId="second", Name="Second", Definition=definition())
    listed = pages("list_dashboards", "DashboardSummaryList")
    assert [(d["DashboardId"], d["PublishedVersionNumber"]) for d in listed] == [("overview", 3), ("second", 1)]
    refused("ValidationException", "describe_dashboard", DashboardId="white space")


def tags():
    dashboard = arn("dashboard", "overview")

    def listed(resource):
        return {t["Key"]: t["Value"] for t in quicksight.list_tags_for_resource(ResourceArn=resource)["Tags"]}

    assert listed(SOURCE) == {"pipectl:pipeline": "p"} and listed(HITS) == {"a": "b"}
    quicksight.tag_resource(ResourceArn=dashboard, Tags=[{"Key": "b", "Value": "3"}, {"Key": "c d", "Value": "4"}])
    assert listed(dashboard) == {"a": "1", "b": "3", "c d": "4"}
    quicksight.untag_resource(ResourceArn=dashboard, TagKeys=["a", "c d"])
    assert listed(dashboard) == {"b": "3"}
    for resource in (arn("dashboard", "nope"), arn("theme", "x"), HITS.replace(ACCOUNT, "999999999999")):
        try:
            quicksight.list_tags_for_resource(ResourceArn=resource)
        except quicksight.exceptions.ResourceNotFoundException:
            continue
        raise AssertionError(resource)


def with_the_cli():
    command = [
        sys.executable, os.path.join(os.path.dirname(sys.executable), "aws"), "quicksight",
        "describe-dashboard-definition", "--aws-account-id", ACCOUNT, "--dashboard-id", "overview",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["DashboardId"] == "overview"


def the_end():
    call("delete_dashboard", DashboardId="overview")
    refused("ResourceNotFoundException", "describe_dashboard", DashboardId="overview")
    refused("ResourceNotFoundException", "delete_dashboard", DashboardId="overview")
    assert call("delete_data_set", DataSetId="hits")["Arn"] == HITS
    call("delete_data_source", DataSourceId="lake")
    # Data sets outlive their source.
    assert [s["DataSetId"] for s in pages("list_data_sets", "DataSetSummaries")] == ["top"]


a_table()
the_account()
users_and_groups()
data_sources()
data_sets()
ingestions()
refresh_schedules()
dashboards()
tags()
with_the_cli()
the_end()
