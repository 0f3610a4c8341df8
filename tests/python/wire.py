"""Judges requests by botocore's models of the services.

    wire.py LOG...

LOG is a request log: one JSON line a call, with service, operation and input. Prints the faults as a JSON list of texts. The
members' names, types, lengths, ranges, patterns and enums are looked at, and what is required.
"""

import json
import sys

import botocore.loaders
import botocore.model
import botocore.validate

from model import NAMES, model_faults, unknown

loader = botocore.loaders.Loader()
models = {}


def model(service):
    if service not in models:
        name = NAMES.get(service, service)
        models[service] = botocore.model.ServiceModel(loader.load_service_model(name, "service-2"), name)
    return models[service]


def faults(call):
    service, operation, value = call["service"], call["operation"], call.get("input") or {}
    path = f"{service}.{operation}"
    if operation not in model(service).operation_names:
        yield f"{path} is no operation"
        return
    shape = model(service).operation_model(operation).input_shape
    if shape is None:
        return
    yield from unknown(shape, value, path)
    report = botocore.validate.ParamValidator().validate(value, shape)
    if report.has_errors():
        yield from (f"{path}: {line}" for line in report.generate_report().splitlines())
    else:
        yield from model_faults(shape, value, path)


def main():
    found, seen = [], set()
    for log in sys.argv[1:]:
        with open(log, encoding="utf-8") as lines:
            for line in lines:
                call = json.loads(line)
                seen.add(f"{call['service']}.{call['operation']}")
                found.extend(faults(call))
    print(json.dumps({"faults": sorted(set(found))[:20], "operations": sorted(seen)}))


if __name__ == "__main__":
    main()
