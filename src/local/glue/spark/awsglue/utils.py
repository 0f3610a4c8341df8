"""Arguments of a job."""

import argparse


class GlueArgumentError(Exception):
    """An argument is missing or unknown."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise GlueArgumentError(message)


# Glue hands these to every script that asks.
_RESERVED = ("JOB_NAME", "JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION", "encryption_type", "enable_data_lineage")


def getResolvedOptions(args, options):
    """The values of the named arguments, by name; all of them have to be given."""
    parser = _Parser(allow_abbrev=False)
    for option in _RESERVED:
        if option not in options:
            parser.add_argument(f"--{option}")
    parser.add_argument("--job-bookmark-option", default="job-bookmark-disable")
    parser.add_argument("--TempDir")
    for option in options:
        if option in ("TempDir", "job-bookmark-option"):
            continue
        parser.add_argument(f"--{option}", required=True)
    parsed = vars(parser.parse_known_args(args[1:])[0])
    missing = [option for option in options if parsed.get(option.replace("-", "_")) is None]
    if missing:
        raise GlueArgumentError(f"the following arguments are required: --{', --'.join(missing)}")
    return {name: value for name, value in parsed.items() if value is not None}
