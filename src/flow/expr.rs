//! Typed expressions: what portable SQL means, independent of any engine.
//!
//! Both engines lower exactly this tree; a construct is here only when both can be held to one meaning.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::types::DataType;

/// An expression with its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// What it computes.
    pub node: Node,
    /// The type of the result.
    #[serde(rename = "type")]
    pub data_type: DataType,
}

impl Expr {
    /// The same over columns of other names.
    pub fn with_columns(self, name: &dyn Fn(String) -> String) -> Expr {
        let one = |e: Box<Expr>| Box::new(e.with_columns(name));
        let many = |list: Vec<Expr>| list.into_iter().map(|e| e.with_columns(name)).collect::<Vec<_>>();
        let node = match self.node {
            Node::Column(column) => Node::Column(name(column)),
            literal @ Node::Literal(_) => literal,
            Node::Widen(x) => Node::Widen(one(x)),
            Node::Cast(x) => Node::Cast(one(x)),
            Node::Negate(x) => Node::Negate(one(x)),
            Node::Not(x) => Node::Not(one(x)),
            Node::IsNull(x) => Node::IsNull(one(x)),
            Node::Like(x, pattern) => Node::Like(one(x), pattern),
            Node::Binary(op, l, r) => Node::Binary(op, one(l), one(r)),
            Node::In(x, list) => Node::In(one(x), many(list)),
            Node::Case(branches, otherwise) => {
                let branch = |(c, v): (Expr, Expr)| (c.with_columns(name), v.with_columns(name));
                Node::Case(branches.into_iter().map(branch).collect(), one(otherwise))
            }
            Node::Call(function, arguments) => Node::Call(function, many(arguments)),
        };
        Expr { node, data_type: self.data_type }
    }

    /// The columns that it reads; a dashboard's parameters are among them, as `:name`.
    pub fn columns(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        collect(self, &mut found);
        found
    }
}

fn collect<'e>(expr: &'e Expr, found: &mut BTreeSet<&'e str>) {
    match &expr.node {
        Node::Column(name) => {
            found.insert(name);
        }
        Node::Literal(_) => {}
        Node::Widen(inner)
        | Node::Cast(inner)
        | Node::Negate(inner)
        | Node::Not(inner)
        | Node::IsNull(inner)
        | Node::Like(inner, _) => collect(inner, found),
        Node::Binary(_, left, right) => {
            collect(left, found);
            collect(right, found);
        }
        Node::In(inner, list) => {
            collect(inner, found);
            list.iter().for_each(|item| collect(item, found));
        }
        Node::Case(branches, otherwise) => {
            for (condition, value) in branches {
                collect(condition, found);
                collect(value, found);
            }
            collect(otherwise, found);
        }
        Node::Call(_, arguments) => arguments.iter().for_each(|argument| collect(argument, found)),
    }
}

/// What an expression computes. Operands already have the types the operator works on: typing inserts
/// [`Node::Widen`], so engines never coerce.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// A column of the input.
    Column(String),
    /// A constant.
    Literal(Literal),
    /// A lossless implicit widening: int -> bigint -> double, int -> decimal, date -> timestamp, NULL -> anything.
    Widen(Box<Expr>),
    /// `cast(x as t)` by the conversion table: text that does not fit is NULL.
    Cast(Box<Expr>),
    /// `-x`.
    Negate(Box<Expr>),
    /// `not x`, three-valued.
    Not(Box<Expr>),
    /// Two operands of one type (for `and`/`or`: booleans, three-valued).
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x is null`.
    IsNull(Box<Expr>),
    /// `x in (a, b)`, three-valued.
    In(Box<Expr>, Vec<Expr>),
    /// `x like 'pattern'` with `%` and `_`, backslash escapes; case-sensitive.
    Like(Box<Expr>, String),
    /// `case when c then v ... else e end`; the else is always there.
    Case(Vec<(Expr, Expr)>, Box<Expr>),
    /// A function of the table in [`super::functions`].
    Call(Function, Vec<Expr>),
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// NULL, of the expression's type.
    Null,
    /// Text.
    String(String),
    /// True or false.
    Boolean(bool),
    /// int or bigint, by the expression's type.
    Integer(i64),
    /// double.
    Double(f64),
    /// `date 'yyyy-MM-dd'`.
    Date(String),
    /// `timestamp 'yyyy-MM-dd HH:mm:ss[.ffffff]'`, UTC.
    Timestamp(String),
}

/// Operators over two operands of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinaryOp {
    /// `+`; integer overflow is an error.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`: integers truncate; by zero is NULL, for doubles too.
    Divide,
    /// `%`: the sign of the dividend; by zero is NULL.
    Modulo,
    /// `=`.
    Equal,
    /// `<>`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `and`.
    And,
    /// `or`.
    Or,
    /// `||`: NULL when either is.
    Concat,
}

impl BinaryOp {
    /// As it is written, by people and in SQL.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Modulo => "%",
            BinaryOp::Equal => "=",
            BinaryOp::NotEqual => "<>",
            BinaryOp::Less => "<",
            BinaryOp::LessOrEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterOrEqual => ">=",
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
            BinaryOp::Concat => "||",
        }
    }
}

/// The functions of portable SQL. Each has one meaning, given here; NULL in gives NULL out unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// `year(date|timestamp) -> int`, proleptic Gregorian.
    Year,
    /// `month(date|timestamp) -> int`, 1 to 12.
    Month,
    /// `day(date|timestamp) -> int`, 1 to 31.
    Day,
    /// `lower(string) -> string`, Unicode.
    Lower,
    /// `upper(string) -> string`, Unicode.
    Upper,
    /// `trim(string) -> string`: ASCII spaces (0x20) on both sides.
    Trim,
    /// `length(string) -> int`: Unicode code points.
    Length,
    /// `substr(string, start[, length]) -> string`: from 1; a start below 1 or a negative length is an empty string.
    Substr,
    /// `replace(string, from, to) -> string`: literal; an empty `from` leaves the text.
    Replace,
    /// `concat(string, ...) -> string`: NULL when any is.
    Concat,
    /// `coalesce(x, ...) -> x`: the first that is not NULL.
    Coalesce,
    /// `nullif(x, y) -> x`: NULL when equal.
    NullIf,
    /// `abs(number) -> number`.
    Abs,
    /// `floor(double) -> double`; never `-0.0`.
    Floor,
    /// `ceil(double) -> double`; never `-0.0`.
    Ceil,
    /// `round(double[, digits literal]) -> double`: half away from zero on the decimal reading of the double.
    Round,
    /// `cardinality(array) -> int`.
    Cardinality,
    /// `element_at(array, index literal) -> element`: from 1; out of range is NULL. Typing lets only a literal of at least 1
    /// pass.
    ElementAt,
    /// `contains(array<string>, string) -> boolean`: whether an element equals the text; NULL elements equal nothing and do
    /// not make the answer NULL.
    Contains,
    /// `regexp_like(string, pattern) -> boolean`: whether the pattern (a literal, see [`super::pattern`]) matches anywhere.
    RegexpLike,
    /// `regexp_extract(string, pattern[, group literal]) -> string`: the first match, or a group of it; empty when the group
    /// took no part, NULL when nothing matches.
    RegexpExtract,
    /// `regexp_replace(string, pattern, replacement) -> string`: every match; pattern and replacement are literals. The
    /// pattern does not match the empty text.
    RegexpReplace,
    /// `regexp_split(string, pattern) -> array<string>`: what stands between the matches, empty texts too. The pattern does
    /// not match the empty text.
    RegexpSplit,
    /// `ltrim(string) -> string`: ASCII spaces at the start.
    LTrim,
    /// `rtrim(string) -> string`: ASCII spaces at the end.
    RTrim,
    /// `lpad(string, length literal, string) -> string`: filled up before; cut when longer; an empty third text fills nothing.
    LPad,
    /// `rpad(string, length literal, string) -> string`: likewise behind.
    RPad,
    /// `starts_with(string, string) -> boolean`.
    StartsWith,
    /// `ends_with(string, string) -> boolean`.
    EndsWith,
    /// `strpos(string, string) -> int`: where the second text begins in the first, from 1; 0 when it does not.
    StrPos,
    /// `reverse(string) -> string`: code point by code point.
    Reverse,
    /// `split(string, delimiter literal) -> array<string>`: literally, empty texts too; the delimiter is not empty.
    Split,
    /// `array_join(array<string>, string) -> string`: NULL elements are left out.
    ArrayJoin,
    /// `sqrt(double) -> double`: NULL for a negative number.
    Sqrt,
    /// `greatest(x, ...) -> x`: NULLs are skipped; NaN is the greatest number; never `-0.0`.
    Greatest,
    /// `least(x, ...) -> x`: likewise.
    Least,
    /// `hour(timestamp) -> int`, 0 to 23, UTC.
    Hour,
    /// `minute(timestamp) -> int`.
    Minute,
    /// `second(timestamp) -> int`, whole.
    Second,
    /// `quarter(date|timestamp) -> int`, 1 to 4.
    Quarter,
    /// `week(date|timestamp) -> int`: of ISO 8601.
    Week,
    /// `day_of_week(date|timestamp) -> int`: Monday is 1.
    DayOfWeek,
    /// `day_of_year(date|timestamp) -> int`: from 1.
    DayOfYear,
    /// `date_trunc(unit literal, date|timestamp)`: its unit's beginning; weeks begin on Monday.
    DateTrunc,
    /// `date_add(unit literal, int, date|timestamp)`: so many units later; a day that the month does not have is its last;
    /// NULL beyond the years 0001 to 9999.
    DateAdd,
    /// `date_diff(unit literal, timestamp, timestamp) -> bigint`: whole units (second to week) from the first to the second.
    DateDiff,
}

/// Units of the calendar, as `date_trunc` and the like take them.
pub const UNITS: [&str; 8] = ["year", "quarter", "month", "week", "day", "hour", "minute", "second"];

/// The microseconds of a unit that always has as many; `None` for month, quarter and year.
pub fn micros_of(unit: &str) -> Option<i64> {
    const SECOND: i64 = 1_000_000;
    Some(match unit {
        "second" => SECOND,
        "minute" => 60 * SECOND,
        "hour" => 3_600 * SECOND,
        "day" => 86_400 * SECOND,
        "week" => 7 * 86_400 * SECOND,
        _ => return None,
    })
}

/// The months of a unit; `None` for those of [`micros_of`].
pub fn months_of(unit: &str) -> Option<i32> {
    Some(match unit {
        "month" => 1,
        "quarter" => 3,
        "year" => 12,
        _ => return None,
    })
}
