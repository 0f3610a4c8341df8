//! Aggregates: Trino's names and result types over the engine's.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::ScalarValue;
use datafusion::functions_aggregate as engine;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{AggregateUDF, BinaryExpr, Cast, Expr, Operator, SortExpr};

use super::accumulators::{ExtremeBy, Percentile, SingleValue};
use super::failure::{Failure, Outcome};
use super::kernel::{Kernel, Run};
use super::operators;
use super::typed::{Typed, is_numeric};
use super::{cast, types};

/// What stands around an aggregate's arguments.
#[derive(Clone, Debug, Default)]
pub struct Modifiers {
    /// DISTINCT.
    pub distinct: bool,
    /// FILTER (WHERE ...).
    pub filter: Option<Expr>,
    /// ORDER BY, inside the parentheses or WITHIN GROUP.
    pub order: Vec<SortExpr>,
}

/// The aggregates that the local cloud translates, sorted.
pub const KNOWN: &[&str] = &[
    "any_value",
    "approx_distinct",
    "approx_percentile",
    "arbitrary",
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "count_if",
    "covar_pop",
    "covar_samp",
    "every",
    "listagg",
    "max",
    "max_by",
    "min",
    "min_by",
    "regr_intercept",
    "regr_slope",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
];

/// The aggregates that Athena has and the local cloud has not, sorted.
pub const ATHENA_ONLY: &[&str] = &[
    "approx_most_frequent",
    "approx_set",
    "bitwise_and_agg",
    "bitwise_or_agg",
    "checksum",
    "geometric_mean",
    "grouping",
    "histogram",
    "kurtosis",
    "make_set_digest",
    "map_agg",
    "map_union",
    "merge",
    "merge_set_digest",
    "multimap_agg",
    "numeric_histogram",
    "qdigest_agg",
    "reduce_agg",
    "skewness",
    "tdigest_agg",
];

/// Whether the local cloud has the aggregate.
pub fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// Whether it is an aggregate that Athena has and the local cloud has not.
pub fn is_trinos(name: &str) -> bool {
    ATHENA_ONLY.contains(&name)
}

/// A call of an aggregate; `count(*)` has no arguments.
pub fn call(name: &str, args: Vec<Typed>, modifiers: Modifiers) -> Outcome<Typed> {
    let wrong = {
        let kinds: Vec<_> = args.iter().map(Typed::type_name).collect();
        let message = format!("Unexpected parameters ({}) for function {name}", kinds.join(", "));
        move || Failure::new("FUNCTION_NOT_FOUND", message.clone())
    };
    if !modifiers.order.is_empty() && !matches!(name, "array_agg" | "listagg") {
        return Err(Failure::athena_only(format!("ORDER BY inside {name}")));
    }
    let build = |function: Arc<AggregateUDF>, args: Vec<Typed>, returns: DataType| {
        let args = args.into_iter().map(|a| a.expr).collect();
        let Modifiers { distinct, filter, order } = modifiers.clone();
        let call = AggregateFunction::new_udf(function, args, distinct, filter.map(Box::new), order, None);
        Typed::new(Expr::AggregateFunction(call), returns)
    };
    let doubles = |args: Vec<Typed>, count: usize| {
        let fits =
            args.len() == count && args.iter().all(|a| is_numeric(&a.data_type) || a.data_type == DataType::Null);
        fits.then(|| args.into_iter().map(|a| a.coerced(&DataType::Float64)).collect::<Vec<_>>()).ok_or_else(&wrong)
    };
    match (name, args.len()) {
        ("count", 0) => {
            let one = Typed::literal(ScalarValue::Int64(Some(1)));
            Ok(build(engine::count::count_udaf(), vec![one], DataType::Int64))
        }
        ("count", 1) => Ok(build(engine::count::count_udaf(), args, DataType::Int64)),
        ("approx_distinct", 1 | 2) => {
            // The exact count is within every error that the approximation allows.
            let exact = Modifiers { distinct: true, ..modifiers };
            call("count", args.into_iter().take(1).collect(), exact)
        }
        ("count_if", 1) => {
            let condition = operators::boolean(first(args), "count_if")?.expr;
            let filter = match modifiers.filter {
                None => condition,
                Some(filter) => and(filter, condition),
            };
            call("count", Vec::new(), Modifiers { filter: Some(filter), ..modifiers })
        }
        ("sum", 1) => sum(first(args), &build).ok_or_else(wrong)?,
        ("avg", 1) => average(first(args), &build).ok_or_else(wrong)?,
        ("min" | "max", 1) if matches!(args[0].data_type, DataType::Float32 | DataType::Float64) => {
            let function = if name == "min" { engine::min_max::min_udaf() } else { engine::min_max::max_udaf() };
            Ok(extreme_number(first(args), |value, returns| build(function.clone(), vec![value], returns)))
        }
        ("min", 1) | ("arbitrary" | "any_value", 1) => orderable(args, &wrong).map(|(args, t)| {
            // The smallest value is one of the values, and always the same one.
            build(engine::min_max::min_udaf(), args, t)
        }),
        ("max", 1) => orderable(args, &wrong).map(|(args, t)| build(engine::min_max::max_udaf(), args, t)),
        ("bool_and" | "every", 1) => {
            let args = vec![operators::boolean(first(args), name)?];
            Ok(build(engine::bool_and_or::bool_and_udaf(), args, DataType::Boolean))
        }
        ("bool_or", 1) => {
            let args = vec![operators::boolean(first(args), name)?];
            Ok(build(engine::bool_and_or::bool_or_udaf(), args, DataType::Boolean))
        }
        ("stddev" | "stddev_samp", 1) => Ok(build(engine::stddev::stddev_udaf(), doubles(args, 1)?, DataType::Float64)),
        ("stddev_pop", 1) => Ok(build(engine::stddev::stddev_pop_udaf(), doubles(args, 1)?, DataType::Float64)),
        ("variance" | "var_samp", 1) => {
            Ok(build(engine::variance::var_samp_udaf(), doubles(args, 1)?, DataType::Float64))
        }
        ("var_pop", 1) => Ok(build(engine::variance::var_pop_udaf(), doubles(args, 1)?, DataType::Float64)),
        ("corr", 2) => Ok(pair(engine::correlation::corr_udaf(), args, &doubles, &build)?),
        ("covar_samp", 2) => Ok(pair(engine::covariance::covar_samp_udaf(), args, &doubles, &build)?),
        ("covar_pop", 2) => Ok(pair(engine::covariance::covar_pop_udaf(), args, &doubles, &build)?),
        ("regr_slope", 2) => Ok(pair(engine::regr::regr_slope_udaf(), args, &doubles, &build)?),
        ("regr_intercept", 2) => Ok(pair(engine::regr::regr_intercept_udaf(), args, &doubles, &build)?),
        ("array_agg", 1) => {
            let returns = types::list_of(args[0].data_type.clone());
            Ok(build(engine::array_agg::array_agg_udaf(), args, returns))
        }
        ("listagg", 1 | 2) => {
            let mut args = args;
            if args.len() == 1 {
                args.push(Typed::text(""));
            }
            if args[0].data_type != DataType::Utf8 || args[1].constant_text().is_none() {
                return Err(wrong());
            }
            // The engine's is of long texts.
            let joined = build(engine::string_agg::string_agg_udaf(), args, DataType::LargeUtf8);
            let joined = Expr::Cast(Cast::new(Box::new(joined.expr), DataType::Utf8));
            Ok(Typed::new(joined, DataType::Utf8))
        }
        ("approx_percentile", 2) => percentile(args, &build, &wrong),
        ("max_by" | "min_by", 2) => {
            let returns = args[0].data_type.clone();
            let function = ExtremeBy::function(name == "max_by", returns.clone(), args[1].data_type.clone());
            Ok(build(function, args, returns))
        }
        ("count", _) => Err(wrong()),
        (_, 0) => Err(wrong()),
        _ => Err(Failure::athena_only(format!("this form of {name}"))),
    }
}

/// The one value of a scalar subquery; more rows than one fail. `counted`, the value comes with the number of rows, and
/// [`SingleValue::of_counted`] fails.
pub fn single_value(value: Typed, counted: bool) -> Typed {
    let returns = if counted { SingleValue::counted(&value.data_type) } else { value.data_type.clone() };
    let function = SingleValue::function(value.data_type.clone(), counted);
    let call = AggregateFunction::new_udf(function, vec![value.expr], false, None, Vec::new(), None);
    Typed::new(Expr::AggregateFunction(call), returns)
}

/// An aggregate of two numbers: of reals, unless one is a double.
fn pair(
    function: Arc<AggregateUDF>,
    args: Vec<Typed>,
    doubles: &dyn Fn(Vec<Typed>, usize) -> Outcome<Vec<Typed>>,
    build: Build<'_>,
) -> Outcome<Typed> {
    let double = args.iter().any(|a| a.data_type == DataType::Float64);
    let result = build(function, doubles(args, 2)?, DataType::Float64);
    Ok(if double { result } else { narrowed(result) })
}

type Build<'b> = &'b dyn Fn(Arc<AggregateUDF>, Vec<Typed>, DataType) -> Typed;

fn first(args: Vec<Typed>) -> Typed {
    args.into_iter().next().unwrap_or_else(|| Typed::literal(ScalarValue::Null))
}

fn and(left: Expr, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), Operator::And, Box::new(right)))
}

/// The least or greatest of floats: NaN only when there is nothing else.
fn extreme_number(value: Typed, build: impl Fn(Typed, DataType) -> Typed) -> Typed {
    let returns = value.data_type.clone();
    let run: Run = |c| {
        let wide = datafusion::arrow::compute::cast(&c.args[0], &DataType::Float64)?;
        let nan = wide.as_primitive::<Float64Type>().iter().map(|v| v.map(f64::is_nan)).collect::<BooleanArray>();
        Ok(datafusion::arrow::compute::nullif(&c.args[0], &nan)?)
    };
    let number = Kernel::call("number_or_null", run, vec![value.clone()], returns.clone());
    let run: Run = |c| {
        Ok(datafusion::arrow::compute::kernels::zip::zip(
            &datafusion::arrow::compute::is_not_null(&c.args[0])?,
            &c.args[0],
            &c.args[1],
        )?)
    };
    let both = vec![build(number, returns.clone()), build(value, returns.clone())];
    Kernel::call("number_or_nan", run, both, returns)
}

/// A bigint sum that overflows fails, so it is taken in 38 digits first.
fn sum(value: Typed, build: Build<'_>) -> Option<Outcome<Typed>> {
    let sum = |value: Typed, returns| build(engine::sum::sum_udaf(), vec![value], returns);
    Some(match value.data_type.clone() {
        DataType::Null => Ok(sum(value.coerced(&DataType::Int64), DataType::Int64)),
        DataType::Int8 | DataType::Int16 | DataType::Int32 => Ok(sum(value.coerced(&DataType::Int64), DataType::Int64)),
        DataType::Int64 => {
            let wide = DataType::Decimal128(38, 0);
            let total = sum(value.coerced(&wide), wide);
            let run: Run = |c| {
                let overflow = |_| Failure::new("NUMERIC_VALUE_OUT_OF_RANGE", "bigint addition overflow");
                cast::convert(&c.args[0], c.returns).map_err(overflow)
            };
            Ok(Kernel::call("bigint_sum", run, vec![total], DataType::Int64))
        }
        DataType::Float64 => Ok(sum(value, DataType::Float64)),
        DataType::Float32 => Ok(narrowed(sum(value.coerced(&DataType::Float64), DataType::Float64))),
        DataType::Decimal128(_, scale) => {
            let wide = DataType::Decimal128(38, scale);
            Ok(sum(value.coerced(&wide), wide))
        }
        DataType::Duration(_) | DataType::Interval(_) => Err(Failure::athena_only("sum of intervals")),
        _ => return None,
    })
}

fn average(value: Typed, build: Build<'_>) -> Option<Outcome<Typed>> {
    let average = |value: Typed, returns| build(engine::average::avg_udaf(), vec![value], returns);
    Some(match value.data_type.clone() {
        DataType::Decimal128(p, s) => {
            // The engine's average has four more digits; Trino's rounds half up to the type's own.
            let wide = DataType::Decimal128((p + 4).min(38), (s + 4).min(38));
            cast::cast(average(value, wide), &DataType::Decimal128(p, s))
        }
        DataType::Float32 => Ok(narrowed(average(value.coerced(&DataType::Float64), DataType::Float64))),
        DataType::Duration(_) | DataType::Interval(_) => Err(Failure::athena_only("avg of intervals")),
        other if is_numeric(&other) || other == DataType::Null => {
            Ok(average(value.coerced(&DataType::Float64), DataType::Float64))
        }
        _ => return None,
    })
}

fn narrowed(value: Typed) -> Typed {
    Typed::new(Expr::Cast(Cast::new(Box::new(value.expr), DataType::Float32)), DataType::Float32)
}

fn orderable(args: Vec<Typed>, wrong: &dyn Fn() -> Failure) -> Outcome<(Vec<Typed>, DataType)> {
    let data_type = args[0].data_type.clone();
    match data_type {
        DataType::Map(..) => Err(wrong()),
        DataType::List(_) | DataType::Struct(_) => {
            Err(Failure::athena_only(format!("the smallest or greatest {}", types::name(&data_type))))
        }
        _ => Ok((args, data_type)),
    }
}

fn percentile(args: Vec<Typed>, build: Build<'_>, wrong: &dyn Fn() -> Failure) -> Outcome<Typed> {
    let returns = match &args[0].data_type {
        DataType::Float64 => DataType::Float64,
        DataType::Float32 | DataType::Decimal128(..) => DataType::Float32,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => DataType::Int64,
        _ => return Err(wrong()),
    };
    let share = args[1].clone().coerced(&DataType::Float64);
    let Some(ScalarValue::Float64(Some(share))) = share.constant().cloned() else {
        return Err(Failure::athena_only("approx_percentile with a percentage that is no constant number"));
    };
    let value = first(args).coerced(&returns);
    Ok(build(Percentile::function(share, returns.clone()), vec![value], returns))
}
