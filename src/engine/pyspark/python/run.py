# Write, audit, publish.


class Refused(Exception):
    """The data breaks a promise of the manifest."""


class Check(NamedTuple):
    """What must hold of a table's rows; NULL passes."""

    name: str
    severity: str
    failing: Column = None  # rows for which this is true fail
    unique: list = None  # rows beyond the first of a key fail; a key with a NULL passes
    references: tuple = None  # a column, other rows, and their column that has each of its values
    rows: tuple = None  # the fewest and the most rows; None is no limit


class Conversion(NamedTuple):
    """A column's new value, and the share of its values that may become NULL."""

    column: str
    kind: str
    value: Column
    max_loss: float


LONGEST_RUN = 7 * 24 * 60 * 60  # seconds; Glue's greatest timeout of a job


class Run:
    """One run: where it reads and writes, and what it measured."""

    def __init__(self, spark, staging, warehouse, run_id):
        self.spark = spark
        self.storage = Storage(spark)
        self.staging = staging
        self.warehouse = warehouse
        self.folder = f"{warehouse}_pipectl/{run_id}/"
        self.note = f"{warehouse}_pipectl/publishing.json"
        self.run_id = run_id
        self.metrics = {"format_version": 1, "run_id": run_id, "status": "failed"}
        self.metrics.update(sources={}, tables={})
        self.sources = {}
        self.schemas = {}
        self.appended = []
        self.kept = {}
        self.duplicates = []  # of the table that is being built
        self.failures = []

    def convert(self, rows, place, metrics, conversions):
        """`rows` with columns converted; counts what became NULL."""
        # Kept, because the rows are read once for the counts and again for what follows.
        rows = rows.persist()
        counts = []
        for conversion in conversions:
            before = named(conversion.column)
            counts.append(F.count_if(before.isNotNull() & conversion.value.isNull()))
            counts.append(F.count(before))
        counts = list(rows.agg(*(count.alias(f"count_{n}") for n, count in enumerate(counts))).head())
        for conversion, lost, of in zip(conversions, counts[0::2], counts[1::2]):
            if lost > 0:
                loss = metrics["cast_losses"].setdefault(conversion.column, {"lost": 0, "of": 0})
                loss["lost"] += lost
                loss["of"] += of
            if lost > conversion.max_loss * of:
                percent = f"{100 * lost / of:.2f}".rstrip("0").rstrip(".")
                self.failures.append(
                    f"{place} {conversion.column} -> {conversion.kind} lost {lost:,} of {of:,} values "
                    f"({percent} %), more than max_cast_loss {conversion.max_loss}"
                )
        return rows.withColumns({conversion.column: conversion.value for conversion in conversions})

    def stop_if_failed(self):
        """Ends the run when something it measured broke a promise."""
        if self.failures:
            raise Refused("; ".join(self.failures))

    def begin_source(self, name, malformed=0):
        """The source's metrics; so many rows were malformed."""
        return self.metrics["sources"].setdefault(name, {"cast_losses": {}, "malformed_rows": malformed})

    def begin_table(self, name):
        """The table's metrics."""
        self.duplicates = []
        return self.metrics["tables"].setdefault(
            name, {"rows": 0, "files": 0, "bytes": 0, "cast_losses": {}, "checks": []}
        )

    def write(self, table, rows, codec, files, partition_by=(), encode=None, append=False):
        """Writes a table into the run's hidden folder, in at most so many files (per partition)."""
        self.stop_if_failed()
        if append:
            self.appended.append(table)
        if encode:
            rows = self.keep(table, rows, partition_by)
        if not partition_by:
            rows = rows.repartition(files)
        elif files == 1:
            rows = rows.repartition(*(named(name) for name in partition_by))
        else:
            salt = F.pmod(F.xxhash64(*(named(name) for name in rows.columns)), lit(files))
            rows = rows.repartition(*(named(name) for name in partition_by), salt)
        self.schemas[table] = rows.schema

        def writer_of(rows):
            writer = rows.write.mode("overwrite").option("compression", codec)
            writer = writer.option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
            return writer.partitionBy(*partition_by)

        writer = encode(table, rows, writer_of, partition_by) if encode else writer_of(rows).parquet
        writer(f"{self.folder}data/{table}")
        written = self.written(table)
        self.metrics["tables"][table].update(files=len(written), bytes=sum(written.values()))
        if self.duplicates:
            self.metrics["tables"][table].update(duplicates=self.duplicates)

    def keep(self, table, rows, partition_by):
        """The rows of a table that becomes text, kept as they are: checks and other tables read these."""
        texts = [name for name in partition_by if rows.schema[name].dataType.simpleString() == "string"]
        # An empty text and NULL are one in a path.
        rows = rows.withColumns({name: F.when(named(name) != "", named(name)) for name in texts})
        self.kept[table] = f"{self.folder}data/.rows/{table}"
        rows.write.mode("overwrite").parquet(self.kept[table])
        return self.spark.read.schema(rows.schema).parquet(self.kept[table])

    def written(self, table):
        """The files that this run wrote for a table, below its folder, with their sizes."""
        files = self.storage.list_below(f"{self.folder}data/{table}/")
        return {name: size for name, size in files.items() if name.rsplit("/", 1)[-1].startswith("part-")}

    def table(self, name):
        """A table's rows as this run wrote them."""
        schema = self.schemas[name]
        if name in self.kept:
            return self.spark.read.schema(schema).parquet(self.kept[name])
        if not self.written(name):
            return self.spark.createDataFrame([], schema)
        rows = self.spark.read.schema(schema).parquet(f"{self.folder}data/{name}")
        return rows.select(*(named(column) for column in schema.names))

    def audit(self, table, checks):
        """Counts a table's rows and those that break its checks."""
        rows = self.table(table)
        conditions = [lit(False) if check.failing is None else check.failing for check in checks]
        counts = (F.count_if(condition).alias(f"check_{n}") for n, condition in enumerate(conditions))
        total, *counts = rows.agg(F.count(lit(1)).alias("rows"), *counts).head()
        metrics = self.metrics["tables"][table]
        metrics["rows"] = total
        for check, failing in zip(checks, counts):
            if check.unique is not None:
                failing = repeated(rows, check.unique)
            if check.references is not None:
                failing = orphans(rows, *check.references)
            if check.rows is not None:
                fewest, most = check.rows
                inside = (fewest is None or total >= fewest) and (most is None or total <= most)
                failing = 0 if inside else total
            passed = failing == 0 if check.rows is None else inside
            metrics["checks"].append(
                {"check": check.name, "severity": check.severity, "passed": passed, "failing_rows": failing}
            )
            if not passed and check.severity == "error":
                count = f"{failing:,} {'row' if failing == 1 else 'rows'}"
                if check.rows is not None:
                    self.failures.append(f"check {check.name} failed: table {table} has {count}")
                else:
                    self.failures.append(f"check {check.name} failed on {count} of table {table}")
        self.stop_if_failed()

    def publish(self):
        """Puts the run's files in the place of those that were there, or beside them."""
        tables = {table: sorted(self.written(table)) for table in self.schemas}
        note = {"run_id": self.run_id, "tables": tables}
        if self.appended:
            # An earlier attempt of this run may have appended, too.
            earlier = json.loads(self.storage.read(f"{self.folder}committed.json") or "{}").get("tables", {})
            note["appended"] = {table: earlier.get(table, []) for table in self.appended}
        self.storage.write(self.note, json.dumps(note))
        self.roll_forward()

    def roll_forward(self):
        """Finishes the publishing that the note speaks of: this run's, or one that was interrupted."""
        note = self.storage.read(self.note)
        if note is None:
            return
        note = json.loads(note)
        home = f"{self.warehouse}_pipectl/{note['run_id']}/"
        data = f"{home}data/"
        for table, names in note["tables"].items():
            folder = f"{self.warehouse}{table}/"
            with ThreadPoolExecutor(16) as pool:
                moves = [(f"{data}{table}/{name}", f"{folder}{name}") for name in names]
                list(pool.map(lambda move: self.storage.move(*move), moves))
                old = note.get("appended", {}).get(table)
                old = self.storage.list_below(folder) if old is None else old
                old = sorted(set(old) - set(names))
                list(pool.map(lambda name: self.storage.delete(f"{folder}{name}"), old))
            self.storage.delete_empty_folders(folder, old)
        if "appended" in note:
            self.storage.write(f"{home}committed.json", json.dumps(note))
        self.storage.delete(self.note)
        self.storage.delete(data)

    def sweep(self):
        """Deletes what killed runs left; a younger one may be under way."""
        hidden = f"{self.warehouse}_pipectl/"
        changed = {}
        for name, status in self.storage.below(hidden):
            run_id, _, rest = name.partition("/")
            if rest.startswith("data/"):
                changed[run_id] = max(changed.get(run_id, 0), status.getModificationTime())
        for run_id, at in changed.items():
            if at < (time.time() - LONGEST_RUN) * 1000:
                self.storage.delete(f"{hidden}{run_id}/data/")

    def end(self, error=None):
        """Writes metrics.json; a run that failed before it began to publish leaves no data behind."""
        if error is None:
            self.metrics["status"] = "succeeded"
        else:
            self.metrics["error"] = error
            if self.storage.read(self.note) is None:
                self.storage.delete(f"{self.folder}data/")
        text = json.dumps(self.metrics, indent=2, ensure_ascii=False)
        self.storage.write(f"{self.folder}metrics.json", text)


def named(name):
    """The column of exactly that name."""
    return col("`" + name.replace("`", "``") + "`")


def repeated(rows, key):
    """How many rows have a key that an earlier row has; keys with a NULL are no keys."""
    keys = rows.select(*(named(name) for name in key))
    for name in key:
        keys = keys.where(named(name).isNotNull())
    return keys.count() - keys.distinct().count()


def orphans(rows, column, others, key):
    """How many rows have a value in `column` that no row of `others` has in `key`; NULL passes."""
    values = rows.select(named(column).alias("value")).where(col("value").isNotNull())
    keys = others.select(named(key).alias("key"))
    return values.join(keys, col("value") == col("key"), "left_anti").count()


class Storage:
    """Files, wherever their URIs point: in S3 on Glue, in a folder elsewhere."""

    def __init__(self, spark):
        self.java = spark._jvm.java
        self.hadoop = spark._jvm.org.apache.hadoop.fs
        self.configuration = spark._jsc.hadoopConfiguration()
        self.codecs = spark._jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(self.configuration)

    def open(self, uri):
        """The file system of a URI, and the URI as its path."""
        path = self.hadoop.Path(uri)
        system = path.getFileSystem(self.configuration)
        system.setWriteChecksum(False)  # no .crc files beside local ones
        return system, system.makeQualified(path)

    def list(self, folder):
        """The URIs of the files directly in a folder, by name; a file is itself."""
        system, path = self.open(folder)
        found = system.listStatus(path) if system.exists(path) else []
        return sorted(status.getPath().toString() for status in found if status.isFile())

    def below(self, folder):
        """All files below a folder: their paths in it, with what the file system knows of them."""
        system, path = self.open(folder)
        if system.exists(path):
            found = system.listFiles(path, True)
            while found.hasNext():
                status = found.next()
                yield status.getPath().toString()[len(path.toString()) + 1 :], status

    def list_below(self, folder):
        """All files below a folder: their paths in it, with their sizes."""
        return {name: status.getLen() for name, status in self.below(folder)}

    def lines(self, uri):
        """The lines of a file, without their ends; a packed one is unpacked."""
        system, path = self.open(uri)
        stream, codec = system.open(path), self.codecs.getCodec(path)
        stream = codec.createInputStream(stream) if codec else stream
        reader = self.java.io.BufferedReader(self.java.io.InputStreamReader(stream, "UTF-8"))
        try:
            yield from iter(reader.readLine, None)
        finally:
            reader.close()

    def header(self, uri):
        """The first record of a CSV file that is not blank."""
        lines = (line.removeprefix("\ufeff") + "\n" for line in self.lines(uri))
        return next((tuple(record) for record in csv.reader(lines) if "".join(record).strip()), ())

    def first_line(self, uri):
        """The first line of a file that is not blank."""
        lines = (line.removeprefix("\ufeff") for line in self.lines(uri))
        return next((line for line in lines if line.strip()), "")

    def read(self, uri):
        """The text of a file, or None when there is none."""
        system, path = self.open(uri)
        return "\n".join(self.lines(uri)) if system.exists(path) else None

    def write(self, uri, text):
        """Writes a file so that it is there whole or not at all."""
        system, path = self.open(uri)
        _, beside = self.open(f"{uri}.tmp")
        stream = system.create(beside, True)
        stream.write(bytearray(text, "utf-8"))
        stream.close()
        system.delete(path, False)
        self.move(f"{uri}.tmp", uri)

    def move(self, source, target):
        """Moves a file, unless that was done before."""
        system, old = self.open(source)
        _, new = self.open(target)
        if not system.exists(old):
            if not system.exists(new):
                raise FileNotFoundError(f"neither {source} nor {target} is there")
            return
        if system.exists(new):
            system.delete(new, False)
        if not source.startswith("s3"):
            system.mkdirs(new.getParent())
        if not system.rename(old, new):
            raise OSError(f"cannot move {source} to {target}")

    def delete(self, uri):
        """Deletes a file, or a folder with all that is in it; nothing there is fine."""
        system, path = self.open(uri)
        system.delete(path, True)

    def delete_empty_folders(self, folder, names):
        """Deletes the folders that `names`, which are gone, left empty."""
        system, top = self.open(folder)
        for parent in sorted({name.rsplit("/", 1)[0] for name in names if "/" in name}, reverse=True):
            while parent:
                path = self.hadoop.Path(top, parent)
                if system.exists(path) and not system.listStatus(path):
                    system.delete(path, False)
                parent = parent.rpartition("/")[0]


def reason(error):
    """The one line that says why: Spark's own errors come in several wrappings."""
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is None:
        return str(error) or type(error).__name__
    while java.getCause() is not None:
        java = java.getCause()
    return str(java.getMessage() or java.toString()).splitlines()[0]
