# What Spark's own operators and functions do otherwise than portable SQL.


def whole(kind, operate, *operands):
    """`operate` on whole numbers: what `kind` cannot hold is an error, where Spark would wrap around."""
    low, high = LIMITS[kind]
    names = [f"operand_{place}" for place in range(len(operands))]

    def checked(row):
        exact = operate(*(row[name].cast("decimal(19,0)") for name in names))
        overflow = F.raise_error(lit(f"a number is out of range: {kind} overflow"))
        return F.when((exact < low) | (exact > high), overflow).otherwise(exact.cast(kind))

    # One element, so that `exact` can be used three times and is computed once.
    row = F.struct(*(operand.alias(name) for name, operand in zip(names, operands)))
    return F.transform(F.array(row), checked)[0]


def quotient(left, right):
    """Whole numbers divided, cut off towards zero; by zero is NULL."""
    return (left - left % right) / right


def substr(text, start, length):
    """From 1; a start below 1 or a negative length is an empty text."""
    known = text.isNotNull() & start.isNotNull() & length.isNotNull()
    outside = (start < 1) | (length < 0)
    return F.when(known & outside, "").when(known, F.substr(text, start, length))


def contains(items, text):
    """Whether an item equals the text; NULL items equal nothing (Spark would answer NULL)."""
    known = items.isNotNull() & text.isNotNull()
    return F.when(known, F.coalesce(F.array_contains(items, text), lit(False)))


def floor(number):
    """The whole number below, as a double (Spark's own goes through bigint); never -0.0."""
    nearest = F.rint(number)
    return F.when(nearest > number, nearest - 1).otherwise(nearest) + 0.0


def ceil(number):
    """The whole number above, as a double; never -0.0."""
    return 0.0 - floor(-number)


def sqrt(number):
    """The square root; NULL for a negative number, where Spark's is NaN."""
    return F.when(number >= 0, F.sqrt(number))


def plus_days(day, number, length):
    """A date `number` times `length` days later; NULL beyond the years 0001 to 9999."""
    most = 4_000_000 // length
    return in_calendar(F.date_add(day, F.when(number.between(-most, most), number) * length), "date")


def plus_months(day, number, length):
    """A date `number` times `length` months later, at most its month's last; as `plus_days`."""
    most = 120_000 // length
    return in_calendar(F.add_months(day, F.when(number.between(-most, most), number) * length), "date")


def plus_months_at(at, number, length):
    """A timestamp as many months later as its date would be."""
    day = at.cast("date")
    time = F.unix_micros(at) - F.unix_micros(day.cast("timestamp"))
    return plus_micros(plus_months(day, number, length).cast("timestamp"), time, 1)


def plus_micros(at, number, length):
    """A timestamp `number` times `length` microseconds later; NULL beyond the years 0001 to 9999."""
    most = 4 * 10**17 // length
    later = F.when(number.between(-most, most), number).cast("bigint") * lit(length).cast("bigint")
    return in_calendar(F.timestamp_micros(F.unix_micros(at) + later), "timestamp")


def in_calendar(value, kind):
    """A date or timestamp of the years 0001 to 9999; any other is NULL."""
    last = {"date": "9999-12-31", "timestamp": "9999-12-31 23:59:59.999999"}[kind]
    return F.when(value.between(lit("0001-01-01").cast(kind), lit(last).cast(kind)), value)


def regexp_extract(text, pattern, group):
    """The first match, or a group of it; NULL when nothing matches, where Spark's would be empty."""
    return F.when(text.rlike(pattern), F.regexp_extract(text, pattern, group))


def exact_sum(number, window=None):
    """The sum of whole numbers, a bigint; out of range is an error, where Spark would wrap around."""
    low, high = LIMITS["bigint"]
    exact = over(F.sum(number.cast("decimal(19,0)")), window)
    overflow = F.raise_error(lit("a number is out of range: bigint overflow"))
    return F.when((exact < low) | (exact > high), overflow).otherwise(exact.cast("bigint"))


def exact_mean(number, window=None):
    """The exact sum of whole numbers, rounded once, by their count."""
    return over(F.sum(number.cast("decimal(19,0)")), window).cast("double") / over(F.count(number), window)


def over(value, window):
    """An aggregate over a window, where there is one."""
    return value if window is None else value.over(window)


def first_rows(run, rows, by, order_by):
    """The first row of each key in that order; NULL keys are equal. Counts the rows that go."""
    number = "_row"
    while number in rows.columns:
        number += "_"
    key = [named(name) for name in by]
    # There is no order where all columns are the key: its rows are equal.
    order = Window.partitionBy(*key).orderBy(*(order_by or key))
    rows = rows.withColumn(number, F.row_number().over(order))
    if not run.failures:
        # Kept, because the rows are read once for the counts and again for what follows. They are not counted
        # there: a join may stop before the last one.
        rows = rows.persist()
        dropped, of = rows.agg(F.count_if(col(number) > 1), F.count(lit(1))).head()
        if dropped > 0:
            run.duplicates.append({"by": by, "dropped": dropped, "of": of})
    return rows.where(col(number) == 1).drop(number)
