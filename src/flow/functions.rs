//! The functions of portable SQL: one table that typing reads and docs/portable-sql.md is written from.
//!
//! What each means is said once, at [`Function`]; a function is here only when both engines can be held to that meaning.

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
        }
    }

    /// The type of a call whose first argument has type `first`.
    pub fn data_type(self, first: &DataType) -> DataType {
        match (self, first) {
            (Returns::String, _) => DataType::String,
            (Returns::Int, _) => DataType::Int,
            (Returns::Double, _) => DataType::Double,
            (Returns::Boolean, _) => DataType::Boolean,
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
pub const FUNCTIONS: [Definition; 19] = [
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
];

/// What people call a function elsewhere, or what stands for one here.
const ELSEWHERE: [(&str, &str); 33] = [
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
    if ["count", "sum", "avg", "min", "max", "median", "stddev", "row_number", "rank"].contains(&name.as_str()) {
        return Some(format!("`{name}` is over many rows; an expression here sees one row"));
    }
    nearest(&name, FUNCTIONS.iter().map(|f| f.name)).map(|near| format!("did you mean `{near}`?"))
}

/// The page docs/portable-sql.md.
pub fn page() -> String {
    let mut page = String::from(PAGE_HEAD);
    for f in &FUNCTIONS {
        page.push_str(&format!("| `{}` | {} |\n", f.signature().replace('|', "\\|"), f.doc.replace("||", "\\|\\|")));
    }
    page
}

const PAGE_HEAD: &str = "# Portable SQL

The expressions of `derived_column`, `filter` and `checks`. A construct is here only when the embedded engine and Glue's
Spark give it one meaning; anything else is refused by `validate`, with the place and what to write instead.

- **Names** are columns of the step's input, in any case; `\"group\"` in double quotes where a name is a keyword.
- **Constants**: `'it''s'`, `5` (int, or bigint when it is large), `1.5` and `1e3` (double), `true`, `false`, `null`,
  `date '2015-06-09'`, `timestamp '2015-06-09 07:08:09'`.
- **Types must agree.** Numbers widen without loss (int -> bigint -> double, float -> double, int and bigint -> a decimal
  that holds them), a date widens to a timestamp; anything else wants `cast(x as type)`, which converts by the table in
  conversions.md: what does not fit is NULL. A text is never compared with a number or a date.
- **Arithmetic** `+ - * / %` on int, bigint, double. On whole numbers `/` truncates and overflow is an error; division by
  zero is NULL, for doubles too; `%` has the sign of the dividend.
- **Comparison** `= <> < <= > >=`, `between`, `in (...)`, `is null`, `is not null`, `like` (`%`, `_`, backslash before one of
  these to mean it; case matters). Texts compare by their UTF-8 bytes.
- **Logic** `and`, `or`, `not` with SQL's three values; `case when c then x else y end`, `case x when v then y end`.
- **Text** `x || y`: NULL when either is.

This page is written from the code: `PIPECTL_REGENERATE=1 cargo test portable_sql_page`.

## Functions

NULL in gives NULL out unless said otherwise.

| function | value |
|---|---|
";

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

    #[test]
    fn the_portable_sql_page_is_what_the_code_does() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/portable-sql.md");
        if std::env::var_os("PIPECTL_REGENERATE").is_some() {
            std::fs::write(&path, page()).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, page(), "docs/portable-sql.md is stale: PIPECTL_REGENERATE=1 cargo test portable_sql_page");
    }
}
