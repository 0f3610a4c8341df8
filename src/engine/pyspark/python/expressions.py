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


def first_rows(rows, by, order_by):
    """The first row of each key in that order; NULL keys are equal."""
    number = "_row"
    while number in rows.columns:
        number += "_"
    order = Window.partitionBy(*by).orderBy(*order_by)
    return rows.withColumn(number, F.row_number().over(order)).where(col(number) == 1).drop(number)
