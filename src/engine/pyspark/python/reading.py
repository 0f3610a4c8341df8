# Reading CSV: each file binds its columns by its own header, and what is not RFC 4180 is refused.


# A field, in quotes or not.
FIELD = r'(?:"[^"]*+(?:""[^"]*+)*+"|[^",\r\n][^,\r\n]*+|)'


# One of a file in which a record is a line.
LINE_FIELD = FIELD.replace('[^"]', r'[^"\r\n]')


BLANK = r"[ \t\x0b\x0c]*+"


def read_csv(run, folder, columns, read=None):
    """The columns, as text, of all CSV files in a folder; `read` reads files of one header."""
    files = [f for f in run.storage.list(folder) if not f.rsplit("/", 1)[-1].startswith(("_", "."))]
    if not files:
        raise Refused(f"no files in {folder}")
    with ThreadPoolExecutor(16) as pool:
        headers = list(pool.map(run.storage.header, files))
    # Files with one header are one read.
    groups = {}
    for file, header in zip(files, headers):
        groups.setdefault(header, []).append(file)
    frames = []
    for header, group in groups.items():
        places = [place_in(header, name, group[0]) for name in columns]
        fields = (read or read_lines)(run.spark, group, header)
        frames.append(fields.select(*(fields[place].alias(name) for name, place in zip(columns, places))))
    return functools.reduce(DataFrame.union, frames)


def place_in(header, name, file):
    """Where `name` stands in the header."""
    names = [field.strip().lower() for field in header]
    if names.count(name) != 1:
        count = "no column" if name not in names else "more than one column"
        raise Refused(f"{file} has {count} {name}; its header has {', '.join(names) or 'nothing'}")
    return names.index(name)


def read_lines(spark, files, header):
    """CSV files in which a record is a line."""
    paths = [globbed(file) for file in files]
    lines = spark.read.text(paths, lineSep="\n")
    # Spark skips lines of control characters without a word; only white space may be skipped.
    record = rf"(?![\x00-\x20]*\z){record_of(LINE_FIELD, len(header))}"
    pattern = rf"\A(?:{record}|{BLANK})\r?\z"
    refuse_malformed(lines, pattern, "; fields with line breaks need `multiline: true`")
    # The header's own names, where Spark can tell them apart, or it warns of each file.
    distinct = len({name.lower() for name in header}) == len(header)
    names = header if distinct else [f"_{place}" for place in range(len(header))]
    return spark.read.csv(
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


def read_whole_files(spark, files, header):
    """CSV files in which quoted fields hold line breaks: each is read in one piece."""
    texts = spark.read.text([globbed(file) for file in files], wholetext=True)
    record = rf"(?:{record_of(FIELD, len(header))}|{BLANK})"
    refuse_malformed(texts, rf"\A\uFEFF?{record}(?:\r?\n{record})*+\z", "")
    text = F.concat(lit("\n"), F.regexp_replace("value", r"\A\uFEFF", ""))
    records = F.regexp_extract_all(text, lit(rf"\r?\n({record})"), 1)
    records = F.filter(records, lambda record: ~record.rlike(rf"\A{BLANK}\z"))
    records = texts.select(F.explode(F.slice(records, 2, 2**31 - 1)).alias("record"))
    fields = F.regexp_extract_all(F.concat(lit(","), "record"), lit(f",({FIELD})"), 1)
    fields = records.select(fields.alias("field"))

    def value(field):
        quoted = F.replace(F.substr(field, lit(2), F.length(field) - 2), lit('""'), lit('"'))
        return F.when(field != '""', F.when(field.startswith('"'), quoted).when(field != "", field))

    return fields.select(*(value(col("field")[place]).alias(f"_{place}") for place in range(len(header))))


def record_of(field, width):
    """A record of so many fields, as a regular expression (possessive: Java needs no stack for it)."""
    return rf"{field}(?:,{field}){{{width - 1}}}+"


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


def globbed(path):
    """`path` as a pattern that matches only itself."""
    return re.sub(r"([{}\[\]*?\\])", r"\\\1", path)
