"""Judges requests of QuickSight's CreateDashboard by botocore's model of the service.

    quicksight_definition.py REQUESTS

REQUESTS is a JSON list of the operation's parameters. Prints the faults as a JSON list of texts, each with the number of
the request and the place in it.

botocore's own validator looks at types, required and unknown members, and the length of some; patterns, enums and all
lengths and ranges are looked at here, and whether what a definition refers to is in it.
"""

import json
import sys

import botocore.loaders
import botocore.model
import botocore.validate
import regex

from model import model_faults


def members(value, name):
    """All that stands under `name`, at any depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == name:
                yield item
            yield from members(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from members(item, name)


def reference_faults(definition):
    """What is referred to is there, and what has an id has it alone."""
    data_sets = {d["Identifier"] for d in definition["DataSetIdentifierDeclarations"]}
    for used in members(definition, "DataSetIdentifier"):
        if used not in data_sets:
            yield f"the data set {used!r} is not declared"
    declared = {p["Name"] for d in definition.get("ParameterDeclarations", []) for p in d.values()}
    for used in members(definition, "SourceParameterName"):
        if used not in declared:
            yield f"the parameter {used!r} is not declared"
    expressions = [f["Expression"] for f in definition.get("CalculatedFields", [])]
    for expression in expressions:
        for used in regex.findall(r"\$\{(\w+)\}", regex.sub(r"'(?:[^']|'')*'", "''", expression)):
            if used not in declared:
                yield f"the parameter {used!r} of {expression!r} is not declared"
    filters = set(members(definition, "FilterId"))
    for used in members(definition, "SourceFilterId"):
        if used not in filters:
            yield f"the filter {used!r} is not there"
    names = [(f["DataSetIdentifier"], f["Name"]) for f in definition.get("CalculatedFields", [])]
    lists = {"calculated field": names}
    for name in ("SheetId", "VisualId", "FilterId", "FilterGroupId", "FilterControlId", "ParameterControlId"):
        owners = definition.get("FilterGroups", []) if name.startswith("FilterG") else definition
        lists[name] = list(members(owners, name))
    lists["SheetId"] = [sheet["SheetId"] for sheet in definition["Sheets"]]
    for name, ids in lists.items():
        for twin in sorted({i for i in ids if ids.count(i) > 1}):
            yield f"the {name} {twin!r} is there more than once"
    for sheet in definition["Sheets"]:
        visuals = {v["VisualId"]: v for each in sheet.get("Visuals", []) for v in each.values()}
        placed = [e["ElementId"] for e in sheet["Layouts"][0]["Configuration"]["GridLayout"]["Elements"]]
        if sorted(placed) != sorted(visuals):
            yield f"the sheet {sheet['SheetId']!r} places {placed}, its visuals are {sorted(visuals)}"
        controls = [*members(sheet, "FilterControlId"), *members(sheet, "ParameterControlId")]
        layouts = sheet.get("SheetControlLayouts", [])
        placed = [e["ElementId"] for grid in members(layouts, "GridLayout") for e in grid["Elements"]]
        if sorted(placed) != sorted(controls):
            yield f"the sheet {sheet['SheetId']!r} places the controls {placed}, it has {controls}"
        for identity, visual in visuals.items():
            wells = list(members(visual["ChartConfiguration"]["FieldWells"], "FieldId"))
            if len(set(wells)) != len(wells):
                yield f"the visual {identity!r} has a field twice: {wells}"
            for used in members(visual, "FieldId"):
                if used not in wells:
                    yield f"the visual {identity!r} speaks of the field {used!r}, which is not in its wells"
    on_sheets = {s["SheetId"]: set(members(s.get("Visuals", []), "VisualId")) for s in definition["Sheets"]}
    for scopes in members(definition, "SheetVisualScopingConfigurations"):
        for scope in scopes:
            missing = set(scope.get("VisualIds", [])) - on_sheets.get(scope["SheetId"], set())
            if scope["SheetId"] not in on_sheets or missing:
                yield f"a filter is for {scope}, which is not there"


def main():
    loader = botocore.loaders.Loader()
    service = botocore.model.ServiceModel(loader.load_service_model("quicksight", "service-2"))
    shape = service.operation_model("CreateDashboard").input_shape
    faults = []
    with open(sys.argv[1], encoding="utf-8") as file:
        requests = json.load(file)
    for index, request in enumerate(requests):
        report = botocore.validate.ParamValidator().validate(request, shape)
        found = [report.generate_report()] if report.has_errors() else []
        if not found:
            found += model_faults(shape, request, "")
            found += reference_faults(request["Definition"])
        faults += [f"{index}: {fault}" for fault in found]
    json.dump(faults, sys.stdout)


main()
