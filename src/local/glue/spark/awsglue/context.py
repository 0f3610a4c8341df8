"""GlueContext: Spark, with Glue's ways to read and write."""

import logging

from pyspark.sql import SparkSession

from .dynamicframe import DynamicFrame

_FORMATS = {"csv": "csv", "json": "json", "parquet": "parquet", "glueparquet": "parquet", "orc": "orc"}


class GlueContext:
    """Spark under Glue's name."""

    def __init__(self, spark_context, **_):
        self._jsc = spark_context._jsc
        self.spark_session = SparkSession.builder.getOrCreate()
        self.create_dynamic_frame = _Reader(self)
        self.write_dynamic_frame = _Writer(self)

    def get_logger(self):
        """A logger, to the job's log."""
        return _Logger()

    getLogger = get_logger

    def sql(self, query):
        """A query's rows, as a DataFrame."""
        return self.spark_session.sql(query)

    def create_dynamic_frame_from_options(self, connection_type, connection_options=None, format=None, **more):
        """Rows of files in S3."""
        return self.create_dynamic_frame.from_options(connection_type, connection_options, format, **more)

    def write_dynamic_frame_from_options(self, frame, connection_type, connection_options=None, format=None, **more):
        """Writes files to S3."""
        return self.write_dynamic_frame.from_options(frame, connection_type, connection_options, format, **more)

    def __getattr__(self, name):
        raise NotImplementedError(f"GlueContext.{name} runs on Glue only")


class _Reader:
    def __init__(self, context):
        self.context = context

    def from_options(self, connection_type, connection_options=None, format=None, format_options=None, **_):
        """Rows of files in S3: csv, json, parquet, orc."""
        paths = (connection_options or {}).get("paths")
        if connection_type != "s3" or not paths or format not in _FORMATS:
            raise NotImplementedError(f"reading {format} from {connection_type} runs on Glue only")
        reader = self.context.spark_session.read.format(_FORMATS[format]).option("recursiveFileLookup", "true")
        return DynamicFrame(reader.options(**_csv(format, format_options, "withHeader", False)).load(paths), self.context)

    def from_catalog(self, database=None, table_name=None, **_):
        """Rows of a catalog table."""
        raise NotImplementedError("reading catalog tables runs on Glue only; read their files with from_options")


class _Writer:
    def __init__(self, context):
        self.context = context

    def from_options(self, frame, connection_type, connection_options=None, format=None, format_options=None, **_):
        """Writes files to S3, beside those that are there."""
        options = connection_options or {}
        if connection_type != "s3" or "path" not in options or format not in _FORMATS:
            raise NotImplementedError(f"writing {format} to {connection_type} runs on Glue only")
        writer = frame.toDF().write.format(_FORMATS[format]).mode("append").options(**_csv(format, format_options, "writeHeader", True))
        if "compression" in options:
            writer = writer.option("compression", options["compression"])
        writer.partitionBy(*options.get("partitionKeys", [])).save(options["path"])
        return frame


def _csv(format, format_options, header, default):
    """Spark's options for those of Glue's CSV."""
    if format != "csv":
        return {}
    given = format_options or {}
    return {
        "header": str(given.get(header, default) in (True, "true")).lower(),
        "sep": given.get("separator", ","),
        "quote": '"' if given.get("quoteChar", '"') == '"' else "",
        "multiLine": str(given.get("multiLine", False) in (True, "true")).lower(),
    }


class _Logger:
    """Glue's logger has no levels above error."""

    def __init__(self):
        self._log = logging.getLogger("GlueLogger")

    def info(self, message):
        """Says something."""
        self._log.info(message)

    def warn(self, message):
        """Warns."""
        self._log.warning(message)

    def error(self, message):
        """Tells of an error."""
        self._log.error(message)
