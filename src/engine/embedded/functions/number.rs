//! Arithmetic: overflow of whole numbers is an error, division by zero is NULL.

use std::fmt::Display;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray,
};
use datafusion::arrow::compute::kernels::cmp::{gt, lt};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type, Int32Type, Int64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::super::fault::Fault;
use crate::flow::expr::BinaryOp;

fn unsupported(what: &str, array: &ArrayRef) -> DataFusionError {
    DataFusionError::Internal(format!("{what} of {}", array.data_type()))
}

/// `left op right`, both of one type.
pub fn arithmetic(op: BinaryOp, left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
    match left.data_type() {
        DataType::Int32 => whole::<Int32Type>(op, left, right, "int"),
        DataType::Int64 => whole::<Int64Type>(op, left, right, "bigint"),
        DataType::Float64 => Ok(double(op, left, right)),
        _ => Err(unsupported("arithmetic", left)),
    }
}

fn whole<T: ArrowPrimitiveType>(op: BinaryOp, left: &ArrayRef, right: &ArrayRef, name: &str) -> Result<ArrayRef>
where
    T::Native: Display,
{
    let (left, right) = (left.as_primitive::<T>(), right.as_primitive::<T>());
    let compute = |a: T::Native, b: T::Native| -> Result<Option<T::Native>, ArrowError> {
        Ok(Some(match op {
            BinaryOp::Add => a.add_checked(b)?,
            BinaryOp::Subtract => a.sub_checked(b)?,
            BinaryOp::Multiply => a.mul_checked(b)?,
            BinaryOp::Divide | BinaryOp::Modulo if b.is_zero() => return Ok(None),
            BinaryOp::Divide => a.div_checked(b)?,
            // The one overflow, of the least number by -1, is a remainder of 0.
            _ => a.mod_wrapping(b),
        }))
    };
    let rows = left.iter().zip(right).map(|pair| match pair {
        (Some(a), Some(b)) => compute(a, b).map_err(|_| overflow(format!("{a} {} {b}", sign(op)), name)),
        _ => Ok(None),
    });
    Ok(Arc::new(rows.collect::<Result<PrimitiveArray<T>, Fault>>()?))
}

fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        _ => "%",
    }
}

fn overflow(what: String, name: &str) -> Fault {
    Fault::data("overflow", format!("`{what}` is out of range for {name}"))
        .with_help("cast an operand to bigint or double first, or filter such rows out before")
}

fn double(op: BinaryOp, left: &ArrayRef, right: &ArrayRef) -> ArrayRef {
    let rows = left.as_primitive::<Float64Type>().iter().zip(right.as_primitive::<Float64Type>());
    let compute = |(a, b): (Option<f64>, Option<f64>)| {
        let (a, b) = (a?, b?);
        Some(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Subtract => a - b,
            BinaryOp::Multiply => a * b,
            _ if b == 0.0 => return None,
            BinaryOp::Divide => a / b,
            _ => a % b,
        })
    };
    Arc::new(rows.map(compute).collect::<PrimitiveArray<Float64Type>>())
}

/// `-x`.
pub fn negate(array: &ArrayRef) -> Result<ArrayRef> {
    fn whole<T: ArrowPrimitiveType>(array: &ArrayRef, name: &str) -> Result<ArrayRef>
    where
        T::Native: Display,
    {
        let negate = |x: T::Native| x.neg_checked().map_err(|_| overflow(format!("-({x})"), name));
        Ok(Arc::new(array.as_primitive::<T>().try_unary::<_, T, Fault>(negate)?))
    }
    match array.data_type() {
        DataType::Int32 => whole::<Int32Type>(array, "int"),
        DataType::Int64 => whole::<Int64Type>(array, "bigint"),
        DataType::Float64 => Ok(Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(|x| -x))),
        _ => Err(unsupported("negation", array)),
    }
}

/// Without its sign.
pub fn abs(array: &ArrayRef) -> Result<ArrayRef> {
    fn whole<T: ArrowPrimitiveType>(array: &ArrayRef, name: &str) -> Result<ArrayRef>
    where
        T::Native: Display,
    {
        let abs = |x: T::Native| {
            if x.is_lt(T::Native::ZERO) {
                x.neg_checked().map_err(|_| overflow(format!("abs({x})"), name))
            } else {
                Ok(x)
            }
        };
        Ok(Arc::new(array.as_primitive::<T>().try_unary::<_, T, Fault>(abs)?))
    }
    match array.data_type() {
        DataType::Int32 => whole::<Int32Type>(array, "int"),
        DataType::Int64 => whole::<Int64Type>(array, "bigint"),
        DataType::Float64 => Ok(Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::abs))),
        _ => Err(unsupported("abs", array)),
    }
}

/// `f` of each double; never `-0.0`, which an engine that passes through whole numbers cannot tell.
pub fn map(array: &ArrayRef, f: fn(f64) -> f64) -> Result<ArrayRef> {
    match array.as_primitive_opt::<Float64Type>() {
        Some(doubles) => Ok(Arc::new(doubles.unary::<_, Float64Type>(|x| f(x) + 0.0))),
        None => Err(unsupported("a function of doubles", array)),
    }
}

/// The square root; NULL for a negative number.
pub fn sqrt(array: &ArrayRef) -> Result<ArrayRef> {
    let roots = array.as_primitive::<Float64Type>().iter().map(|x| x.filter(|x| *x >= 0.0).map(f64::sqrt));
    Ok(Arc::new(roots.collect::<PrimitiveArray<Float64Type>>()))
}

/// The greatest or the least of each row's values, which NULLs are none of.
pub fn extreme(args: &[ArrayRef], greatest: bool) -> Result<ArrayRef> {
    let one = |array: &ArrayRef| match array.data_type() {
        DataType::Float32 | DataType::Float64 => comparable(array),
        _ => Ok(array.clone()),
    };
    let mut arrays = args.iter().map(one);
    let mut best = arrays.next().ok_or_else(|| DataFusionError::Internal("the greatest of nothing".into()))??;
    for next in arrays {
        let next = next?;
        let better = if greatest { gt(&next, &best)? } else { lt(&next, &best)? };
        // NULL where either is: then the one that is none.
        let taken = |row: usize| if better.is_valid(row) { better.value(row) } else { next.is_valid(row) };
        let taken: BooleanArray = (0..next.len()).map(|row| Some(taken(row))).collect();
        best = zip(&taken, &next, &best)?;
    }
    Ok(best)
}

/// The same numbers with `-0.0` as `0.0`, and NaN as the one that is greater than all (hardware makes others, too).
pub fn comparable(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Float32 => {
            let one = |x: f32| if x.is_nan() { f32::NAN } else { x + 0.0 };
            Ok(Arc::new(array.as_primitive::<Float32Type>().unary::<_, Float32Type>(one)))
        }
        DataType::Float64 => map(array, |x| if x.is_nan() { f64::NAN } else { x }),
        _ => Err(unsupported("comparison", array)),
    }
}

/// Rounds to `digits` after the point (a literal; 0 when absent), half away from zero.
pub fn round(array: &ArrayRef, digits: Option<&ArrayRef>) -> Result<ArrayRef> {
    let digits = digits.and_then(|d| d.as_primitive_opt::<Int32Type>()).filter(|d| !d.is_empty());
    let digits = digits.map_or(0, |d| d.value(0).max(0) as usize);
    match array.as_primitive_opt::<Float64Type>() {
        Some(doubles) => Ok(Arc::new(doubles.unary::<_, Float64Type>(|x| rounded(x, digits)))),
        None => Err(unsupported("round", array)),
    }
}

/// `x` rounded by the shortest decimal that reads back as it.
fn rounded(x: f64, digits: usize) -> f64 {
    let text = x.abs().to_string();
    let Some((whole, fraction)) = text.split_once('.').filter(|(_, fraction)| x.is_finite() && fraction.len() > digits)
    else {
        return x + 0.0;
    };
    let mut kept = format!("{whole}{}", &fraction[..digits]).into_bytes();
    if fraction.as_bytes()[digits] >= b'5' {
        increment(&mut kept);
    }
    let point = kept.len() - digits;
    let text = format!("{}.{}", String::from_utf8_lossy(&kept[..point]), String::from_utf8_lossy(&kept[point..]));
    let magnitude: f64 = text.parse().unwrap_or(x.abs());
    if x < 0.0 { -magnitude + 0.0 } else { magnitude }
}

/// Adds one to a number written in decimal digits.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit != b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Float64Array, Int32Array};

    use super::*;

    fn ints(op: BinaryOp, a: Option<i32>, b: Option<i32>) -> Result<Option<i32>, String> {
        let (a, b): (ArrayRef, ArrayRef) = (Arc::new(Int32Array::from(vec![a])), Arc::new(Int32Array::from(vec![b])));
        let result = arithmetic(op, &a, &b).map_err(|e| super::super::super::fault::error(e).message().to_string())?;
        Ok(result.as_primitive::<Int32Type>().iter().next().unwrap())
    }

    fn doubles(op: BinaryOp, a: f64, b: f64) -> Option<f64> {
        let (a, b): (ArrayRef, ArrayRef) =
            (Arc::new(Float64Array::from(vec![a])), Arc::new(Float64Array::from(vec![b])));
        arithmetic(op, &a, &b).unwrap().as_primitive::<Float64Type>().iter().next().unwrap()
    }

    #[test]
    fn whole_numbers() {
        use BinaryOp::{Add, Divide, Modulo, Multiply, Subtract};
        assert_eq!(ints(Divide, Some(-7), Some(2)), Ok(Some(-3)));
        assert_eq!(ints(Modulo, Some(-7), Some(2)), Ok(Some(-1)));
        assert_eq!(ints(Divide, Some(7), Some(0)), Ok(None));
        assert_eq!(ints(Modulo, Some(7), Some(0)), Ok(None));
        assert_eq!(ints(Add, Some(7), None), Ok(None));
        assert_eq!(ints(Modulo, Some(i32::MIN), Some(-1)), Ok(Some(0)));
        assert_eq!(ints(Add, Some(i32::MAX), Some(1)), Err("`2147483647 + 1` is out of range for int".into()));
        assert_eq!(ints(Subtract, Some(i32::MIN), Some(1)), Err("`-2147483648 - 1` is out of range for int".into()));
        assert_eq!(ints(Multiply, Some(65_536), Some(32_768)), Err("`65536 * 32768` is out of range for int".into()));
        assert_eq!(ints(Divide, Some(i32::MIN), Some(-1)), Err("`-2147483648 / -1` is out of range for int".into()));
    }

    #[test]
    fn fractions() {
        assert_eq!(doubles(BinaryOp::Divide, 1.0, 4.0), Some(0.25));
        assert_eq!(doubles(BinaryOp::Divide, 1.0, -0.0), None);
        assert_eq!(doubles(BinaryOp::Modulo, -7.5, 2.0), Some(-1.5));
        assert_eq!(doubles(BinaryOp::Modulo, 7.5, 0.0), None);
        assert_eq!(doubles(BinaryOp::Multiply, f64::MAX, 2.0), Some(f64::INFINITY));
    }

    #[test]
    fn the_least_number_has_no_opposite() {
        let least: ArrayRef = Arc::new(Int32Array::from(vec![i32::MIN]));
        assert!(negate(&least).is_err() && abs(&least).is_err());
        let other: ArrayRef = Arc::new(Int32Array::from(vec![Some(-5), None]));
        assert_eq!(abs(&other).unwrap().as_primitive::<Int32Type>(), &Int32Array::from(vec![Some(5), None]));
        assert_eq!(negate(&other).unwrap().as_primitive::<Int32Type>(), &Int32Array::from(vec![Some(5), None]));
    }

    #[test]
    fn rounding_reads_the_decimal() {
        for (x, digits, expected) in [
            (2.5, 0, 3.0),
            (-2.5, 0, -3.0),
            (1.005, 2, 1.01),
            (0.15, 1, 0.2),
            (-1.45, 1, -1.5),
            (99.995, 2, 100.0),
            (9.99, 0, 10.0),
            (1e22, 2, 1e22),
            (1.0, 3, 1.0),
            (f64::INFINITY, 0, f64::INFINITY),
            (5e-324, 10, 0.0),
        ] {
            assert_eq!(rounded(x, digits), expected, "{x} {digits}");
        }
        assert!(rounded(-0.4, 0).is_sign_positive() && rounded(-0.0, 0).is_sign_positive());
        assert!(rounded(f64::NAN, 2).is_nan());
    }

    #[test]
    fn zero_has_one_sign() {
        let zeros: ArrayRef = Arc::new(Float64Array::from(vec![-0.0, 0.0]));
        let comparable = comparable(&zeros).unwrap();
        assert!(comparable.as_primitive::<Float64Type>().values().iter().all(|x| x.is_sign_positive()));
    }
}
