# Text to typed values, by the table in docs/conversions.md. What does not convert is NULL.


def trimmed(text):
    """`text` without white space at either end."""
    return F.btrim(text, lit(" \t\n\x0b\x0c\r"))


def text_to_boolean(text):
    """True, t, yes, y, 1 and false, f, no, n, 0, in any case."""
    text = trimmed(text)
    return F.when(text.rlike(BOOLEAN_TRUE), True).when(text.rlike(BOOLEAN_FALSE), False)


def text_to_integer(text, kind):
    """Digits with or without a sign, also with a point and zeros behind it. `kind` is int or bigint."""
    text = trimmed(text)
    return F.when(text.rlike(INTEGER), text.cast(kind))


def text_to_number(text, kind):
    """Digits with or without a point and an exponent; neither NaN nor infinite. `kind` is float or double."""
    text = trimmed(text)
    number = F.when(text.rlike(DOUBLE), text.cast(kind))
    return F.when(F.abs(number) < float("inf"), number)


def text_to_decimal(text, kind):
    """Digits with or without a point, rounded half away from zero. `kind` is decimal(p,s)."""
    text = trimmed(text)
    return F.when(text.rlike(DECIMAL), text.cast(kind))


def text_to_date(text):
    """yyyy-MM-dd, also with a time of day and a zone behind it: the date as written."""
    text = trimmed(text)
    return F.when(text.rlike(DATE), F.substring(text, 1, 10).cast("date"))


def text_to_date_or(text, also):
    """As `text_to_date`, and also texts of the format `also`; a missing month or day is the first."""
    pattern, iso = DATE_FORMATS[also]
    other = trimmed(text)
    other = F.when(other.rlike(pattern), F.regexp_replace(other, pattern, iso).cast("date"))
    return F.coalesce(text_to_date(text), other)


def text_to_timestamp(text):
    """yyyy-MM-dd, or with HH:mm, seconds, a fraction, a zone; no zone is UTC. Years 0001 to 9999."""
    text = trimmed(text)
    with_seconds = F.regexp_replace(text, r"\A([-0-9]{10}[ T][0-9]{2}:[0-9]{2})(?!:)", "$1:00")
    at = F.when(text.rlike(DATE), with_seconds.cast("timestamp"))
    first, last = lit("0001-01-01"), lit("9999-12-31 23:59:59.999999")
    return F.when(at.between(first.cast("timestamp"), last.cast("timestamp")), at)


def text_to_list(text, convert=lambda item: item):
    """A JSON array or a Python list of texts, numbers, truths and NULLs; each item must convert."""
    text = trimmed(text)
    items = F.regexp_extract_all(text, lit(LIST_ITEM), 0)

    def present(item):
        return ~item.isin("None", "null")

    def converted(item):
        return F.when(present(item), convert(unquoted(item)))

    lost = F.exists(items, lambda item: present(item) & converted(item).isNull())
    return F.when(text.rlike(LIST) & ~lost, F.transform(items, converted))


def unquoted(item):
    """The text that an item of a list stands for; NULL when its escapes make no text."""
    inner = F.substr(item, lit(2), F.length(item) - 2)
    return F.when(~item.rlike("\\A[\"']"), item).when(~item.contains("\\"), inner).otherwise(unescaped(inner))


def unescaped(text):
    """`text` with its escapes resolved: as code units of UTF-16, because that is what \\u writes."""

    def code_units(piece):
        control = F.translate(F.substring(piece, 2, 1), "bfnrt", "\b\f\n\r\t")
        plain = F.when(piece.startswith("\\"), control).otherwise(piece)
        return (
            F.when(piece.startswith("\\u"), F.substring(piece, 3, 4))
            .when(piece.startswith("\\x"), F.concat(lit("00"), F.substring(piece, 3, 2)))
            .otherwise(F.hex(F.encode(plain, "UTF-16BE")))
        )

    pieces = F.regexp_extract_all(text, lit(rf"{ESCAPE}|[^\\]+"), 0)
    units = F.unhex(F.array_join(F.transform(pieces, code_units), ""))
    text = F.decode(units, "UTF-16BE")
    return F.when(F.encode(text, "UTF-16BE") == units, text)


# Possessive quantifiers (`*+`), so that Java needs no stack for a long text.
SPACE = r"[ \t\n\x0b\x0c\r]*+"


LIST_ITEM = (
    rf'"[^"\\]*+(?:{ESCAPE}[^"\\]*+)*+"'
    rf"|'[^'\\]*+(?:{ESCAPE}[^'\\]*+)*+'"
    r"|[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|None|null|True|true|False|false"
)


LIST = rf"\A\[{SPACE}(?:(?:{LIST_ITEM}){SPACE}(?:,{SPACE}(?:{LIST_ITEM}){SPACE})*+(?:,{SPACE})?)?\]\z"


def number_to_integer(number, kind):
    """A whole number that `kind` can hold, from a bigint or a double."""
    low, high = LIMITS[kind]
    whole_number = (number == F.rint(number)) & (number >= low) & (number < float(high + 1))
    return F.when(whole_number, number.cast(kind))


def narrowed(number):
    """A double as float, rounded to the nearest; a finite one that is too large is NULL."""
    narrow = number.cast("float")
    return F.when((F.abs(narrow) < float("inf")) | ~(F.abs(number) < float("inf")), narrow)


def bigint_to_int(number):
    """A bigint as int, where it fits."""
    low, high = LIMITS["int"]
    return F.when((number >= low) & (number <= high), number.cast("int"))


def decimal_to_integer(number, kind):
    """A decimal without a fraction, where `kind` can hold it."""
    low, high = LIMITS[kind]
    digits = number.cast("decimal(38,0)")
    return F.when((digits == number) & (digits >= low) & (digits <= high), digits.cast(kind))


LIMITS = {"int": (-(2**31), 2**31 - 1), "bigint": (-(2**63), 2**63 - 1)}


def text_to_nested(text, spec):
    """A JSON or Python literal; `spec`: a dict of fields, a list of one kind of item, or a conversion."""
    shape = shape_of(spec)
    read = F.udf(lambda text: nested_texts(text, shape), kind_of(spec))
    return converted_as(read(trimmed(text)), spec)


def as_it_is(text):
    """The text."""
    return text


def shape_of(spec):
    """`spec` without its conversions: dicts and lists of None."""
    if isinstance(spec, dict):
        return {name: shape_of(field) for name, field in spec.items()}
    return [shape_of(spec[0])] if isinstance(spec, list) else None


def kind_of(spec):
    """The type of `spec` before its texts are converted."""
    if isinstance(spec, dict):
        return "struct<" + ",".join(f"`{name}`:{kind_of(field)}" for name, field in spec.items()) + ">"
    return f"array<{kind_of(spec[0])}>" if isinstance(spec, list) else "string"


def converted_as(value, spec):
    """A nested value with its texts converted; NULL as a whole when one of them does not convert."""
    if isinstance(spec, dict):
        fields = {name: (value[name], converted_as(value[name], field)) for name, field in spec.items()}
        lost = [text.isNotNull() & converted.isNull() for text, converted in fields.values()]
        fields = F.struct(*(converted.alias(name) for name, (_, converted) in fields.items()))
        return F.when(value.isNotNull() & ~functools.reduce(Column.__or__, lost), fields)
    if isinstance(spec, list):
        lost = F.exists(value, lambda item: item.isNotNull() & converted_as(item, spec[0]).isNull())
        return F.when(~lost, F.transform(value, lambda item: converted_as(item, spec[0])))
    return spec(value)


def nested_texts(text, shape):
    """What a literal holds in the wanted shape, as texts; None when it is malformed or has another shape."""
    try:
        literal = Literal(text)
        value = literal.value()
        return shaped(value, shape) if literal.at_end() else None
    except (AttributeError, TypeError, ValueError):
        return None


def shaped(value, shape):
    """A literal's value in the wanted shape: names match in any case, one that is missing is None."""
    if value is None:
        return None
    if isinstance(shape, dict):
        fields = [(name.lower(), field) for name, field in value.items()]
        if any(sum(name == wanted for name, _ in fields) > 1 for wanted in shape):
            raise ValueError("a field stands twice")
        fields = dict(fields)
        return tuple(shaped(fields.get(name), field) for name, field in shape.items())
    if isinstance(shape, list) != isinstance(value, list) or isinstance(value, dict):
        raise ValueError("another shape")
    return [shaped(item, shape[0]) for item in value] if isinstance(shape, list) else value


class Literal:
    """Reads JSON and Python literals: dicts, lists, None, texts; a number or truth is a text as written."""

    DEEPEST = 100

    def __init__(self, text):
        tokens = rf"{SPACE}(?:({LIST_ITEM})|([\[\]{{}}:,]))|{SPACE}(.|\Z)"
        self.tokens = re.finditer(tokens, text, re.ASCII | re.DOTALL)
        self.step()

    def step(self):
        """Goes on to the next token; returns the one before."""
        before = getattr(self, "token", None)
        match = next(self.tokens, None)
        self.token = (match[1], match[2]) if match else (None, None)
        return before

    def takes(self, sign):
        """Whether that sign comes next; then it is behind us."""
        return self.token[1] == sign and bool(self.step())

    def at_end(self):
        """Whether nothing follows."""
        return self.token == (None, None) and next(self.tokens, None) is None

    def value(self, depth=0):
        """The value that comes next."""
        if depth > self.DEEPEST:
            raise ValueError("too deep")
        if self.takes("["):
            return list(self.items("]", lambda: self.value(depth + 1)))
        if self.takes("{"):
            entries = list(self.items("}", lambda: (self.text(), self.value_of(depth + 1))))
            if len(dict(entries)) < len(entries):
                raise ValueError("a name stands twice")
            return dict(entries)
        if self.token[0] in ("None", "null"):
            return self.step() and None
        return self.text(quoted=False)

    def items(self, end, read):
        """What stands between commas; one may follow the last."""
        while not self.takes(end):
            yield read()
            if not self.takes(",") and self.token[1] != end:
                raise ValueError("no comma")

    def value_of(self, depth):
        """A value behind a colon."""
        if not self.takes(":"):
            raise ValueError("no colon")
        return self.value(depth)

    def text(self, quoted=True):
        """A text without its quotes, or a number or truth as written."""
        item = self.step()[0]
        if item is None or quoted and item[0] not in "\"'":
            raise ValueError("no text")
        if item[0] not in "\"'":
            return item
        units = re.sub(ESCAPE, self.unescaped, item[1:-1])
        return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")

    @staticmethod
    def unescaped(escape):
        """What an escape stands for: a code unit of UTF-16."""
        sign, digits = escape[0][1], escape[0][2:]
        control = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
        return chr(int(digits, 16)) if digits else control.get(sign, sign)
