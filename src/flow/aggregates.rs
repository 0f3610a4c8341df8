//! Functions over many rows: `aggregate`, `pivot`, and SQL's `group by` and windows. One table that typing reads and
//! docs/portable-sql.md is written from.
//!
//! Each skips NULLs and is NULL when nothing is left, unless said otherwise. A function is here only when both engines can
//! be held to one meaning: sums and averages of whole numbers are exact, those of doubles agree to 1e-12 relative, since
//! rows come in no order.

use serde::{Deserialize, Serialize};

use super::expr::Expr;
use super::types::DataType;

/// A function over many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AggregateFunction {
    /// `count(*)`: rows.
    CountRows,
    /// `count(x)`: values.
    Count,
    /// `count(distinct x)`: distinct values.
    CountDistinct,
    /// `sum(x)`: of whole numbers a bigint, overflow of the total is an error; of doubles a double; of a decimal(p,s) a
    /// decimal(p+10,s).
    Sum,
    /// `avg(x)`: a double; of whole numbers the exact total, rounded once, by the count.
    Avg,
    /// `min(x)`: NaN is greater than all other numbers; texts by UTF-8 bytes.
    Min,
    /// `max(x)`: likewise.
    Max,
    /// `median(x)`: the middle value, or the mean of the two in the middle, as double.
    Median,
    /// `stddev(x)`: of a sample; NULL for less than two values.
    Stddev,
    /// `bool_and(x)`.
    BoolAnd,
    /// `bool_or(x)`.
    BoolOr,
}

/// One call of such a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// The function.
    pub function: AggregateFunction,
    /// What it is over, of the type it works on; none for `count(*)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<Expr>,
    /// The type of the result.
    #[serde(rename = "type")]
    pub data_type: DataType,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct AggregateDefinition {
    /// The function.
    pub function: AggregateFunction,
    /// As it is called, lower case.
    pub name: &'static str,
    /// How it is written, with types.
    pub signature: &'static str,
    /// What it means.
    pub doc: &'static str,
}

const fn row(
    function: AggregateFunction,
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
) -> AggregateDefinition {
    AggregateDefinition { function, name, signature, doc }
}

/// The table, in the order of the page.
pub const AGGREGATES: [AggregateDefinition; 11] = [
    row(AggregateFunction::CountRows, "count", "count(*) -> bigint", "How many rows; never NULL."),
    row(AggregateFunction::Count, "count", "count(T) -> bigint", "How many values that are not NULL; never NULL."),
    row(
        AggregateFunction::CountDistinct,
        "count_distinct",
        "count(distinct T) -> bigint",
        "How many distinct values, also written `count_distinct(T)`; never NULL.",
    ),
    row(
        AggregateFunction::Sum,
        "sum",
        "sum(number) -> bigint|double|decimal",
        "The total: bigint of whole numbers (one that does not fit is an error), double of float and double, decimal(p+10,s) \
         of a decimal(p,s) with p at most 28.",
    ),
    row(
        AggregateFunction::Avg,
        "avg",
        "avg(int|bigint|float|double) -> double",
        "The mean; of whole numbers from the exact total.",
    ),
    row(
        AggregateFunction::Min,
        "min",
        "min(T) -> T",
        "The least value; texts by their UTF-8 bytes, NaN above all numbers.",
    ),
    row(AggregateFunction::Max, "max", "max(T) -> T", "The greatest value, likewise."),
    row(
        AggregateFunction::Median,
        "median",
        "median(int|bigint|float|double) -> double",
        "The value in the middle, or the mean of the two there.",
    ),
    row(
        AggregateFunction::Stddev,
        "stddev",
        "stddev(int|bigint|float|double) -> double",
        "The standard deviation of a sample; NULL for fewer than two values.",
    ),
    row(AggregateFunction::BoolAnd, "bool_and", "bool_and(boolean) -> boolean", "Whether all are true."),
    row(AggregateFunction::BoolOr, "bool_or", "bool_or(boolean) -> boolean", "Whether any is true."),
];

/// What people call an aggregate elsewhere, or what stands for one here.
const ELSEWHERE: [(&str, &str); 14] = [
    ("mean", "write `avg(x)`"),
    ("average", "write `avg(x)`"),
    ("total", "write `sum(x)`"),
    ("stdev", "write `stddev(x)`"),
    ("stddev_samp", "write `stddev(x)`"),
    ("every", "write `bool_and(x)`"),
    ("some", "write `bool_or(x)`"),
    ("any", "write `bool_or(x)`"),
    ("approx_distinct", "write `count(distinct x)`, which is exact"),
    ("approx_count_distinct", "write `count(distinct x)`, which is exact"),
    ("count_if", "write `count(case when x then 1 end)`"),
    ("first", "rows come in no order; keep the first of each key with `drop_duplicates`, or write `min(x)`"),
    ("any_value", "rows come in no order; write `min(x)`"),
    ("percentile", "of the percentiles only `median(x)` is portable"),
];

/// The functions called `name`, in any case: none, one, or for `count` all forms.
pub fn is_aggregate(name: &str) -> bool {
    AGGREGATES.iter().any(|a| a.name.eq_ignore_ascii_case(name))
}

/// The definition of `function`.
pub fn definition(function: AggregateFunction) -> &'static AggregateDefinition {
    AGGREGATES.iter().find(|a| a.function == function).expect("every aggregate stands in the table")
}

/// What to write instead of an aggregate that is called `name` elsewhere.
pub fn instead_of(name: &str) -> Option<&'static str> {
    ELSEWHERE.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, advice)| *advice)
}
