"""The part of Glue's Python library that runs on any Spark."""
