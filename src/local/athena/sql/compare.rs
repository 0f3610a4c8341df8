//! Comparisons whose meaning differs from the engine's: doubles by IEEE 754 (NaN equals nothing, -0 equals 0), arrays in
//! three-valued logic. The others are the engine's own, so that it can use them for joins and pruning.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, make_comparator};
use datafusion::arrow::compute::{SortOptions, cast};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use super::arrays::places;
use super::failure::{Failure, Outcome};
use super::kernel::{Call, Kernel, Run, at};
use super::typed::{Typed, common};
use super::types;

/// `left op right` for two values of a common type.
pub fn comparison(op: Operator, left: Typed, right: Typed) -> Outcome<Typed> {
    let to = common(&left.data_type, &right.data_type).ok_or_else(|| mismatch(op, &left, &right))?;
    let (left, right) = (left.coerced(&to), right.coerced(&to));
    match &to {
        DataType::Float32 | DataType::Float64 => {
            if let Some((name, run)) = of_doubles(op) {
                return Ok(Kernel::call(name, run, vec![left, right], DataType::Boolean));
            }
        }
        DataType::List(element) => {
            let simple = !matches!(element.data_type(), DataType::List(_) | DataType::Struct(_) | DataType::Map(..));
            return match op {
                Operator::Eq if simple => {
                    Ok(Kernel::call("array_equal", arrays_equal, vec![left, right], DataType::Boolean))
                }
                Operator::NotEq if simple => {
                    let equal = Kernel::call("array_equal", arrays_equal, vec![left, right], DataType::Boolean);
                    Ok(Typed::new(Expr::Not(Box::new(equal.expr)), DataType::Boolean))
                }
                _ => Err(Failure::athena_only(format!("this comparison of {}", types::name(&to)))),
            };
        }
        DataType::Struct(_) | DataType::Map(..) => {
            return Err(Failure::athena_only(format!("a comparison of {}", types::name(&to))));
        }
        _ => {}
    }
    let native = BinaryExpr::new(Box::new(left.expr), op, Box::new(right.expr));
    Ok(Typed::new(Expr::BinaryExpr(native), DataType::Boolean))
}

/// Trino names the operator that it rewrites a comparison to: `>` becomes `<`.
fn mismatch(op: Operator, left: &Typed, right: &Typed) -> Failure {
    let shown = match op {
        Operator::Eq | Operator::NotEq => "=",
        Operator::Lt | Operator::Gt => "<",
        Operator::LtEq | Operator::GtEq => "<=",
        _ => "IS DISTINCT FROM",
    };
    Failure::type_mismatch(format!("Cannot apply operator: {} {shown} {}", left.type_name(), right.type_name()))
}

fn of_doubles(op: Operator) -> Option<(&'static str, Run)> {
    Some(match op {
        Operator::Eq => ("double_equal", |c| doubles(c, |a, b| a == b)),
        Operator::NotEq => ("double_not_equal", |c| doubles(c, |a, b| a != b)),
        Operator::Lt => ("double_less", |c| doubles(c, |a, b| a < b)),
        Operator::LtEq => ("double_less_or_equal", |c| doubles(c, |a, b| a <= b)),
        Operator::Gt => ("double_greater", |c| doubles(c, |a, b| a > b)),
        Operator::GtEq => ("double_greater_or_equal", |c| doubles(c, |a, b| a >= b)),
        _ => return None,
    })
}

fn doubles(call: &Call<'_>, test: fn(f64, f64) -> bool) -> Outcome<ArrayRef> {
    let wide = [cast(&call.args[0], &DataType::Float64)?, cast(&call.args[1], &DataType::Float64)?];
    let (a, b) = (wide[0].as_primitive::<Float64Type>(), wide[1].as_primitive::<Float64Type>());
    call.booleans(|i| Ok(at(a, i).zip(at(b, i)).map(|(a, b)| test(a, b))))
}

/// Unequal when the lengths or two elements differ, else unknown when an element is.
fn arrays_equal(call: &Call<'_>) -> Outcome<ArrayRef> {
    let (a, b) = (call.args[0].as_list::<i32>(), call.args[1].as_list::<i32>());
    let order = make_comparator(a.values(), b.values(), SortOptions::default())?;
    call.booleans(|i| {
        if a.is_null(i) || b.is_null(i) {
            return Ok(None);
        }
        let (left, right) = (places(a, i), places(b, i));
        if left.len() != right.len() {
            return Ok(Some(false));
        }
        let mut known = true;
        for (p, q) in left.zip(right) {
            if a.values().is_null(p) || b.values().is_null(q) {
                known = false;
            } else if order(p, q) != std::cmp::Ordering::Equal {
                return Ok(Some(false));
            }
        }
        Ok(known.then_some(true))
    })
}
