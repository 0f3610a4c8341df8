//! `+ - * / %` on numbers: integers fail on overflow and on division by zero, doubles follow IEEE 754, decimals have
//! Trino's result types and round half up.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, i256};
use datafusion::arrow::error::ArrowError;
use sqlparser::ast::BinaryOperator;

use super::failure::{Failure, Outcome};
use super::kernel::{Call, Kernel, Run, at};
use super::typed::{Typed, common, exact};
use super::types;

/// `left op right` for numbers; `None` when the operator is not one of numbers or an operand is none.
pub fn numbers(op: &BinaryOperator, left: &Typed, right: &Typed) -> Option<Outcome<Typed>> {
    let to = common(&left.data_type, &right.data_type).filter(super::typed::is_numeric)?;
    if matches!(to, DataType::Decimal128(..)) {
        return Some(decimals(op, left, right));
    }
    let (name, run): (&'static str, Run) = match op {
        BinaryOperator::Plus => ("add", |c| checked(c, "addition", numeric::add)),
        BinaryOperator::Minus => ("subtract", |c| checked(c, "subtraction", numeric::sub)),
        BinaryOperator::Multiply => ("multiply", |c| checked(c, "multiplication", numeric::mul)),
        BinaryOperator::Divide => ("divide", |c| checked(c, "division", numeric::div)),
        BinaryOperator::Modulo => ("modulus", |c| checked(c, "modulus", numeric::rem)),
        _ => return None,
    };
    let args = vec![left.clone().coerced(&to), right.clone().coerced(&to)];
    Some(Ok(Kernel::call(name, run, args, to)))
}

type Numeric =
    fn(&dyn datafusion::arrow::array::Datum, &dyn datafusion::arrow::array::Datum) -> Result<ArrayRef, ArrowError>;

/// Arrow's kernels check integers and leave doubles to IEEE 754, as Trino does.
fn checked(call: &Call<'_>, word: &str, kernel: Numeric) -> Outcome<ArrayRef> {
    kernel(&call.args[0], &call.args[1]).map_err(|error| match error {
        ArrowError::ArithmeticOverflow(text) => {
            let operands = text.strip_prefix("Overflow happened on: ").unwrap_or(&text);
            out_of_range(format!("{} {word} overflow: {operands}", types::name(call.returns)))
        }
        other => other.into(),
    })
}

fn out_of_range(message: impl Into<String>) -> Failure {
    Failure::new("NUMERIC_VALUE_OUT_OF_RANGE", message)
}

/// Decimal arithmetic, with the result types of Trino's `DecimalOperators`.
fn decimals(op: &BinaryOperator, left: &Typed, right: &Typed) -> Outcome<Typed> {
    let operand = |typed: &Typed| {
        let (p, s) = exact(&typed.data_type).unwrap_or((38, 0));
        (typed.clone().coerced(&DataType::Decimal128(p, s)), i16::from(p), i16::from(s))
    };
    // A bare NULL is the narrowest decimal.
    let null = |typed: &Typed| match typed.data_type {
        DataType::Null => typed.clone().coerced(&DataType::Decimal128(1, 0)),
        _ => typed.clone(),
    };
    let (left, right) = (null(left), null(right));
    let ((left, p1, s1), (right, p2, s2)) = (operand(&left), operand(&right));
    let scale = s1.max(s2);
    let (name, run, precision, scale): (&'static str, Run, i16, i16) = match op {
        BinaryOperator::Plus => ("decimal_add", add, (p1 - s1).max(p2 - s2) + scale + 1, scale),
        BinaryOperator::Minus => ("decimal_subtract", subtract, (p1 - s1).max(p2 - s2) + scale + 1, scale),
        BinaryOperator::Multiply => ("decimal_multiply", multiply, p1 + p2, s1 + s2),
        BinaryOperator::Divide => ("decimal_divide", divide, p1 + s2 + (s2 - s1).max(0), scale),
        BinaryOperator::Modulo => ("decimal_modulus", modulus, (p1 - s1).min(p2 - s2) + scale, scale),
        other => return Err(Failure::athena_only(format!("the operator {other} on decimals"))),
    };
    if scale > 38 {
        let message = format!("DECIMAL scale must be in range [0, precision (38)]: {scale}");
        return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message).unplaced());
    }
    let returns = DataType::Decimal128(precision.clamp(1, 38) as u8, scale as i8);
    Ok(Kernel::call(name, run, vec![left, right], returns))
}

/// Row by row over unscaled values at the result's scale.
fn exactly(call: &Call<'_>, compute: impl Fn(i256, i256, u32, u32) -> Outcome<i256>) -> Outcome<ArrayRef> {
    let scale_of = |i: usize| match call.args[i].data_type() {
        DataType::Decimal128(_, s) => *s as u32,
        _ => 0,
    };
    let (s1, s2) = (scale_of(0), scale_of(1));
    let (a, b) = (call.args[0].as_primitive::<Decimal128Type>(), call.args[1].as_primitive::<Decimal128Type>());
    let limit = i256::from_i128(10_i128.pow(38));
    call.primitives::<Decimal128Type>(|i| {
        let (Some(a), Some(b)) = (at(a, i), at(b, i)) else { return Ok(None) };
        let result = compute(i256::from_i128(a), i256::from_i128(b), s1, s2)?;
        if result >= limit || result <= -limit {
            return Err(out_of_range("Decimal overflow"));
        }
        Ok(result.to_i128())
    })
}

/// `value * 10^power`, saturating to an overflow that the caller's limit refuses.
fn scaled(value: i256, power: u32) -> i256 {
    (0..power).fold(value, |v, _| v.checked_mul(i256::from_i128(10)).unwrap_or(i256::MAX))
}

fn add(call: &Call<'_>) -> Outcome<ArrayRef> {
    exactly(call, |a, b, s1, s2| Ok(scaled(a, s2.saturating_sub(s1)).wrapping_add(scaled(b, s1.saturating_sub(s2)))))
}

fn subtract(call: &Call<'_>) -> Outcome<ArrayRef> {
    exactly(call, |a, b, s1, s2| Ok(scaled(a, s2.saturating_sub(s1)).wrapping_sub(scaled(b, s1.saturating_sub(s2)))))
}

fn multiply(call: &Call<'_>) -> Outcome<ArrayRef> {
    exactly(call, |a, b, _, _| Ok(a.checked_mul(b).unwrap_or(i256::MAX)))
}

fn divide(call: &Call<'_>) -> Outcome<ArrayRef> {
    exactly(call, |a, b, s1, s2| {
        if b == i256::ZERO {
            return Err(Failure::new("DIVISION_BY_ZERO", "Division by zero"));
        }
        // The quotient at scale max(s1, s2): a*10^(max - s1 + s2) / b. Trino has no factor beyond 38 digits.
        let power = s1.max(s2) - s1 + s2;
        if power >= 38 {
            return Err(out_of_range("Decimal overflow"));
        }
        let dividend = scaled(a, power);
        let (quotient, rest) = (dividend.wrapping_div(b), dividend.wrapping_rem(b));
        let half_up = rest.wrapping_abs().wrapping_mul(i256::from_i128(2)) >= b.wrapping_abs();
        let away = if a.is_negative() == b.is_negative() { i256::ONE } else { i256::MINUS_ONE };
        Ok(if half_up { quotient.wrapping_add(away) } else { quotient })
    })
}

fn modulus(call: &Call<'_>) -> Outcome<ArrayRef> {
    exactly(call, |a, b, s1, s2| {
        if b == i256::ZERO {
            return Err(Failure::new("DIVISION_BY_ZERO", "Division by zero"));
        }
        let (a, b) = (scaled(a, s2.saturating_sub(s1)), scaled(b, s1.saturating_sub(s2)));
        // Trino computes the quotient beside the rest, and has 128 bits for it.
        if a.wrapping_div(b).wrapping_abs() >= (i256::ONE << 128) {
            return Err(out_of_range("Decimal overflow"));
        }
        Ok(a.wrapping_rem(b))
    })
}

/// `-x`.
pub fn negate(value: Typed) -> Outcome<Typed> {
    let zero = match &value.data_type {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => "integer",
        DataType::Float32 | DataType::Float64 | DataType::Decimal128(..) | DataType::Duration(_) => "other",
        DataType::Interval(_) => "other",
        DataType::Null => return Err(Failure::ambiguous().unplaced()),
        _ => return Err(Failure::type_mismatch(format!("Cannot negate {}", value.type_name()))),
    };
    if let Some(constant) = value.constant().filter(|_| zero == "other")
        && let Ok(negated) = constant.arithmetic_negate()
    {
        return Ok(Typed::literal(negated));
    }
    let returns = value.data_type.clone();
    let run: Run = if zero == "integer" { |c| checked_negation(c) } else { |c| Ok(numeric::neg_wrapping(&c.args[0])?) };
    Ok(Kernel::call("negate", run, vec![value], returns))
}

fn checked_negation(call: &Call<'_>) -> Outcome<ArrayRef> {
    numeric::neg(&call.args[0]).map_err(|_| {
        let bits = 8 * call.returns.primitive_width().unwrap_or(8) as u32;
        out_of_range(format!("{} negation overflow: {}", types::name(call.returns), -(1_i128 << (bits - 1))))
    })
}
