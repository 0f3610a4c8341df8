"""A Spark that is there to be killed: runs batches of PySpark jobs, the jobs of a batch side by side in one session.

usage: killed_spark.py    reads batches from standard input, one a line:
                          [{"script": path, "arguments": [text, ...], "after": seconds}, ...]

Prints JSON lines: {"ready": true} when Spark is there, {"job": n, "begun": true} when the n-th job of the batch begins, and
{"job": n, "ended": null or what it died of}. Ends with its input.
"""

import importlib.util
import json
import sys
import threading
import time
import traceback

from run_spark import start

PRINTING = threading.Lock()


def tell(**what):
    with PRINTING:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def load(number, job):
    """The script's `main`, with arguments of its own: `sys.argv` is one for all jobs of the process."""
    spec = importlib.util.spec_from_file_location(f"job_{number}", job["script"])
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    sys.argv = [job["script"], *job["arguments"]]
    arguments = script.parse_arguments()
    script.parse_arguments = lambda: arguments
    return script.main


def run(number, after, main):
    time.sleep(after)
    tell(job=number, begun=True)
    died_of = None
    try:
        main()
    except BaseException:
        died_of = traceback.format_exc()
    tell(job=number, ended=died_of)


def main():
    sys.dont_write_bytecode = True
    spark = start()
    tell(ready=True)
    for line in sys.stdin:
        threads = []
        for number, job in enumerate(json.loads(line)):
            threads.append(threading.Thread(target=run, args=(number, job["after"], load(number, job))))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # The next batch's files have the same names, and Spark knows what it keeps by them.
        spark.catalog.clearCache()
    spark.stop()


if __name__ == "__main__":
    main()
