"""Queries the local cloud's `lake.hits` with boto3, awswrangler and the AWS CLI, and catalogues and crawls with boto3."""

import datetime
import decimal
import json
import os
import subprocess
import sys
import time

import awswrangler
import boto3
import pandas
from botocore.exceptions import ClientError

athena, glue, s3 = boto3.client("athena"), boto3.client("glue"), boto3.client("s3")
OUTPUT = "s3://results/python/"


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        got = error.response["Error"]
        assert got["Code"] == code, got
        return got["Message"]
    raise AssertionError(f"{call.__name__} did not fail with {code}")


def query(sql):
    """Runs a query to its end; the execution."""
    started = athena.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": "lake"}, ResultConfiguration={"OutputLocation": OUTPUT}
    )
    while True:
        execution = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return execution
        time.sleep(0.05)


def rows(sql):
    execution = query(sql)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    pages = athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=execution["QueryExecutionId"], PaginationConfig={"PageSize": 2}
    )
    found = [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    return found[1:] if execution["StatementType"] == "DML" else found


def with_boto3():
    assert rows("SELECT year, count(*), sum(price) FROM hits GROUP BY year ORDER BY year") == [
        ["1999", "3", "4.50"],
        ["2000", "1", "1.50"],
    ]
    assert rows("SELECT id, x FROM hits CROSS JOIN UNNEST(xs) AS t (x) WHERE id = 1 ORDER BY x") == [
        ["1", "1"],
        ["1", "1"],
        ["1", None],
    ]
    assert rows("SHOW TABLES") == [["hits"]]
    execution = query("SELECT 1")
    assert isinstance(execution["Status"]["SubmissionDateTime"], datetime.datetime)
    assert execution["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    metadata = athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="lake", TableName="hits")
    assert metadata["TableMetadata"]["PartitionKeys"] == [{"Name": "year", "Type": "int", "Comment": "c"}]
    assert [d["Name"] for d in athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]] == ["lake"]
    refused("MetadataException", athena.get_database, CatalogName="AwsDataCatalog", DatabaseName="nope")
    message = refused("InvalidRequestException", athena.get_work_group, WorkGroup="nope")
    assert message == "WorkGroup nope is not found."


def with_awswrangler():
    frame = awswrangler.athena.read_sql_query(
        "SELECT * FROM hits ORDER BY id", database="lake", ctas_approach=False, s3_output=OUTPUT
    )
    assert list(frame.columns) == ["id", "title", "score", "price", "released", "explicit", "xs", "year"]
    assert list(frame["id"]) == [1, 2, 3, 4] and str(frame["id"].dtype) == "Int64"
    assert frame["title"][0] == 'title "1", ü' and pandas.isna(frame["title"][1])
    assert list(frame["score"]) == [0.25, 0.5, 0.75, 1.0]
    assert frame["price"][0] == decimal.Decimal("1.50")
    assert frame["released"][0] == datetime.date(1997, 5, 20)
    assert list(frame["explicit"]) == [False, True, False, True]
    types = awswrangler.catalog.table(database="lake", table="hits")
    assert list(types["Column Name"]) == [*frame.columns]
    assert awswrangler.catalog.get_table_location(database="lake", table="hits") == "s3://lake/warehouse/hits/"
    partitions = awswrangler.catalog.get_parquet_partitions(database="lake", table="hits", expression="year = 2000")
    assert partitions == {"s3://lake/warehouse/hits/year=2000/": ["2000"]}
    try:
        awswrangler.athena.read_sql_query("SELECT nope FROM hits", database="lake", ctas_approach=False, s3_output=OUTPUT)
    except awswrangler.exceptions.QueryFailed as error:
        assert "COLUMN_NOT_FOUND: line 1:8" in str(error), error
    else:
        raise AssertionError("a query over a column that is not there did not fail")


def a_table_that_awswrangler_wrote():
    frame = pandas.DataFrame({"city": ["Bonn", "Köln", None], "people": [1, 2, 3], "kind": ["a", "b", "b"]})
    awswrangler.s3.to_parquet(
        frame, path="s3://lake/cities/", dataset=True, database="lake", table="cities", partition_cols=["kind"]
    )
    found = awswrangler.athena.read_sql_query(
        "SELECT kind, sum(people) AS people FROM cities GROUP BY kind ORDER BY kind",
        database="lake",
        ctas_approach=False,
        s3_output=OUTPUT,
    )
    assert found.values.tolist() == [["a", 1], ["b", 5]], found


def a_crawl():
    glue.create_crawler(
        Name="python",
        Role="r",
        Targets={"CatalogTargets": [{"DatabaseName": "lake", "Tables": ["hits"]}]},
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
        Configuration=json.dumps(
            {"Version": 1.0, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}}
        ),
        Tags={"a": "b"},
    )
    glue.start_crawler(Name="python")
    while (crawler := glue.get_crawler(Name="python")["Crawler"])["State"] != "READY":
        time.sleep(0.05)
    assert crawler["LastCrawl"]["Status"] == "SUCCEEDED", crawler["LastCrawl"]
    assert rows("SELECT year, id FROM hits WHERE year = 2001") == [["2001", "5"]]
    tags = glue.get_tags(ResourceArn="arn:aws:glue:us-east-1:123456789012:crawler/python")
    assert tags["Tags"] == {"a": "b"}


def with_the_cli():
    def aws(*arguments):
        command = [sys.executable, os.path.join(os.path.dirname(sys.executable), "aws"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    tables = aws("glue", "get-tables", "--database-name", "lake")
    assert [table["Name"] for table in tables["TableList"]] == ["cities", "hits"]
    started = aws(
        "athena", "start-query-execution", "--query-string", "SELECT max(id) AS m FROM hits",
        "--query-execution-context", "Database=lake", "--result-configuration", f"OutputLocation={OUTPUT}",
    )
    arguments = ["athena", "get-query-execution", "--query-execution-id", started["QueryExecutionId"]]
    while (execution := aws(*arguments)["QueryExecution"])["Status"]["State"] in ("QUEUED", "RUNNING"):
        time.sleep(0.05)
    assert execution["Status"]["State"] == "SUCCEEDED", execution
    results = aws("athena", "get-query-results", "--query-execution-id", started["QueryExecutionId"])
    assert results["ResultSet"]["Rows"][1] == {"Data": [{"VarCharValue": "5"}]}


with_boto3()
with_awswrangler()
a_table_that_awswrangler_wrote()
a_crawl()
with_the_cli()
