# The job.


SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",  # what does not convert is NULL
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.csv.parser.columnPruning.enabled": "false",  # or FAILFAST lets ragged rows pass
    "spark.sql.files.maxRecordsPerFile": "0",
    "spark.sql.legacy.parquet.nanosAsLong": "true",  # or a file with nanoseconds is not read at all
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.writeLegacyFormat": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
}


def start_spark():
    """Spark, set to mean what the pipeline means."""
    spark = SparkSession.builder.getOrCreate()
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    return spark


def parse_arguments():
    """The job's arguments. Glue passes others besides, such as --JOB_NAME."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--pipectl_staging", required=True, help="sources are in <staging><source>/")
    parser.add_argument("--pipectl_warehouse", required=True, help="tables are in <warehouse><table>/")
    parser.add_argument("--pipectl_run_id", help="names this run's hidden folder; by default Glue's id")
    parser.add_argument("--pipectl_tables", default=",".join(TABLES), help="with all they are made of")
    parser.add_argument("--JOB_RUN_ID", help=argparse.SUPPRESS)  # set by Glue
    arguments = parser.parse_known_args()[0]
    # A run that a schedule or a person starts in Glue has no id of ours.
    arguments.pipectl_run_id = arguments.pipectl_run_id or arguments.JOB_RUN_ID or f"run-{uuid.uuid4()}"
    return arguments


def main():
    """Reads, builds, audits; publishes when all of that went well."""
    arguments = parse_arguments()
    staging = arguments.pipectl_staging.rstrip("/") + "/"
    warehouse = arguments.pipectl_warehouse.rstrip("/") + "/"
    tables = arguments.pipectl_tables.split(",")
    sources = {source for table in tables for source in READS[table]}
    run = Run(start_spark(), staging, warehouse, arguments.pipectl_run_id)
    try:
        run.roll_forward()
        run.sweep()
        run.storage.delete(f"{run.folder}data/")
        for name, read in SOURCES.items():
            if name in sources:
                read(run)
        run.stop_if_failed()
        for name, build in TABLES.items():
            if name in tables:
                build(run)
        run.publish()
    except Refused as refused:
        run.end(str(refused))
        raise SystemExit(str(refused)) from refused
    except BaseException as error:
        run.end(reason(error))
        raise
    run.end()


if __name__ == "__main__":
    main()
