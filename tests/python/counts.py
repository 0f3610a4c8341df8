"""Asks Athena for the same answer twice, through boto3 and through awswrangler: `counts.py DATABASE WORKGROUP SQL`.

Prints {"boto3": [[...], ...], "types": [...], "awswrangler": [[...], ...]}, rows without a header.
"""

import json
import sys
import time

import awswrangler
import boto3
import pandas

database, workgroup, sql = sys.argv[1:]
athena = boto3.client("athena")
started = athena.start_query_execution(
    QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup=workgroup
)["QueryExecutionId"]
deadline = time.monotonic() + 120
while True:
    execution = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
    state = execution["Status"]["State"]
    if state in ("SUCCEEDED", "FAILED", "CANCELLED"):
        break
    if time.monotonic() > deadline:
        sys.exit(f"still {state} after 120 s")
    time.sleep(0.05)
if state != "SUCCEEDED":
    sys.exit(execution["Status"].get("StateChangeReason", state))

rows, types = [], []
for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=started):
    types = [c["Type"] for c in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
    rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]

frame = awswrangler.athena.read_sql_query(sql, database=database, workgroup=workgroup, ctas_approach=False)
values = [[None if pandas.isna(value) else str(value) for value in row] for row in frame.itertuples(index=False)]
print(json.dumps({"boto3": rows[1:], "types": types, "awswrangler": values}))
