"""Makes every call of request logs again through boto3, against a local cloud that starts empty: replay.py LOG...

Whether a call succeeds the second time is not judged (ids differ, bodies are not in the log); whether its answer can be read
is: an answer that botocore's parser does not take, or that breaks the model's types, is a fault. Prints a JSON object with
`faults`, and with `answered` and `refused`, the operations that were seen to succeed and to fail.
"""

import datetime
import json
import sys

import boto3
import botocore.exceptions
from botocore.config import Config

from model import NAMES

TYPES = {
    "structure": dict, "list": list, "map": dict, "string": str, "integer": int, "long": int, "boolean": bool,
    "double": (int, float), "float": (int, float), "timestamp": (datetime.datetime, str),
}  # fmt: skip
config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, parameter_validation=False)
clients = {}


def client(service):
    if service not in clients:
        clients[service] = boto3.client(NAMES.get(service, service), config=config)
    return clients[service]


def type_faults(shape, value, path):
    """Where an answer is not of the types that the model gives."""
    expected = TYPES.get(shape.type_name)
    # A policy document is a string in the model, and boto3 hands it out read.
    if expected and not isinstance(value, expected) and not (shape.type_name == "string" and isinstance(value, dict)):
        yield f"{path} is a {type(value).__name__}, not a {shape.type_name}"
    elif shape.type_name == "structure":
        for name, member in value.items():
            if name in shape.members and not hasattr(member, "read"):
                yield from type_faults(shape.members[name], member, f"{path}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from type_faults(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from type_faults(shape.value, item, f"{path}[{key}]")


def main():
    faults, answered, refused = set(), set(), set()
    for log in sys.argv[1:]:
        with open(log, encoding="utf-8") as lines:
            calls = [json.loads(line) for line in lines]
        for call in calls:
            service, operation = call["service"], call["operation"]
            name, model = f"{service}.{operation}", client(service).meta.service_model.operation_model(operation)
            given = {k: v for k, v in (call["input"] or {}).items() if k not in ("ContentLength", "IfMatch")}
            given = {k: v for k, v in given.items() if not k.startswith("Checksum")}
            method = next(m for m, o in client(service).meta.method_to_api_mapping.items() if o == operation)
            try:
                answer = getattr(client(service), method)(**given)
            except botocore.exceptions.ClientError as error:
                refused.add(name)
                if not error.response["Error"].get("Code") or not error.response["Error"].get("Message"):
                    # HEAD has no body, and botocore makes up a message for it.
                    faults.add(f"{name}: a refusal without code or message: {error.response}")
                continue
            except Exception as error:  # noqa: BLE001 - whatever the parser says is the fault
                faults.add(f"{name}: {type(error).__name__}: {error}")
                continue
            answered.add(name)
            if model.output_shape is not None:
                answer.pop("ResponseMetadata", None)
                faults.update(f"{name}: {fault}" for fault in type_faults(model.output_shape, answer, ""))
    print(json.dumps({"faults": sorted(faults)[:20], "answered": sorted(answered), "refused": sorted(refused - answered)}))


main()
