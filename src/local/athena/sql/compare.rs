//! Comparisons whose meaning differs from the engine's: doubles by IEEE 754 (NaN equals nothing, -0 equals 0), arrays in
//! three-valued logic. The others are the engine's own, so that it can use them for joins and pruning.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, make_comparator};
use datafusion::arrow::compute::{SortOptions, cast};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use super::arrays::places;
use super::failure::{Failure, Outcome};
use super::kernel::{Call, Kernel, Run, at};
use super::typed::{Typed, common, exact};
use super::types;

/// `left op right` for two values of a common type.
pub fn comparison(op: Operator, left: Typed, right: Typed) -> Outcome<Typed> {
    let to = common(&left.data_type, &right.data_type).ok_or_else(|| mismatch(op, &left, &right))?;
    if let (Some((p1, s1)), Some((p2, s2)), DataType::Decimal128(..)) =
        (exact(&left.data_type), exact(&right.data_type), &to)
        && (p1 as i16 - i16::from(s1)).max(p2 as i16 - i16::from(s2)) + i16::from(s1.max(s2)) > 38
    {
        // No decimal holds both.
        return Err(Failure::athena_only("a comparison of decimals that need more than 38 digits together"));
    }
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

/// Whether NaN is NaN: not to `=`, but where values are told apart (DISTINCT, sets).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nan {
    /// NaN is no value's equal.
    Differs,
    /// NaN is NaN.
    Same,
}

/// Whether a value of one column equals one of another, of the same type and both no NULLs; 0 is -0.
pub fn equality(a: &ArrayRef, b: &ArrayRef, nan: Nan) -> Outcome<Box<dyn Fn(usize, usize) -> bool>> {
    if matches!(a.data_type(), DataType::Float32 | DataType::Float64) {
        let wide = |column: &ArrayRef| cast(column, &DataType::Float64);
        let (a, b) = (wide(a)?.as_primitive::<Float64Type>().clone(), wide(b)?.as_primitive::<Float64Type>().clone());
        return Ok(Box::new(move |p, q| {
            let (x, y) = (a.value(p), b.value(q));
            x == y || nan == Nan::Same && x.is_nan() && y.is_nan()
        }));
    }
    let order = make_comparator(a, b, SortOptions::default())?;
    Ok(Box::new(move |p, q| order(p, q) == std::cmp::Ordering::Equal))
}

/// Unequal when the lengths or two elements differ, else unknown when an element is.
fn arrays_equal(call: &Call<'_>) -> Outcome<ArrayRef> {
    let (a, b) = (call.args[0].as_list::<i32>(), call.args[1].as_list::<i32>());
    let equal = equality(a.values(), b.values(), Nan::Differs)?;
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
            } else if !equal(p, q) {
                return Ok(Some(false));
            }
        }
        Ok(known.then_some(true))
    })
}
