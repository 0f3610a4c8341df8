//! Window functions that are no aggregates: Trino's names and types over the engine's.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, new_empty_array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions_window as engine;
use datafusion::logical_expr::WindowUDF;

use super::failure::{Failure, Outcome};
use super::kernel::{Call, Kernel, Run};
use super::typed::{Typed, common};

/// The engine's function, its arguments, the type it returns, and the type Trino's returns.
pub type Resolved = (Arc<WindowUDF>, Vec<Typed>, DataType, DataType);

/// The window functions that the local cloud translates, beside the aggregates, sorted.
pub const KNOWN: &[&str] = &[
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];

/// Whether it is a window function that is no aggregate.
pub fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// A call with a count that fails on every row: it is no call of a window function at all.
pub fn bad_count(name: &str, args: &[Typed]) -> Option<Typed> {
    let count = |place: usize| match args.get(place)?.constant()? {
        ScalarValue::Int32(Some(n)) => Some(i64::from(*n)),
        ScalarValue::Int64(Some(n)) => Some(*n),
        _ => None,
    };
    fn fails(call: &Call<'_>, message: &str) -> Outcome<ArrayRef> {
        match call.rows {
            0 => Ok(new_empty_array(call.returns)),
            _ => Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message)),
        }
    }
    let run: Run = match (name, args.len()) {
        ("ntile", 1) if count(0)? < 1 => |c| fails(c, "Buckets must be greater than 0"),
        ("nth_value", 2) if count(1)? < 1 => |c| fails(c, "Offset must be at least 1"),
        ("lag" | "lead", 2 | 3) if count(1)? < 0 => |c| fails(c, "Offset must be at least 0"),
        _ => return None,
    };
    let returns = if name == "ntile" { DataType::Int64 } else { args[0].data_type.clone() };
    Some(Kernel::call_volatile("bad_count", run, Vec::new(), returns))
}

/// The window function of that name.
pub fn function(name: &str, args: Vec<Typed>) -> Outcome<Resolved> {
    let counting = |function| Ok((function, Vec::new(), DataType::UInt64, DataType::Int64));
    let share = |function| Ok((function, Vec::new(), DataType::Float64, DataType::Float64));
    match (name, args.len()) {
        ("row_number", 0) => counting(engine::row_number::row_number_udwf()),
        ("rank", 0) => counting(engine::rank::rank_udwf()),
        ("dense_rank", 0) => counting(engine::rank::dense_rank_udwf()),
        ("percent_rank", 0) => share(engine::rank::percent_rank_udwf()),
        ("cume_dist", 0) => share(engine::cume_dist::cume_dist_udwf()),
        ("ntile", 1) => {
            let buckets = constant(args, 0, "ntile")?;
            Ok((engine::ntile::ntile_udwf(), buckets, DataType::UInt64, DataType::Int64))
        }
        ("lag", 1..=3) => shifted(engine::lead_lag::lag_udwf(), args, name),
        ("lead", 1..=3) => shifted(engine::lead_lag::lead_udwf(), args, name),
        ("first_value", 1) => valued(engine::nth_value::first_value_udwf(), args),
        ("last_value", 1) => valued(engine::nth_value::last_value_udwf(), args),
        ("nth_value", 2) => valued(engine::nth_value::nth_value_udwf(), constant(args, 1, name)?),
        (name, _) if is_known(name) => {
            let kinds: Vec<_> = args.iter().map(Typed::type_name).collect();
            let message = format!("Unexpected parameters ({}) for function {name}", kinds.join(", "));
            Err(Failure::new("FUNCTION_NOT_FOUND", message))
        }
        _ => Err(Failure::new("FUNCTION_NOT_FOUND", format!("Function '{name}' not registered"))),
    }
}

fn valued(function: Arc<WindowUDF>, args: Vec<Typed>) -> Outcome<Resolved> {
    let data_type = args[0].data_type.clone();
    Ok((function, args, data_type.clone(), data_type))
}

fn shifted(function: Arc<WindowUDF>, mut args: Vec<Typed>, name: &str) -> Outcome<Resolved> {
    let data_type = args[0].data_type.clone();
    if args.len() > 1 {
        args = constant(args, 1, name)?;
    }
    if args.len() == 3 {
        let default = args.remove(2);
        if common(&default.data_type, &data_type).as_ref() != Some(&data_type) || default.constant().is_none() {
            return Err(Failure::athena_only(format!("{name} with this default")));
        }
        args.push(default.coerced(&data_type));
    }
    Ok((function, args, data_type.clone(), data_type))
}

/// The argument at `place` as a constant bigint, as the engine needs it.
fn constant(mut args: Vec<Typed>, place: usize, name: &str) -> Outcome<Vec<Typed>> {
    let number = args[place].clone().coerced(&DataType::Int64);
    match number.constant() {
        Some(ScalarValue::Int64(Some(_))) => {
            args[place] = number;
            Ok(args)
        }
        _ => Err(Failure::athena_only(format!("{name} with a count that is no constant"))),
    }
}
