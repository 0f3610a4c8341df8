# Reading sources: columns bind by name, file by file, and what is malformed is refused or counted.


def files_of(run, folder, packed=True):
    """The files of a source; of text as such or packed as .gz, which Spark unpacks by the name."""
    files = [f for f in run.storage.list(folder) if not f.rsplit("/", 1)[-1].startswith(("_", "."))]
    if not files:
        raise Refused(f"no files in {folder}")
    for file in files:
        if packed and file.lower().endswith(PACKED) and not file.endswith(".gz"):
            raise Refused(f"{file} is packed in a way that is not read")
    return files


PACKED = (".gz", ".gzip", ".bz2", ".zst", ".xz", ".zip", ".snappy", ".lz4")


# The name of a column that no source can have: it tells the rows that are malformed.
MALFORMED = " malformed"


def spared(rows, keep):
    """`rows` without the malformed ones, or with them as NULLs; and how many these are."""
    rows = rows.persist()
    count = rows.where(named(MALFORMED)).count()
    return (rows if keep else rows.where(~named(MALFORMED))).drop(MALFORMED), count


# A field of a CSV file, in quotes or not.
FIELD = r'(?:"[^"]*+(?:""[^"]*+)*+"|[^",\r\n][^,\r\n]*+|)'


# One of a file in which a record is a line.
LINE_FIELD = FIELD.replace('[^"]', r'[^"\r\n]')


BLANK = r"[ \t\x0b\x0c]*+"


def read_csv(run, folder, columns, read=None):
    """The columns, as text, of all CSV files in a folder; `read` reads files of one header."""
    files = files_of(run, folder)
    with ThreadPoolExecutor(16) as pool:
        headers = list(pool.map(run.storage.header, files))
    # Files with one header are one read.
    groups = {}
    for file, header in zip(files, headers):
        groups.setdefault(header, []).append(file)
    frames = []
    for header, group in groups.items():
        places = [place_in(header, name, group[0]) for name in columns]
        fields = (read or read_lines)(run, group, header)
        marks = [named(MALFORMED)] if MALFORMED in fields.columns else []
        chosen = (fields[place].alias(name) for name, place in zip(columns, places))
        frames.append(fields.select(*chosen, *marks))
    return functools.reduce(DataFrame.union, frames)


def place_in(header, name, file):
    """Where `name` stands in the header."""
    names = [field.strip().lower() for field in header]
    if names.count(name) != 1:
        count = "no column" if name not in names else "more than one column"
        raise Refused(f"{file} has {count} {name}; its header has {', '.join(names) or 'nothing'}")
    return names.index(name)


def read_lines(run, files, header):
    """CSV files in which a record is a line."""
    paths = [globbed(file) for file in files]
    lines = run.spark.read.text(paths, lineSep="\n")
    # Spark skips lines of control characters without a word; only white space may be skipped.
    record = rf"(?![\x00-\x20]*\z){record_of(LINE_FIELD, len(header))}"
    pattern = rf"\A(?:{record}|{BLANK})\r?\z"
    refuse_malformed(lines, pattern, "; fields with line breaks need `multiline: true`")
    # The header's own names, where Spark can tell them apart, or it warns of each file.
    distinct = len({name.lower() for name in header}) == len(header)
    names = header if distinct else [f"_{place}" for place in range(len(header))]
    return run.spark.read.csv(
        paths,
        schema=StructType([StructField(name, StringType()) for name in names]),
        header=True,
        mode="FAILFAST",
        quote='"',
        escape='"',
        encoding="UTF-8",
        ignoreLeadingWhiteSpace=False,
        ignoreTrailingWhiteSpace=False,
    )


def read_whole_files(run, files, header):
    """CSV files in which quoted fields hold line breaks: each is read in one piece."""
    texts = run.spark.read.text([globbed(file) for file in files], wholetext=True)
    refuse_malformed(texts, whole_file_of(record_of(FIELD, len(header))), "")
    return fields_of(records_in(texts, record_of(FIELD, len(header))), len(header))


def mark_whole_files(run, files, header):
    """The same, but records of another width are marked as malformed."""
    texts = run.spark.read.text([globbed(file) for file in files], wholetext=True)
    refuse_malformed(texts, whole_file_of(rf"{FIELD}(?:,{FIELD})*+"), "")
    records = records_in(texts, rf"{FIELD}(?:,{FIELD})*+")
    is_sound = col("record").rlike(rf"\A{record_of(FIELD, len(header))}\z")
    return fields_of(records.withColumn(MALFORMED, ~is_sound), len(header))


def mark_lines(run, files, header):
    """CSV files in which a record is a line; a line that is no record of the header's width is marked."""
    lines = run.spark.read.text([globbed(file) for file in files], lineSep="\n")
    value = col("value").cast("binary")
    is_utf8 = F.encode(F.decode(value, "UTF-8"), "UTF-8") == value
    is_record = F.regexp_replace("value", r"\r\z", "").rlike(rf"\A{record_of(LINE_FIELD, len(header))}\z")
    record = F.regexp_replace("value", r"\r\z", "").alias("record")
    lines = lines.select(record, (~is_record | ~is_utf8).alias(MALFORMED), "_metadata.file_path")
    lines = lines.where(~col("record").rlike(rf"\A{BLANK}\z"))
    # The header is the first line of each file; whichever of several alike is taken for it is the same.
    first = list({run.storage.first_line(file) for file in files})
    alike = lines.where(col("record").isin(first))
    number = F.row_number().over(Window.partitionBy("file_path").orderBy("record"))
    alike = alike.withColumn("number", number).persist()
    if alike.where((col("number") == 1) & ~named(MALFORMED)).count() != len(files):
        raise Refused(f"the header of one of {', '.join(files)} is malformed")
    again = alike.where(col("number") > 1).drop("number")
    return fields_of(lines.where(~col("record").isin(first)).union(again), len(header))


def records_in(texts, record):
    """The records behind the header in whole files."""
    record = rf"(?:{record}|{BLANK})"
    text = F.concat(lit("\n"), F.regexp_replace("value", r"\A\uFEFF", ""))
    records = F.regexp_extract_all(text, lit(rf"\r?\n({record})"), 1)
    records = F.filter(records, lambda record: ~record.rlike(rf"\A{BLANK}\z"))
    return texts.select(F.explode(F.slice(records, 2, 2**31 - 1)).alias("record"))


def fields_of(records, width):
    """The values of records; NULLs where a record is malformed."""
    fields = F.regexp_extract_all(F.concat(lit(","), "record"), lit(f",({FIELD})"), 1)
    marks = [named(MALFORMED)] if MALFORMED in records.columns else []
    fields = F.when(~marks[0], fields) if marks else fields
    rows = records.select(fields.alias("field"), *marks)

    def value(field):
        quoted = F.replace(F.substr(field, lit(2), F.length(field) - 2), lit('""'), lit('"'))
        return F.when(field != '""', F.when(field.startswith('"'), quoted).when(field != "", field))

    return rows.select(*(value(col("field")[place]).alias(f"_{place}") for place in range(width)), *marks)


def record_of(field, width):
    """A record of so many fields, as a regular expression (possessive: Java needs no stack for it)."""
    return rf"{field}(?:,{field}){{{width - 1}}}+"


def whole_file_of(record):
    """A file of such records and blank lines, as a regular expression."""
    record = rf"(?:{record}|{BLANK})"
    return rf"\A\uFEFF?{record}(?:\r?\n{record})*+\r?\z"


def refuse_malformed(texts, pattern, hint):
    """Fails on the first text that is not CSV or not UTF-8 (Spark would read on, with other values)."""
    value = col("value").cast("binary")
    is_utf8 = F.encode(F.decode(value, "UTF-8"), "UTF-8") == value
    is_csv = col("value").rlike(pattern)
    bad = texts.where(~is_csv | ~is_utf8)
    bad = bad.select("_metadata.file_path", F.substring("value", 1, 200), is_csv).head()
    if bad:
        file, record, well_formed = bad
        reason = f"has not the header's number of fields, or a quote is left open{hint}"
        reason = "is not UTF-8" if well_formed else reason
        raise Refused(f"{file}: the record `{record}` {reason}")


def read_json(run, folder, columns):
    """The columns, as text, of all files of JSON lines in a folder; a line that is no object is refused."""
    lines = json_lines(run, folder, columns)
    bad = lines.where(col("row.fault").isNotNull()).head()
    if bad:
        raise Refused(f"{bad['file_path']}: the line `{bad['line']}` {bad['row']['fault']}")
    return lines.select(*json_columns(columns))


def mark_json(run, folder, columns):
    """The same, but a line that is no object is marked as malformed."""
    lines = json_lines(run, folder, columns)
    return lines.select(*json_columns(columns), col("row.fault").isNotNull().alias(MALFORMED))


def json_columns(columns):
    """The texts of columns in what `json_lines` read."""
    return [col("row.texts")[place].alias(name) for place, name in enumerate(columns)]


def json_lines(run, folder, columns):
    """The lines of all files of JSON lines in a folder; some line must have each column."""
    lines = run.spark.read.text([globbed(file) for file in files_of(run, folder)], lineSep="\n")
    kind = "struct<fault:string,present:array<boolean>,texts:array<string>>"
    read = F.udf(lambda line: json_texts(bytes(line), columns), kind)(col("value").cast("binary"))
    lines = lines.select("_metadata.file_path", F.substring("value", 1, 200).alias("line"), read.alias("row"))
    # Kept, because the lines are looked at for what is wrong with them, and read after that.
    lines = lines.where(col("row").isNotNull()).persist()
    present = [F.bool_or(col("row.present")[place]) for place in range(len(columns))]
    for name, found in zip(columns, lines.agg(*present).head()):
        if found is False:
            raise Refused(f"no line of {folder} has {name}")
    return lines


def json_texts(line, columns):
    """What is wrong with a line, which columns it has, and their texts; None for a blank line."""
    try:
        text = line.decode("utf-8").removeprefix("\ufeff")
        if not text.strip(" \t\n\x0b\x0c\r"):
            return None
        row = json.loads(
            text,
            object_pairs_hook=distinct,
            parse_float=Number,
            parse_int=Number,
            parse_constant=Number.refused,
        )
        if not isinstance(row, dict):
            raise ValueError("no object")
        if "\\u" in text:
            json.dumps(row, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
        if text.count("[") + text.count("{") > 100 and depth(row) > 101:
            raise ValueError("too deep")
    except UnicodeDecodeError:
        return ("is not UTF-8", None, None)
    except (RecursionError, ValueError):
        return ("is not a JSON object with distinct names", None, None)
    found = {}
    for name, value in row.items():
        if name.lower() in found and name.lower() in columns:
            return (f"has `{name.lower()}` twice", None, None)
        found[name.lower()] = value
    return (None, [name in found for name in columns], [json_text(found.get(name)) for name in columns])


class Number(str):
    """A number as it was written."""

    @staticmethod
    def refused(word):
        """NaN and Infinity are no JSON."""
        raise ValueError(word)


def distinct(pairs):
    """An object, whose names must be distinct."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def depth(value):
    """How many values stand in each other."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inside), default=0)


def json_text(value):
    """A value as text: a list or an object as JSON without white space."""
    return None if value is None else str(value) if isinstance(value, str) else written(value)


def written(value):
    """A value as JSON; numbers as they were written."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{written(str(name))}:{written(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def read_parquet(run, folder, columns):
    """The columns, of the wanted types, of all Parquet files in a folder."""
    files = files_of(run, folder, packed=False)
    with ThreadPoolExecutor(16) as pool:
        schemas = list(pool.map(lambda file: parquet_schema(run, file), files))
    # Files with one schema are one read.
    groups = {}
    for file, schema in zip(files, schemas):
        groups.setdefault(schema.json(), (schema, []))[1].append(file)
    frames = []
    for schema, group in groups.values():
        found = [(field.name, field.dataType.simpleString().lower()) for field in schema]
        chosen = [parquet_column(name, kind, found, group[0]) for name, kind in columns.items()]
        rows = run.spark.read.schema(schema).parquet(*(globbed(file) for file in group))
        frames.append(rows.select(*chosen))
    return functools.reduce(DataFrame.union, frames)


def parquet_schema(run, file):
    """The columns of a Parquet file."""
    try:
        return run.spark.read.parquet(globbed(file)).schema
    except Exception as error:
        raise Refused(f"{file} is not a Parquet file that Spark reads: {reason(error)}") from error


def parquet_column(name, kind, found, file):
    """A column of a file as `kind`; its own type must be that, or one that `kind` holds all of."""
    kinds = [(own, of) for own, of in found if own.lower() == name]
    if len(kinds) != 1:
        count = "more than one column" if kinds else "no column"
        raise Refused(f"{file} has {count} {name}; it has {', '.join(own for own, _ in found)}")
    own, of = kinds[0]
    if not widens(of, kind):
        raise Refused(f"{name} of {file} is {of}, which does not read as {kind}")
    return named(own).cast(kind).alias(name)


def widens(found, wanted):
    """Whether every value of one type is one of the other."""
    found = {"tinyint": "int", "smallint": "int", "timestamp_ntz": "timestamp"}.get(found, found)
    wider = {"int": ("bigint", "double"), "bigint": ("double",), "float": ("double",), "date": ("timestamp",)}
    if found == wanted or wanted in wider.get(found, ()):
        return True
    digits, wanted_digits = decimal_digits(found), decimal_digits(wanted)
    if not digits or not wanted.startswith("decimal"):
        return False
    return all(have <= want for have, want in zip(digits, wanted_digits))


def decimal_digits(kind):
    """The most digits before and after the point of whole numbers and decimals."""
    decimal = re.fullmatch(r"decimal\(([0-9]+),([0-9]+)\)", kind)
    if decimal:
        return int(decimal[1]) - int(decimal[2]), int(decimal[2])
    return {"int": (10, 0), "bigint": (19, 0)}.get(kind)


def globbed(path):
    """`path` as a pattern that matches only itself."""
    return re.sub(r"([{}\[\]*?\\])", r"\\\1", path)
