"""Works on the workflow of a pipeline as somebody in the console would: `workflow.py BASE run|stop`. `run` starts it and
prints how it ended."""

import json
import sys
import time

import boto3

base, what = sys.argv[1:]
glue = boto3.client("glue")


def run():
    identifier = glue.start_workflow_run(Name=base)["RunId"]
    for _ in range(600):
        run = glue.get_workflow_run(Name=base, RunId=identifier, IncludeGraph=True)["Run"]
        if run["Status"] not in ("RUNNING", "STOPPING"):
            break
        time.sleep(0.1)
    job = glue.get_job_runs(JobName=base)["JobRuns"][0]
    return {
        "status": run["Status"],
        "succeeded": run["Statistics"]["SucceededActions"],
        "nodes": sorted(node["UniqueId"] for node in run["Graph"]["Nodes"]),
        "job_run": job["Id"],
        "error": job.get("ErrorMessage"),
    }


def stop():
    glue.stop_trigger(Name=f"{base}-schedule")
    for _ in range(100):
        state = glue.get_trigger(Name=f"{base}-schedule")["Trigger"]["State"]
        if state == "DEACTIVATED":
            return {"state": state}
        time.sleep(0.02)


print(json.dumps({"run": run, "stop": stop}[what]()))
