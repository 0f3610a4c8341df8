//! The functions of portable SQL: one table that typing reads and [`super::portable_sql`] is written from.
//!
//! What each means is said once, at [`Function`]; a function is here only when both engines can be held to that meaning.

use super::aggregates;
use super::expr::Function;
use super::types::DataType;
use crate::error::nearest;

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// A string.
    String,
    /// An int.
    Int,
    /// A whole number written out, in this closed range.
    Literal(i64, i64),
    /// A double, or what widens to one.
    Double,
    /// An int, bigint or double; a float widens.
    Number,
    /// A date or a timestamp.
    Instant,
    /// An array of anything.
    Array,
    /// An array of strings.
    Strings,
    /// Anything; all such arguments widen to one type.
    Same,
    /// The same, but neither an array nor a struct.
    SameScalar,
    /// A regular expression written out, which may match the empty text or must not.
    Pattern {
        /// Whether it may.
        empty: bool,
    },
    /// A replacement for the pattern before it, written out.
    Replacement,
    /// A group of the pattern before it, written out.
    Group,
    /// A text written out that is not empty.
    Delimiter,
    /// A unit of the calendar, written out: all of [`super::expr::UNITS`], those of a date alone before a date.
    Unit,
    /// A unit of the calendar that always has as many seconds, written out.
    FixedUnit,
    /// A timestamp, or a date, which widens to one.
    Timestamp,
}

impl Param {
    /// As shown in a signature.
    pub fn shown(self) -> &'static str {
        match self {
            Param::String => "string",
            Param::Int => "int",
            Param::Literal(..) => "int literal",
            Param::Double => "double",
            Param::Number => "number",
            Param::Instant => "date|timestamp",
            Param::Array => "array<T>",
            Param::Strings => "array<string>",
            Param::Same | Param::SameScalar => "T",
            Param::Pattern { .. } => "pattern literal",
            Param::Replacement => "string literal",
            Param::Group => "int literal",
            Param::Delimiter => "string literal",
            Param::Unit | Param::FixedUnit => "unit literal",
            Param::Timestamp => "timestamp",
        }
    }
}

/// What a call's type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Always string.
    String,
    /// Always int.
    Int,
    /// Always double.
    Double,
    /// Always boolean.
    Boolean,
    /// The first argument's type, or what all arguments widen to.
    Argument,
    /// The element type of the first argument.
    Element,
    /// Always `array<string>`.
    Strings,
    /// Always bigint.
    Bigint,
    /// The last argument's type.
    Last,
}

impl Returns {
    /// As shown in a signature.
    fn shown(self, params: &[Param]) -> &'static str {
        match self {
            Returns::String => "string",
            Returns::Int => "int",
            Returns::Double => "double",
            Returns::Boolean => "boolean",
            Returns::Argument => params.first().map_or("T", |p| p.shown()),
            Returns::Element => "T",
            Returns::Strings => "array<string>",
            Returns::Bigint => "bigint",
            Returns::Last => params.last().map_or("T", |p| p.shown()),
        }
    }

    /// The type of a call whose first and last arguments have these types.
    pub fn data_type(self, first: &DataType, last: &DataType) -> DataType {
        match (self, first) {
            (Returns::Last, _) => last.clone(),
            (Returns::Bigint, _) => DataType::Bigint,
            (Returns::String, _) => DataType::String,
            (Returns::Int, _) => DataType::Int,
            (Returns::Double, _) => DataType::Double,
            (Returns::Boolean, _) => DataType::Boolean,
            (Returns::Strings, _) => DataType::Array(Box::new(DataType::String)),
            (Returns::Element, DataType::Array(element)) => (**element).clone(),
            (Returns::Argument | Returns::Element, _) => first.clone(),
        }
    }
}

/// A function: how it is called and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// What the engines lower.
    pub function: Function,
    /// As written, lower case.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// How many of them, from the end, may be left out.
    pub optional: usize,
    /// The last one may stand any number of times.
    pub repeats: bool,
    /// The type of the result.
    pub returns: Returns,
    /// What it means, beside "NULL in gives NULL out".
    pub doc: &'static str,
}

impl Definition {
    /// The fewest and, unless it repeats, the most arguments.
    pub fn arity(&self) -> (usize, Option<usize>) {
        (self.params.len() - self.optional, (!self.repeats).then_some(self.params.len()))
    }

    /// What argument `index` (from 0) must be.
    pub fn param(&self, index: usize) -> Param {
        self.params[index.min(self.params.len() - 1)]
    }

    /// `substr(string, int[, int]) -> string`
    pub fn signature(&self) -> String {
        let required = self.params.len() - self.optional;
        let mut text = format!("{}(", self.name);
        for (i, param) in self.params.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let bracket = if i >= required { "[" } else { "" };
            text.push_str(&format!("{bracket}{comma}{}", param.shown()));
        }
        text.push_str(if self.repeats { ", ..." } else { "" });
        text.push_str(&"]".repeat(self.optional));
        format!("{text}) -> {}", self.returns.shown(self.params))
    }
}

/// Shorthand for a row of the table.
const fn row(
    function: Function,
    name: &'static str,
    params: &'static [Param],
    returns: Returns,
    doc: &'static str,
) -> Definition {
    Definition { function, name, params, optional: 0, repeats: false, returns, doc }
}

/// The table, in the order of the page.
pub const FUNCTIONS: [Definition; 46] = [
    row(Function::Year, "year", &[Param::Instant], Returns::Int, "The year, proleptic Gregorian, UTC."),
    row(Function::Month, "month", &[Param::Instant], Returns::Int, "The month, 1 to 12."),
    row(Function::Day, "day", &[Param::Instant], Returns::Int, "The day of the month, 1 to 31."),
    row(Function::Lower, "lower", &[Param::String], Returns::String, "In lower case, by Unicode."),
    row(Function::Upper, "upper", &[Param::String], Returns::String, "In upper case, by Unicode."),
    row(Function::Trim, "trim", &[Param::String], Returns::String, "Without the spaces (U+0020) at either end."),
    row(Function::Length, "length", &[Param::String], Returns::Int, "How many Unicode code points."),
    Definition {
        optional: 1,
        ..row(
            Function::Substr,
            "substr",
            &[Param::String, Param::Int, Param::Int],
            Returns::String,
            "From a position (the first is 1), at most that many code points; a start below 1 or a negative length is the \
             empty text.",
        )
    },
    row(
        Function::Replace,
        "replace",
        &[Param::String, Param::String, Param::String],
        Returns::String,
        "Every occurrence of the second text, literally, replaced by the third; an empty second text leaves the first.",
    ),
    Definition {
        repeats: true,
        ..row(
            Function::Concat,
            "concat",
            &[Param::String, Param::String],
            Returns::String,
            "Joined; NULL when any is, as with `||`.",
        )
    },
    Definition {
        repeats: true,
        ..row(
            Function::Coalesce,
            "coalesce",
            &[Param::Same, Param::Same],
            Returns::Argument,
            "The first that is not NULL.",
        )
    },
    row(
        Function::NullIf,
        "nullif",
        &[Param::SameScalar, Param::SameScalar],
        Returns::Argument,
        "NULL when both are equal, else the first.",
    ),
    row(Function::Abs, "abs", &[Param::Number], Returns::Argument, "Without its sign; overflow is an error."),
    row(Function::Floor, "floor", &[Param::Double], Returns::Double, "The greatest whole number not above it."),
    row(Function::Ceil, "ceil", &[Param::Double], Returns::Double, "The least whole number not below it."),
    Definition {
        optional: 1,
        ..row(
            Function::Round,
            "round",
            &[Param::Double, Param::Literal(0, 15)],
            Returns::Double,
            "To that many digits after the point (0 if left out), half away from zero, by the shortest decimal that reads \
             back as the double.",
        )
    },
    row(Function::Cardinality, "cardinality", &[Param::Array], Returns::Int, "How many elements, NULL ones included."),
    row(
        Function::ElementAt,
        "element_at",
        &[Param::Array, Param::Literal(1, i32::MAX as i64)],
        Returns::Element,
        "The element at that position, the first is 1; NULL when there is none.",
    ),
    row(
        Function::Contains,
        "contains",
        &[Param::Strings, Param::String],
        Returns::Boolean,
        "Whether an element equals the text; NULL elements equal nothing, and do not make the answer NULL.",
    ),
    row(
        Function::RegexpLike,
        "regexp_like",
        &[Param::String, Param::Pattern { empty: true }],
        Returns::Boolean,
        "Whether the pattern matches anywhere in the text.",
    ),
    Definition {
        optional: 1,
        ..row(
            Function::RegexpExtract,
            "regexp_extract",
            &[Param::String, Param::Pattern { empty: true }, Param::Group],
            Returns::String,
            "The first match, or that group of it (empty when the group took no part); NULL when nothing matches.",
        )
    },
    row(
        Function::RegexpReplace,
        "regexp_replace",
        &[Param::String, Param::Pattern { empty: false }, Param::Replacement],
        Returns::String,
        "Every match replaced; in the replacement `$1` is a group, `$0` all that matched, `$$` a dollar sign.",
    ),
    row(
        Function::RegexpSplit,
        "regexp_split",
        &[Param::String, Param::Pattern { empty: false }],
        Returns::Strings,
        "What stands between the matches, empty texts too.",
    ),
    row(Function::LTrim, "ltrim", &[Param::String], Returns::String, "Without the spaces (U+0020) at its start."),
    row(Function::RTrim, "rtrim", &[Param::String], Returns::String, "Without the spaces (U+0020) at its end."),
    row(
        Function::LPad,
        "lpad",
        &[Param::String, Param::Literal(0, 10_000), Param::String],
        Returns::String,
        "Filled up before with the third text to that many code points; cut when it has more. An empty third text fills nothing.",
    ),
    row(
        Function::RPad,
        "rpad",
        &[Param::String, Param::Literal(0, 10_000), Param::String],
        Returns::String,
        "Likewise, filled up behind.",
    ),
    row(
        Function::StartsWith,
        "starts_with",
        &[Param::String, Param::String],
        Returns::Boolean,
        "Whether the first text begins with the second.",
    ),
    row(
        Function::EndsWith,
        "ends_with",
        &[Param::String, Param::String],
        Returns::Boolean,
        "Whether the first text ends with the second.",
    ),
    row(
        Function::StrPos,
        "strpos",
        &[Param::String, Param::String],
        Returns::Int,
        "Where the second text first begins in the first, in code points from 1; 0 when it does not.",
    ),
    row(Function::Reverse, "reverse", &[Param::String], Returns::String, "Backwards, code point by code point."),
    row(
        Function::Split,
        "split",
        &[Param::String, Param::Delimiter],
        Returns::Strings,
        "What stands between the occurrences of a delimiter, literally, empty texts too.",
    ),
    row(
        Function::ArrayJoin,
        "array_join",
        &[Param::Strings, Param::String],
        Returns::String,
        "The elements with that text between them; NULL elements are left out.",
    ),
    row(Function::Sqrt, "sqrt", &[Param::Double], Returns::Double, "The square root; NULL for a negative number."),
    Definition {
        repeats: true,
        ..row(
            Function::Greatest,
            "greatest",
            &[Param::SameScalar, Param::SameScalar],
            Returns::Argument,
            "The greatest value that is not NULL; NaN is above all numbers.",
        )
    },
    Definition {
        repeats: true,
        ..row(
            Function::Least,
            "least",
            &[Param::SameScalar, Param::SameScalar],
            Returns::Argument,
            "The least value that is not NULL; NaN is above all numbers.",
        )
    },
    row(Function::Hour, "hour", &[Param::Timestamp], Returns::Int, "The hour, 0 to 23, UTC."),
    row(Function::Minute, "minute", &[Param::Timestamp], Returns::Int, "The minute, 0 to 59."),
    row(Function::Second, "second", &[Param::Timestamp], Returns::Int, "The whole second, 0 to 59."),
    row(Function::Quarter, "quarter", &[Param::Instant], Returns::Int, "The quarter, 1 to 4."),
    row(Function::Week, "week", &[Param::Instant], Returns::Int, "The week of ISO 8601, 1 to 53."),
    row(Function::DayOfWeek, "day_of_week", &[Param::Instant], Returns::Int, "The day of the week, Monday is 1."),
    row(Function::DayOfYear, "day_of_year", &[Param::Instant], Returns::Int, "The day of the year, 1 to 366."),
    row(
        Function::DateTrunc,
        "date_trunc",
        &[Param::Unit, Param::Instant],
        Returns::Last,
        "The beginning of its year, quarter, month, week (Monday), day, and of a timestamp its hour, minute, second.",
    ),
    row(
        Function::DateAdd,
        "date_add",
        &[Param::Unit, Param::Int, Param::Instant],
        Returns::Last,
        "So many units later (or earlier); a day that the month does not have is its last. NULL beyond the years 0001 to 9999.",
    ),
    row(
        Function::DateDiff,
        "date_diff",
        &[Param::FixedUnit, Param::Timestamp, Param::Timestamp],
        Returns::Bigint,
        "The whole weeks, days, hours, minutes or seconds from the first to the second.",
    ),
];

/// What people call a function elsewhere, or what stands for one here.
const ELSEWHERE: [(&str, &str); 50] = [
    ("left_pad", "write `lpad(x, length, ' ')`"),
    ("instr", "write `strpos(x, y)`"),
    ("position", "write `strpos(x, y)`"),
    ("locate", "write `strpos(x, y)`, the longer text first"),
    ("startswith", "write `starts_with(x, y)`"),
    ("endswith", "write `ends_with(x, y)`"),
    ("weekofyear", "write `week(x)`"),
    ("dayofweek", "write `day_of_week(x)`, Monday is 1"),
    ("dayofyear", "write `day_of_year(x)`"),
    ("datediff", "write `date_diff('day', start, end)`"),
    ("add_months", "write `date_add('month', n, x)`"),
    ("power", "its last digits differ between engines; multiply"),
    ("pow", "its last digits differ between engines; multiply"),
    ("trunc", "write `date_trunc('month', x)`"),
    ("rlike", "write `regexp_like(x, 'pattern')`"),
    ("regexp_matches", "write `regexp_like(x, 'pattern')`"),
    ("regexp_substr", "write `regexp_extract(x, 'pattern')`"),
    ("len", "write `length(x)`"),
    ("char_length", "write `length(x)`"),
    ("character_length", "write `length(x)`"),
    ("substring", "write `substr(x, start, length)`"),
    ("mid", "write `substr(x, start, length)`"),
    ("left", "write `substr(x, 1, length)`"),
    ("ucase", "write `upper(x)`"),
    ("lcase", "write `lower(x)`"),
    ("btrim", "write `trim(x)`"),
    ("ifnull", "write `coalesce(x, y)`"),
    ("nvl", "write `coalesce(x, y)`"),
    ("isnull", "write `x is null`"),
    ("if", "write `case when c then x else y end`"),
    ("iif", "write `case when c then x else y end`"),
    ("size", "write `cardinality(x)`"),
    ("array_length", "write `cardinality(x)`"),
    ("array_size", "write `cardinality(x)`"),
    ("array_contains", "write `contains(x, y)`"),
    ("array_has", "write `contains(x, y)`"),
    ("ceiling", "write `ceil(x)`"),
    ("mod", "write `x % y`"),
    ("to_date", "write `cast(x as date)`"),
    ("date", "write `cast(x as date)`, or `date '2015-06-09'` for a constant"),
    ("to_timestamp", "write `cast(x as timestamp)`"),
    ("extract", "write `year(x)`, `month(x)` or `day(x)`"),
    ("date_part", "write `year(x)`, `month(x)` or `day(x)`"),
    ("now", "a run must not depend on when it runs; write the date as a constant"),
    ("current_date", "a run must not depend on when it runs; write the date as a constant"),
    ("current_timestamp", "a run must not depend on when it runs; write the timestamp as a constant"),
    ("random", "a run must be repeatable"),
    ("rand", "a run must be repeatable"),
    ("uuid", "a run must be repeatable"),
    ("concat_ws", "write `x || ', ' || y`"),
];

/// The function of that name, in any case.
pub fn function(name: &str) -> Option<&'static Definition> {
    FUNCTIONS.iter().find(|f| f.name.eq_ignore_ascii_case(name))
}

/// The definition of `function`.
pub fn definition(function: Function) -> &'static Definition {
    FUNCTIONS.iter().find(|f| f.function == function).expect("every function stands in the table")
}

/// What to write instead of an unknown function `name`, where something is known.
pub fn instead_of(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    if let Some((_, advice)) = ELSEWHERE.iter().find(|(other, _)| *other == name) {
        return Some((*advice).to_string());
    }
    if let Some(advice) = aggregates::instead_of(&name) {
        return Some(format!("for many rows: {advice}"));
    }
    if aggregates::is_aggregate(&name) || ["row_number", "rank", "dense_rank", "lag", "lead"].contains(&name.as_str()) {
        return Some(format!("`{name}` is over many rows; an expression here sees one row"));
    }
    nearest(&name, FUNCTIONS.iter().map(|f| f.name)).map(|near| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_read_well() {
        assert_eq!(function("SUBSTR").unwrap().signature(), "substr(string, int[, int]) -> string");
        assert_eq!(function("concat").unwrap().signature(), "concat(string, string, ...) -> string");
        assert_eq!(function("abs").unwrap().signature(), "abs(number) -> number");
        assert_eq!(function("element_at").unwrap().signature(), "element_at(array<T>, int literal) -> T");
    }

    #[test]
    fn advice_for_other_names() {
        assert_eq!(instead_of("LEN").as_deref(), Some("write `length(x)`"));
        assert_eq!(instead_of("uper").as_deref(), Some("did you mean `upper`?"));
        assert_eq!(instead_of("sum").as_deref(), Some("`sum` is over many rows; an expression here sees one row"));
        assert_eq!(instead_of("levenshtein"), None);
    }
}
