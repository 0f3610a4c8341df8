//! Groups of rows and functions over them as Spark's, with helpers of `python/expressions.py` where Spark means something
//! else.

use super::expression::{column_name, column_of, without_minus_zero};
use super::layout::Py;
use crate::flow::aggregates::{Aggregate, AggregateFunction};
use crate::flow::types::DataType;

/// `rows` in groups of `by`, with `values`.
pub fn aggregate(rows: Py, by: &[String], values: &[(String, Aggregate)]) -> Py {
    let grouped = match by {
        [] => rows,
        by => rows.method("groupBy", by.iter().map(|name| column_name(name)).collect::<Vec<_>>()),
    };
    let named = |(name, value): &(String, Aggregate)| call(value, None).method("alias", [Py::string(name)]);
    grouped.method("agg", values.iter().map(named).collect::<Vec<_>>())
}

/// One aggregate as a column, over a window where there is one.
pub fn call(value: &Aggregate, window: Option<Py>) -> Py {
    use AggregateFunction as F;
    let over = |call: Py| match window.clone() {
        Some(window) => call.method("over", [window]),
        None => call,
    };
    let Some(argument) = &value.argument else {
        return over(Py::call("F.count", [Py::call("lit", [Py::text("1")])]));
    };
    let of = &argument.data_type;
    let argument = column_of(argument);
    let is_whole = matches!(of, DataType::Int | DataType::Bigint);
    let name = match value.function {
        F::CountRows | F::Count => "F.count",
        F::CountDistinct => "F.count_distinct",
        F::Sum if is_whole => "exact_sum",
        F::Sum => "F.sum",
        F::Avg if is_whole => "exact_mean",
        F::Avg => "F.avg",
        F::Min => "F.min",
        F::Max => "F.max",
        F::Median => "F.median",
        F::Stddev => "F.stddev_samp",
        F::BoolAnd => "F.bool_and",
        F::BoolOr => "F.bool_or",
    };
    let argument = match value.function {
        F::Min | F::Max => without_minus_zero(argument, of),
        _ => argument,
    };
    match window.clone() {
        Some(window) if name.starts_with("exact") => Py::call(name, [argument, window]),
        _ => over(Py::call(name, [argument])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::expr::{Expr, Node};

    fn python(function: AggregateFunction, of: DataType, by: &[String]) -> String {
        let argument = Expr { node: Node::Column("x".into()), data_type: of };
        let value = Aggregate { function, argument: Some(argument), data_type: DataType::Double };
        aggregate(Py::text("rows"), by, &[("n".to_string(), value)]).flat()
    }

    #[test]
    fn groups_read_well() {
        let by = ["a".to_string(), "b c".to_string()];
        assert_eq!(
            python(AggregateFunction::Sum, DataType::Int, &by),
            r#"rows.groupBy("a", "`b c`").agg(exact_sum(col("x")).alias("n"))"#
        );
        assert_eq!(
            python(AggregateFunction::Max, DataType::Double, &[]),
            r#"rows.agg(F.max(col("x") + 0.0).alias("n"))"#
        );
    }
}
