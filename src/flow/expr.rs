//! Typed expressions: what portable SQL means, independent of any engine.
//!
//! Both engines lower exactly this tree; a construct is here only when both can be held to one meaning.

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
}
