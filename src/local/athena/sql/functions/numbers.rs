//! Functions of numbers.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, make_comparator};
use datafusion::arrow::compute::{SortOptions, interleave};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::ScalarValue;
use rand::Rng;
use sqlparser::ast::BinaryOperator;

use super::super::failure::{Failure, Outcome};
use super::super::kernel::{Call, Kernel, Run, at};
use super::super::text::ascii_digits;
use super::super::typed::{Typed, is_integer, is_numeric};
use super::super::{conditional, operators, types};
use super::Param::{Bigint, Boolean, Double, Text};
use super::{Entry, Overload, Special, unexpected};

macro_rules! doubles {
    ($($name:literal => $f:expr),* $(,)?) => {
        &[$(($name, &[Overload { params: &[Double], returns: Double, run: |c| mapped(c, $f) }])),*]
    };
}

pub(super) const ENTRIES: &[Entry] = &{
    const ONE: &[Entry] = doubles! {
        "sqrt" => f64::sqrt, "cbrt" => f64::cbrt, "exp" => f64::exp, "ln" => f64::ln, "log2" => f64::log2,
        "log10" => f64::log10, "sin" => f64::sin, "cos" => f64::cos, "tan" => f64::tan, "asin" => f64::asin,
        "acos" => f64::acos, "atan" => f64::atan, "sinh" => f64::sinh, "cosh" => f64::cosh, "tanh" => f64::tanh,
        "degrees" => f64::to_degrees, "radians" => f64::to_radians,
    };
    const MORE: &[Entry] = &[
        ("power", POWER),
        ("pow", POWER),
        ("atan2", &[Overload { params: &[Double, Double], returns: Double, run: |c| zipped(c, f64::atan2) }]),
        ("log", &[Overload { params: &[Double, Double], returns: Double, run: |c| zipped(c, |b, x| x.ln() / b.ln()) }]),
        ("pi", &[Overload { params: &[], returns: Double, run: |c| constant(c, std::f64::consts::PI) }]),
        ("e", &[Overload { params: &[], returns: Double, run: |c| constant(c, std::f64::consts::E) }]),
        ("nan", &[Overload { params: &[], returns: Double, run: |c| constant(c, f64::NAN) }]),
        ("infinity", &[Overload { params: &[], returns: Double, run: |c| constant(c, f64::INFINITY) }]),
        ("is_nan", &[Overload { params: &[Double], returns: Boolean, run: |c| tested(c, f64::is_nan) }]),
        ("is_finite", &[Overload { params: &[Double], returns: Boolean, run: |c| tested(c, f64::is_finite) }]),
        ("is_infinite", &[Overload { params: &[Double], returns: Boolean, run: |c| tested(c, f64::is_infinite) }]),
        ("width_bucket", &[Overload { params: &[Double, Double, Double, Bigint], returns: Bigint, run: width_bucket }]),
        ("to_base", &[Overload { params: &[Bigint, Bigint], returns: Text, run: to_base }]),
        ("from_base", &[Overload { params: &[Text, Bigint], returns: Bigint, run: from_base }]),
        ("bitwise_and", &[Overload { params: &[Bigint, Bigint], returns: Bigint, run: |c| bits(c, |a, b| a & b) }]),
        ("bitwise_or", &[Overload { params: &[Bigint, Bigint], returns: Bigint, run: |c| bits(c, |a, b| a | b) }]),
        ("bitwise_xor", &[Overload { params: &[Bigint, Bigint], returns: Bigint, run: |c| bits(c, |a, b| a ^ b) }]),
    ];
    const ALL: [Entry; ONE.len() + MORE.len()] = {
        let mut all = [MORE[0]; ONE.len() + MORE.len()];
        let mut i = 0;
        while i < all.len() {
            all[i] = if i < ONE.len() { ONE[i] } else { MORE[i - ONE.len()] };
            i += 1;
        }
        all
    };
    ALL
};

const POWER: &[Overload] = &[Overload { params: &[Double, Double], returns: Double, run: |c| zipped(c, power) }];

pub(super) const SPECIALS: &[(&str, Special)] = &[
    ("abs", abs),
    ("sign", sign),
    ("mod", modulus),
    ("greatest", |name, args| extreme(name, args, true)),
    ("least", |name, args| extreme(name, args, false)),
    ("random", random),
    ("rand", random),
];

fn mapped(c: &Call<'_>, f: fn(f64) -> f64) -> Outcome<ArrayRef> {
    let values = c.args[0].as_primitive::<Float64Type>();
    c.primitives::<Float64Type>(|i| Ok(at(values, i).map(f)))
}

/// Java's, to which a power with NaN or of one with infinity is NaN.
fn power(base: f64, exponent: f64) -> f64 {
    let unknown = exponent.is_nan() || base.abs() == 1.0 && exponent.is_infinite();
    if unknown { f64::NAN } else { base.powf(exponent) }
}

fn zipped(c: &Call<'_>, f: fn(f64, f64) -> f64) -> Outcome<ArrayRef> {
    let (a, b) = (c.args[0].as_primitive::<Float64Type>(), c.args[1].as_primitive::<Float64Type>());
    c.primitives::<Float64Type>(|i| Ok(at(a, i).zip(at(b, i)).map(|(a, b)| f(a, b))))
}

fn tested(c: &Call<'_>, f: fn(f64) -> bool) -> Outcome<ArrayRef> {
    let values = c.args[0].as_primitive::<Float64Type>();
    c.booleans(|i| Ok(at(values, i).map(f)))
}

fn bits(c: &Call<'_>, f: fn(i64, i64) -> i64) -> Outcome<ArrayRef> {
    let (a, b) = (c.args[0].as_primitive::<Int64Type>(), c.args[1].as_primitive::<Int64Type>());
    c.primitives::<Int64Type>(|i| Ok(at(a, i).zip(at(b, i)).map(|(a, b)| f(a, b))))
}

fn constant(c: &Call<'_>, value: f64) -> Outcome<ArrayRef> {
    c.primitives::<Float64Type>(|_| Ok(Some(value)))
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("INVALID_FUNCTION_ARGUMENT", message)
}

fn width_bucket(c: &Call<'_>) -> Outcome<ArrayRef> {
    let doubles: Vec<_> = c.args[..3].iter().map(|a| a.as_primitive::<Float64Type>()).collect();
    let counts = c.args[3].as_primitive::<Int64Type>();
    c.primitives::<Int64Type>(|i| {
        let (Some(x), Some(low), Some(high), Some(count)) =
            (at(doubles[0], i), at(doubles[1], i), at(doubles[2], i), at(counts, i))
        else {
            return Ok(None);
        };
        if count <= 0 {
            return Err(invalid("bucketCount must be greater than 0"));
        }
        let parts = [
            (x.is_nan(), "operand must not be NaN"),
            (!low.is_finite(), "first bound must be finite"),
            (!high.is_finite(), "second bound must be finite"),
        ];
        if let Some((_, message)) = parts.into_iter().find(|(wrong, _)| *wrong) {
            return Err(invalid(message));
        }
        if low == high {
            return Err(invalid("bounds cannot equal each other"));
        }
        let (lower, upper) = (low.min(high), low.max(high));
        let bucket = match x {
            x if x < lower => 0,
            x if x >= upper => count.checked_add(1).ok_or_else(|| {
                let message = format!("Bucket for value {} is out of range", super::super::render::double(x));
                Failure::new("NUMERIC_VALUE_OUT_OF_RANGE", message)
            })?,
            x => (count as f64 * (x - lower) / (upper - lower) + 1.0) as i64,
        };
        Ok(Some(if low > high { count.wrapping_sub(bucket).wrapping_add(1) } else { bucket }))
    })
}

fn radix(radix: i64) -> Outcome<u32> {
    match radix {
        2..=36 => Ok(radix as u32),
        _ => Err(invalid("Radix must be between 2 and 36")),
    }
}

fn to_base(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (numbers, bases) = (c.args[0].as_primitive::<Int64Type>(), c.args[1].as_primitive::<Int64Type>());
    c.texts(|i| {
        let Some((number, base)) = at(numbers, i).zip(at(bases, i)) else { return Ok(None) };
        let base = u64::from(radix(base)?);
        let (mut rest, mut digits) = (number.unsigned_abs(), Vec::new());
        while rest > 0 || digits.is_empty() {
            digits.push(char::from_digit((rest % base) as u32, base as u32).unwrap_or('0'));
            rest /= base;
        }
        let sign = if number < 0 { "-" } else { "" };
        Ok(Some(sign.to_owned() + &digits.into_iter().rev().collect::<String>()))
    })
}

fn from_base(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, bases) = (c.args[0].as_string::<i32>(), c.args[1].as_primitive::<Int64Type>());
    c.primitives::<Int64Type>(|i| {
        let Some((text, base)) = at(texts, i).zip(at(bases, i)) else { return Ok(None) };
        let base = radix(base)?;
        i64::from_str_radix(&ascii_digits(text), base)
            .map(Some)
            .map_err(|_| invalid(format!("Not a valid base-{base} number: {text}")))
    })
}

/// A number as it is: integers, doubles, decimals. A bare NULL is the narrowest of them.
pub(super) fn number(name: &'static str, args: &[Typed]) -> Outcome<Typed> {
    match args {
        [one] if is_numeric(&one.data_type) => Ok(one.clone()),
        [one] if one.data_type == DataType::Null => Ok(one.clone().coerced(&DataType::Int8)),
        _ => Err(unexpected(name, args, &format!("{name}(number)"))),
    }
}

/// `CASE WHEN x < 0 THEN -x ELSE x END`: an overflow of the negation fails as Trino's does.
fn abs(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    let value = number(name, &args)?;
    let returns = value.data_type.clone();
    let run: Run = match returns {
        DataType::Float32 | DataType::Float64 => |c| {
            let wide = datafusion::arrow::compute::cast(&c.args[0], &DataType::Float64)?;
            let wide = wide.as_primitive::<Float64Type>();
            let absolute: datafusion::arrow::array::Float64Array = wide.iter().map(|v| v.map(f64::abs)).collect();
            Ok(datafusion::arrow::compute::cast(&absolute, c.returns)?)
        },
        DataType::Decimal128(..) => |c| {
            let values = c.args[0].as_primitive::<Decimal128Type>();
            c.primitives::<Decimal128Type>(|i| Ok(at(values, i).map(i128::abs)))
        },
        _ => |c| {
            let wide = datafusion::arrow::compute::cast(&c.args[0], &DataType::Int64)?;
            let wide = wide.as_primitive::<Int64Type>();
            let least = i64::MIN >> (64 - 8 * c.returns.primitive_width().unwrap_or(8));
            let absolute = |v: i64| match v == least {
                false => Ok(v.abs()),
                true => {
                    let message = format!("Value {v} is out of range for abs({})", types::name(c.returns));
                    Err(Failure::new("NUMERIC_VALUE_OUT_OF_RANGE", message))
                }
            };
            let absolute = wide.iter().map(|v| v.map(absolute).transpose());
            let absolute = absolute.collect::<Outcome<datafusion::arrow::array::Int64Array>>()?;
            super::super::cast::convert(&(std::sync::Arc::new(absolute) as ArrayRef), c.returns)
        },
    };
    Ok(Kernel::call(name, run, vec![value], returns))
}

fn sign(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    let value = number(name, &args)?;
    let returns = match value.data_type.clone() {
        DataType::Decimal128(..) => DataType::Decimal128(1, 0),
        other => other,
    };
    let zero = Typed::literal(ScalarValue::Int32(Some(0)));
    let of = |n: i32| super::super::cast::cast(Typed::literal(ScalarValue::Int32(Some(n))), &returns);
    let positive = operators::comparison(datafusion::logical_expr::Operator::Gt, value.clone(), zero.clone())?;
    let negative = operators::comparison(datafusion::logical_expr::Operator::Lt, value.clone(), zero.clone())?;
    let none = operators::comparison(datafusion::logical_expr::Operator::Eq, value.clone(), zero)?;
    let nan = super::super::cast::cast(value, &returns)?;
    let float = matches!(returns, DataType::Float32 | DataType::Float64);
    let zero = if float { nan.clone() } else { of(0)? };
    conditional::case(vec![(positive, of(1)?), (negative, of(-1)?), (none, zero)], Some(nan))
}

fn modulus(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    match <[Typed; 2]>::try_from(args) {
        Ok([a, b]) => operators::binary(&BinaryOperator::Modulo, a, b),
        Err(args) => Err(unexpected(name, &args, "mod(number, number)")),
    }
}

/// The greatest or least argument; NULL when any is NULL.
fn extreme(name: &'static str, args: Vec<Typed>, greatest: bool) -> Outcome<Typed> {
    if args.is_empty() {
        return Err(unexpected(name, &args, &format!("{name}(E, E, ...)")));
    }
    if conditional::common_of(&args, "arguments").is_err() {
        return Err(unexpected(name, &args, &format!("{name}(E) E:orderable")));
    }
    let (args, returns) = conditional::unify(args, "arguments")?;
    if matches!(returns, DataType::List(_) | DataType::Struct(_) | DataType::Map(..)) {
        return Err(Failure::athena_only(format!("{name} of {}", types::name(&returns))));
    }
    let run: Run = if greatest { |c| extremes(c, true) } else { |c| extremes(c, false) };
    Ok(Kernel::call(name, run, args, returns))
}

fn extremes(c: &Call<'_>, greatest: bool) -> Outcome<ArrayRef> {
    let columns: Vec<&dyn Array> = c.args.iter().map(AsRef::as_ref).collect();
    let wanted = if greatest { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less };
    let mut comparators = std::collections::HashMap::new();
    for a in 0..columns.len() {
        for b in 0..a {
            comparators.insert((a, b), make_comparator(columns[a], columns[b], SortOptions::default())?);
        }
    }
    let mut picks = Vec::with_capacity(c.rows);
    let floats = floats(&columns)?;
    for row in 0..c.rows {
        let missing = columns.iter().position(|column| column.is_null(row));
        let best = missing.unwrap_or_else(|| {
            (1..columns.len()).fold(0, |best, a| {
                let better = match floats.as_ref().map(|f| (f[a].value(row), f[best].value(row))) {
                    Some((_, best)) if best.is_nan() => true,
                    Some((a, best)) if greatest => a > best,
                    Some((a, best)) => a < best,
                    None => comparators[&(a, best)](row, row) == wanted,
                };
                if better { a } else { best }
            })
        });
        picks.push((best, row));
    }
    Ok(interleave(&columns, &picks)?)
}

/// Columns of floats, widened: NaN is greater than nothing and less than nothing, and 0 is -0.
fn floats(columns: &[&dyn Array]) -> Outcome<Option<Vec<datafusion::arrow::array::Float64Array>>> {
    if !matches!(columns[0].data_type(), DataType::Float32 | DataType::Float64) {
        return Ok(None);
    }
    let wide = |column: &&dyn Array| {
        let wide = datafusion::arrow::compute::cast(*column, &DataType::Float64)?;
        Ok(wide.as_primitive::<Float64Type>().clone())
    };
    columns.iter().map(wide).collect::<Outcome<Vec<_>>>().map(Some)
}

fn random(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    match args.len() {
        0 => {
            // One row at a time: the argument only carries how many rows there are.
            let run = |c: &Call<'_>| c.primitives::<Float64Type>(|_| Ok(Some(rand::rng().random::<f64>())));
            Ok(Kernel::call_volatile(name, run, Vec::new(), DataType::Float64))
        }
        1 if is_integer(&args[0].data_type) => {
            let run = |c: &Call<'_>| {
                let limits = c.args[0].as_primitive::<Int64Type>();
                c.primitives::<Int64Type>(|i| match at(limits, i) {
                    None => Ok(None),
                    Some(limit) if limit <= 0 => Err(invalid("bound must be positive")),
                    Some(limit) => Ok(Some(rand::rng().random_range(0..limit))),
                })
            };
            let args = args.into_iter().map(|a| a.coerced(&DataType::Int64)).collect();
            Ok(Kernel::call_volatile(name, run, args, DataType::Int64))
        }
        _ => Err(unexpected(name, &args, "random(), random(bigint)")),
    }
}
