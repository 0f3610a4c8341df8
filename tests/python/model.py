"""What botocore's own validator does not look at: patterns, enums, all lengths and ranges, members that no model has."""

import regex

# Where a request log's name of a service is not botocore's.
NAMES = {"tagging": "resourcegroupstaggingapi"}


def model_faults(shape, value, path):
    """Patterns, enums, lengths and ranges of `shape`."""
    kind = shape.type_name
    limits = shape.metadata
    if kind == "structure":
        for name, member in value.items():
            if name in shape.members:
                yield from model_faults(shape.members[name], member, f"{path}.{name}")
        return
    if kind in ("list", "map", "string"):
        yield from range_faults(len(value), limits, f"{path}: {len(value)} long")
    if kind in ("integer", "long", "float", "double"):
        yield from range_faults(value, limits, f"{path}: {value}")
    if kind == "list":
        for index, item in enumerate(value):
            yield from model_faults(shape.member, item, f"{path}[{index}]")
    if kind == "map":
        for name, item in value.items():
            yield from model_faults(shape.value, item, f"{path}[{name}]")
    if kind == "string":
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is none of {', '.join(shape.enum)}"
        # Java reads two surrogates as the one character that they stand for.
        pattern = limits.get("pattern", "").replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
        if pattern and not regex.fullmatch(pattern, value, regex.DOTALL):
            yield f"{path}: {value!r} does not match {pattern}"


def range_faults(value, limits, what):
    if "min" in limits and value < limits["min"]:
        yield f"{what}, at least {limits['min']}"
    if "max" in limits and value > limits["max"]:
        yield f"{what}, at most {limits['max']}"


def unknown(shape, value, path):
    """Members that the model does not have."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if name not in shape.members:
                yield f"{path}.{name} is not known"
            else:
                yield from unknown(shape.members[name], member, f"{path}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for name, item in value.items():
            yield from unknown(shape.value, item, f"{path}[{name}]")
