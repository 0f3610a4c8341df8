//! `round`, `floor`, `ceil`, `truncate`: over integers, doubles and decimals, with Trino's result types.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::ScalarValue;

use super::super::cast;
use super::super::failure::{Failure, Outcome};
use super::super::kernel::{Call, Kernel, Run, at};
use super::super::typed::{Typed, common, exact, is_integer};
use super::numbers::number;
use super::{Special, unexpected};

pub(super) const SPECIALS: &[(&str, Special)] =
    &[("round", round), ("floor", floor), ("ceil", ceil), ("ceiling", ceil), ("truncate", truncate)];

fn floor(_: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    whole("floor", args, |c| mapped(c, f64::floor), |c| to_whole(c, |v, unit| v.div_euclid(unit)))
}

fn ceil(_: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    whole("ceil", args, |c| mapped(c, f64::ceil), |c| to_whole(c, |v, unit| -(-v).div_euclid(unit)))
}

/// Doubles of either width through one function; a real stays a real.
fn doubles(name: &'static str, args: Vec<Typed>, run: Run) -> Typed {
    let returns = args[0].data_type.clone();
    let mut args = args;
    let value = args.remove(0).coerced(&DataType::Float64);
    args.insert(0, value);
    let result = Kernel::call(name, run, args, DataType::Float64);
    if returns == DataType::Float32 {
        let narrow = datafusion::logical_expr::Cast::new(Box::new(result.expr), DataType::Float32);
        return Typed::new(datafusion::logical_expr::Expr::Cast(narrow), DataType::Float32);
    }
    result
}

fn mapped(c: &Call<'_>, f: fn(f64) -> f64) -> Outcome<ArrayRef> {
    let values = c.args[0].as_primitive::<Float64Type>();
    c.primitives::<Float64Type>(|i| Ok(at(values, i).map(f)))
}

fn whole(name: &'static str, args: Vec<Typed>, on_doubles: Run, on_decimals: Run) -> Outcome<Typed> {
    let value = number(name, &args)?;
    match value.data_type.clone() {
        integer if is_integer(&integer) => Ok(value),
        DataType::Decimal128(p, s) => {
            let precision = (p as i16 - i16::from(s) + i16::from(s.min(1))).clamp(1, 38);
            Ok(Kernel::call(name, on_decimals, vec![value], DataType::Decimal128(precision as u8, 0)))
        }
        _ => Ok(doubles(name, vec![value], on_doubles)),
    }
}

fn to_whole(c: &Call<'_>, f: fn(i128, i128) -> i128) -> Outcome<ArrayRef> {
    let scale = exact(c.args[0].data_type()).map_or(0, |(_, s)| s as u32);
    let values = c.args[0].as_primitive::<Decimal128Type>();
    c.primitives::<Decimal128Type>(|i| Ok(at(values, i).map(|v| f(v, 10_i128.pow(scale)))))
}

/// `round(x[, digits])`: half away from zero; doubles by way of `x * 10^digits`, as Trino does.
fn round(name: &'static str, mut args: Vec<Typed>) -> Outcome<Typed> {
    let digits = digits(name, &mut args)?;
    let given = digits.is_some();
    let value = number(name, &args)?;
    let digits = digits.unwrap_or_else(|| Typed::literal(ScalarValue::Int64(Some(0))));
    match value.data_type.clone() {
        DataType::Decimal128(p, s) if !given => {
            let precision = (p as i16 - i16::from(s) + i16::from(s.min(1))).clamp(1, 38);
            cast::cast(value, &DataType::Decimal128(precision as u8, 0))
        }
        DataType::Decimal128(p, s) => {
            let returns = DataType::Decimal128((p + 1).min(38), s);
            Ok(Kernel::call(name, round_decimals, vec![value, digits], returns))
        }
        integer if is_integer(&integer) && !given => Ok(value),
        integer if is_integer(&integer) => {
            let value = value.coerced(&DataType::Int64);
            cast::cast(Kernel::call("round_integer", round_integers, vec![value, digits], DataType::Int64), &integer)
        }
        _ => Ok(doubles(name, vec![value, digits], round_doubles)),
    }
}

/// Takes the second argument, how many digits to keep, off the list.
fn digits(name: &'static str, args: &mut Vec<Typed>) -> Outcome<Option<Typed>> {
    if args.len() != 2 {
        return Ok(None);
    }
    match common(&args[1].data_type, &DataType::Int32) {
        Some(DataType::Int32) => Ok(args.pop().map(|d| d.coerced(&DataType::Int64))),
        _ => Err(unexpected(name, args, &format!("{name}(number, integer)"))),
    }
}

fn round_doubles(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (values, digits) = (c.args[0].as_primitive::<Float64Type>(), c.args[1].as_primitive::<Int64Type>());
    c.primitives::<Float64Type>(|i| Ok(at(values, i).zip(at(digits, i)).map(|(v, d)| rounded(v, d))))
}

fn rounded(value: f64, digits: i64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let factor = 10_f64.powf(digits as f64);
    let scaled = value * factor;
    if !value.is_finite() || scaled.is_infinite() { value } else { scaled.round() / factor }
}

/// The unit of the last digit that stays, in units of the scale; `None` when all digits stay.
fn unit(scale: u32, digits: i64) -> Option<i128> {
    let dropped = i64::from(scale) - digits;
    (dropped > 0).then(|| 10_i128.pow(dropped.min(38) as u32))
}

fn round_decimals(c: &Call<'_>) -> Outcome<ArrayRef> {
    let scale = exact(c.args[0].data_type()).map_or(0, |(_, s)| s as u32);
    let wide = exact(c.args[0].data_type()).is_some_and(|(p, _)| p > 18);
    let (values, digits) = (c.args[0].as_primitive::<Decimal128Type>(), c.args[1].as_primitive::<Int64Type>());
    c.primitives::<Decimal128Type>(|i| {
        let Some((v, d)) = at(values, i).zip(at(digits, i)) else { return Ok(None) };
        let rounded = unit(scale, d).map_or(v, |unit| half_away(v, unit));
        // Trino has no factor beyond 38 digits for decimals of more than 18.
        let far = wide && v != 0 && i64::from(scale) - d > 38;
        if far || rounded.unsigned_abs() >= 10_u128.pow(38) {
            return Err(Failure::new("NUMERIC_VALUE_OUT_OF_RANGE", format!("decimal overflow: {v}")));
        }
        Ok(Some(rounded))
    })
}

fn round_integers(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (values, digits) = (c.args[0].as_primitive::<Int64Type>(), c.args[1].as_primitive::<Int64Type>());
    c.primitives::<Int64Type>(|i| {
        let Some((v, d)) = at(values, i).zip(at(digits, i)) else { return Ok(None) };
        let rounded = unit(0, d).map_or(i128::from(v), |unit| half_away(i128::from(v), unit));
        let overflow = |_| Failure::new("NUMERIC_VALUE_OUT_OF_RANGE", format!("numerical overflow: {v}"));
        i64::try_from(rounded).map(Some).map_err(overflow)
    })
}

fn half_away(value: i128, unit: i128) -> i128 {
    let rest = value % unit;
    let down = value - rest;
    // Where the sum is beyond the type it is beyond every limit, too.
    if rest.abs() >= unit - rest.abs() { down.saturating_add(unit * value.signum()) } else { down }
}

/// `truncate(x)` towards zero, `truncate(decimal, digits)`.
fn truncate(name: &'static str, mut args: Vec<Typed>) -> Outcome<Typed> {
    let given = args.clone();
    let digits = digits(name, &mut args)?;
    let value = number(name, &args)?;
    // Trino has it for doubles, reals and decimals, and integers are decimals first.
    let value = match exact(&value.data_type).filter(|_| is_integer(&value.data_type)) {
        Some((p, s)) => value.coerced(&DataType::Decimal128(p, s)),
        None => value,
    };
    match (value.data_type.clone(), digits) {
        (DataType::Decimal128(p, s), None) => {
            let precision = (p as i16 - i16::from(s)).clamp(1, 38);
            let run: Run = |c| to_whole(c, |v, unit| v / unit);
            Ok(Kernel::call(name, run, vec![value], DataType::Decimal128(precision as u8, 0)))
        }
        (returns @ DataType::Decimal128(..), Some(digits)) => {
            Ok(Kernel::call("truncate_digits", truncate_decimals, vec![value, digits], returns))
        }
        (_, None) => Ok(doubles(name, vec![value], |c| mapped(c, f64::trunc))),
        (_, Some(_)) => Err(unexpected(name, &given, "truncate(decimal(p,s), integer), truncate(double)")),
    }
}

fn truncate_decimals(c: &Call<'_>) -> Outcome<ArrayRef> {
    let scale = exact(c.args[0].data_type()).map_or(0, |(_, s)| s as u32);
    let (values, digits) = (c.args[0].as_primitive::<Decimal128Type>(), c.args[1].as_primitive::<Int64Type>());
    c.primitives::<Decimal128Type>(|i| {
        Ok(at(values, i).zip(at(digits, i)).map(|(v, d)| unit(scale, d).map_or(v, |unit| v - v % unit)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_round_by_way_of_the_factor() {
        assert_eq!(rounded(2.5, 0), 3.0);
        assert_eq!(rounded(-2.5, 0), -3.0);
        assert_eq!(rounded(1.005, 2), 1.0);
        assert_eq!(rounded(12.345, -1), 10.0);
        assert_eq!(rounded(1e300, 10), 1e300);
        assert!(rounded(f64::NAN, 2).is_nan());
    }

    #[test]
    fn exact_numbers_round_half_away_from_zero() {
        assert_eq!(half_away(25, 10), 30);
        assert_eq!(half_away(-25, 10), -30);
        assert_eq!(half_away(24, 10), 20);
    }
}
