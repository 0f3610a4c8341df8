//! `CAST` and `TRY_CAST`, by Trino's rules and with its errors. Text is not trimmed for integers, doubles round half up
//! to integers, `yes` is no boolean.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, ListArray, PrimitiveArray, StringArray, StructArray, new_null_array,
};
use datafusion::arrow::compute::cast as arrow_cast;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Field, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMillisecondType,
};

use super::failure::{Failure, Outcome};
use super::kernel::{Call, Kernel, at};
use super::render;
use super::typed::{Typed, exact, is_integer, is_numeric};
use super::{text, types};

/// `CAST(value AS to)`.
pub fn cast(value: Typed, to: &DataType) -> Outcome<Typed> {
    if value.data_type == *to {
        return Ok(value);
    }
    if !castable(&value.data_type, to) {
        return Err(Failure::type_mismatch(format!("Cannot cast {} to {}", value.type_name(), types::name(to))));
    }
    Ok(Kernel::call("cast", |c| convert(&c.args[0], c.returns), vec![value], to.clone()))
}

/// A cast that [`castable`] is known to allow.
pub fn converted(value: Typed, to: &DataType) -> Typed {
    Kernel::call("cast", |c| convert(&c.args[0], c.returns), vec![value], to.clone())
}

/// `TRY_CAST(value AS to)`: NULL where the cast fails.
pub fn try_cast(value: Typed, to: &DataType) -> Outcome<Typed> {
    if value.data_type == *to {
        return Ok(value);
    }
    cast(value, to).map(leniently)
}

/// The call of a kernel with NULL for the rows that fail.
pub fn leniently(value: Typed) -> Typed {
    if let datafusion::logical_expr::Expr::ScalarFunction(call) = &value.expr
        && let Some(lenient) = Kernel::leniently(call)
    {
        return Typed::new(datafusion::logical_expr::Expr::ScalarFunction(lenient), value.data_type);
    }
    value
}

/// Whether Trino has the cast, and the local cloud with it.
fn castable(from: &DataType, to: &DataType) -> bool {
    use DataType::{Boolean, Date32, Duration, Interval, List, Null, Struct, Timestamp, Utf8};
    let simple = |t: &DataType| is_numeric(t) || *t == Boolean;
    match (from, to) {
        (Null, _) => true,
        (List(a), List(b)) => castable(a.data_type(), b.data_type()) || a.data_type() == b.data_type(),
        (Struct(a), Struct(b)) if a.len() == b.len() => {
            a.iter().zip(b).all(|(a, b)| a.data_type() == b.data_type() || castable(a.data_type(), b.data_type()))
        }
        (Utf8, to) => simple(to) || matches!(to, Date32 | Timestamp(..) | Utf8 | DataType::Binary),
        (from, Utf8) => simple(from) || matches!(from, Date32 | Timestamp(..) | Interval(_) | Duration(_)),
        (Date32, Timestamp(..)) | (Timestamp(..), Date32 | Timestamp(..)) => true,
        (from, to) => simple(from) && simple(to),
    }
}

fn out_of_range(value: impl std::fmt::Display, to: &DataType) -> Failure {
    Failure::new("NUMERIC_VALUE_OUT_OF_RANGE", format!("Out of range for {}: {value}", types::name(to)))
}

/// Casts a column whose cast [`castable`] allows.
pub fn convert(column: &ArrayRef, to: &DataType) -> Outcome<ArrayRef> {
    use DataType::{Boolean, Date32, Decimal128, Float32, Float64, List, Null, Struct, Timestamp, Utf8};
    let from = column.data_type();
    match (from, to) {
        (from, to) if from == to => Ok(column.clone()),
        (Null, _) => Ok(new_null_array(to, column.len())),
        (List(_), List(field)) => convert_list(column, field),
        (Struct(_), Struct(fields)) => {
            let column = column.as_struct();
            let columns = column.columns().iter().zip(fields).map(|(c, f)| convert(c, f.data_type()));
            let columns = columns.collect::<Outcome<Vec<_>>>()?;
            Ok(Arc::new(StructArray::new(fields.clone(), columns, column.nulls().cloned())))
        }
        (Utf8, _) => parse(column.as_string::<i32>(), to),
        (_, Utf8) => {
            let texts = (0..column.len()).map(|i| render::cast_text(column, i));
            Ok(Arc::new(StringArray::from_iter(texts)))
        }
        (Timestamp(..), Date32) => {
            let days = arrow_cast(column, &types::TIMESTAMP)?;
            let days = days.as_primitive::<TimestampMillisecondType>();
            let days: PrimitiveArray<Date32Type> =
                days.iter().map(|v| v.map(|ms| ms.div_euclid(86_400_000) as i32)).collect();
            Ok(Arc::new(days))
        }
        (Date32 | Timestamp(..), _) => Ok(arrow_cast(column, to)?),
        (Float32 | Float64, to) if is_integer(to) => doubles_to_integers(column, to),
        (Decimal128(..), to) if is_integer(to) => decimals_to_integers(column, to),
        (Float32 | Float64, Decimal128(p, s)) => {
            let doubles = arrow_cast(column, &Float64)?;
            let doubles = doubles.as_primitive::<Float64Type>();
            let call = call(&[], to, column.len());
            let refused = |i: usize| {
                let kind = types::name(from).to_uppercase();
                let shown = render::result_text(column, i).unwrap_or_default();
                let message = format!("Cannot cast {kind} '{shown}' to {}", decimal_name(*p, *s));
                Failure::new("INVALID_CAST_ARGUMENT", message)
            };
            call.primitives::<Decimal128Type>(|i| {
                at(doubles, i).map(|d| double_to_decimal(d, *p, *s).ok_or_else(|| refused(i))).transpose()
            })
        }
        (_, Decimal128(p, s)) => exact_to_decimal(column, *p, *s, to),
        (from, to) if is_integer(from) && is_integer(to) => {
            let wide = arrow_cast(column, &DataType::Int64)?;
            let wide = wide.as_primitive::<Int64Type>();
            integers(to, column.len(), |i| Ok(at(wide, i).map(i128::from)))
        }
        (Decimal128(precision, scale), Float32 | Float64) => {
            let (values, short) = (column.as_primitive::<Decimal128Type>(), *precision <= 18);
            let unit = 10_f64.powi(i32::from(*scale));
            let double = |v: i128| match short {
                true => v as f64 / unit,
                false => text::decimal(v, *scale).parse().unwrap_or(f64::NAN),
            };
            let doubles: PrimitiveArray<Float64Type> = values.iter().map(|v| v.map(double)).collect();
            Ok(arrow_cast(&doubles, to)?)
        }
        (Decimal128(..), Boolean) => {
            let values = column.as_primitive::<Decimal128Type>();
            call(&[], to, column.len()).booleans(|i| Ok(at(values, i).map(|v| v != 0)))
        }
        (_, Boolean) | (Boolean, _) | (_, Float32 | Float64) => Ok(arrow_cast(column, to)?),
        (from, to) => Err(Failure::type_mismatch(format!("Cannot cast {} to {}", types::name(from), types::name(to)))),
    }
}

fn call<'a>(args: &'a [ArrayRef], returns: &'a DataType, rows: usize) -> Call<'a> {
    Call { args, returns, rows }
}

fn convert_list(column: &ArrayRef, field: &Arc<Field>) -> Outcome<ArrayRef> {
    let list = column.as_list::<i32>();
    let values = convert(list.values(), field.data_type())?;
    Ok(Arc::new(ListArray::new(field.clone(), list.offsets().clone(), values, list.nulls().cloned())))
}

/// Integers of any width from wide values, out of range refused.
fn integers(to: &DataType, rows: usize, mut value: impl FnMut(usize) -> Outcome<Option<i128>>) -> Outcome<ArrayRef> {
    fn narrow<T: ArrowPrimitiveType>(
        to: &DataType,
        rows: usize,
        value: &mut dyn FnMut(usize) -> Outcome<Option<i128>>,
    ) -> Outcome<ArrayRef>
    where
        T::Native: TryFrom<i128>,
    {
        call(&[], to, rows).primitives::<T>(|i| match value(i)? {
            None => Ok(None),
            Some(wide) => T::Native::try_from(wide).map(Some).map_err(|_| out_of_range(wide, to)),
        })
    }
    match to {
        DataType::Int8 => narrow::<Int8Type>(to, rows, &mut value),
        DataType::Int16 => narrow::<Int16Type>(to, rows, &mut value),
        DataType::Int32 => narrow::<Int32Type>(to, rows, &mut value),
        _ => narrow::<Int64Type>(to, rows, &mut value),
    }
}

fn doubles_to_integers(column: &ArrayRef, to: &DataType) -> Outcome<ArrayRef> {
    let doubles = arrow_cast(column, &DataType::Float64)?;
    let doubles = doubles.as_primitive::<Float64Type>();
    let bits = 8 * to.primitive_width().unwrap_or(8) as i32;
    let (limit, name) = (2_f64.powi(bits - 1), types::name(to));
    let invalid = |message| Err(Failure::new("INVALID_CAST_ARGUMENT", message));
    integers(to, column.len(), |i| {
        let Some(d) = at(doubles, i) else { return Ok(None) };
        let (rounded, shown) = (d.round(), || render::result_text(column, i).unwrap_or_default());
        let fits = (-limit..limit).contains(&rounded);
        match *to {
            _ if fits => Ok(Some(rounded as i128)),
            // A real is cut to what a bigint can be.
            DataType::Int64 if *column.data_type() == DataType::Float32 && !d.is_nan() => {
                Ok(Some(i128::from(rounded as i64)))
            }
            DataType::Int64 if *column.data_type() == DataType::Float64 => {
                invalid(format!("Unable to cast {} to bigint", shown()))
            }
            _ if d.is_nan() => invalid(format!("Cannot cast {} NaN to {name}", types::name(column.data_type()))),
            _ => Err(out_of_range(shown(), to)),
        }
    })
}

fn decimals_to_integers(column: &ArrayRef, to: &DataType) -> Outcome<ArrayRef> {
    let scale = exact(column.data_type()).map_or(0, |(_, s)| s as u32);
    let decimals = column.as_primitive::<Decimal128Type>();
    let long = exact(column.data_type()).is_some_and(|(precision, _)| precision > 18);
    let limit = 1_i128 << (8 * to.primitive_width().unwrap_or(8) - 1);
    integers(to, column.len(), |i| match at(decimals, i).map(|v| (v, rounded_shift(v, scale))) {
        Some((v, rounded)) if long && !(-limit..limit).contains(&rounded) => {
            let (shown, name) = (text::decimal(v, scale as i8), types::name(to).to_uppercase());
            Err(Failure::new("INVALID_CAST_ARGUMENT", format!("Cannot cast '{shown}' to {name}")))
        }
        found => Ok(found.map(|(_, rounded)| rounded)),
    })
}

/// `value / 10^digits`, half away from zero.
fn rounded_shift(value: i128, digits: u32) -> i128 {
    let unit = 10_i128.pow(digits.min(38));
    let (whole, rest) = (value / unit, value % unit);
    if rest.abs() * 2 >= unit && digits > 0 { whole + value.signum() } else { whole }
}

/// Brings an unscaled value from one scale to another; `None` when it leaves the precision.
fn rescale(value: i128, from: i8, precision: u8, scale: i8) -> Option<i128> {
    let value = if from > scale {
        rounded_shift(value, (from - scale) as u32)
    } else {
        value.checked_mul(10_i128.checked_pow((scale - from) as u32)?)?
    };
    (value.abs() < 10_i128.pow(u32::from(precision.min(38)))).then_some(value)
}

fn exact_to_decimal(column: &ArrayRef, precision: u8, scale: i8, to: &DataType) -> Outcome<ArrayRef> {
    let column =
        if *column.data_type() == DataType::Boolean { arrow_cast(column, &DataType::Int8)? } else { column.clone() };
    let (from_precision, from_scale) = exact(column.data_type()).unwrap_or((19, 0));
    let values = arrow_cast(&column, &DataType::Decimal128(from_precision.max(3), from_scale))?;
    let values = values.as_primitive::<Decimal128Type>();
    call(&[], to, column.len()).primitives::<Decimal128Type>(|i| {
        let Some(value) = at(values, i) else { return Ok(None) };
        rescale(value, from_scale, precision, scale).map(Some).ok_or_else(|| {
            let shown = text::decimal(value, from_scale);
            let kind = match column.data_type() {
                DataType::Decimal128(p, s) => decimal_name(*p, *s),
                // Trino has turned it into a decimal by then.
                DataType::Int64 if value == i128::from(i64::MIN) && scale == 0 => decimal_name(19, 0),
                other => types::name(other).to_uppercase(),
            };
            let message = format!("Cannot cast {kind} '{shown}' to {}", decimal_name(precision, scale));
            Failure::new("INVALID_CAST_ARGUMENT", message)
        })
    })
}

fn decimal_name(precision: u8, scale: i8) -> String {
    format!("DECIMAL({precision}, {scale})")
}

/// `None` when it is no number or has too many digits.
fn double_to_decimal(value: f64, precision: u8, scale: i8) -> Option<i128> {
    // The decimal reading of the double is what Java's BigDecimal.valueOf takes.
    let tiny = value.abs() < 1e-40;
    match tiny {
        true => Some(0),
        false => text::parse_decimal(&format!("{value}")).and_then(|(v, s)| rescale(v, s, precision, scale)),
    }
}

/// Reads texts as values of another type.
fn parse(texts: &StringArray, to: &DataType) -> Outcome<ArrayRef> {
    let bad =
        |value: &str, name: &str| Failure::new("INVALID_CAST_ARGUMENT", format!("Cannot cast '{value}' to {name}"));
    let upper = types::name(to).to_uppercase();
    let rows = texts.len();
    let call = call(&[], to, rows);
    match to {
        DataType::Boolean => {
            call.booleans(|i| at(texts, i).map(|t| text::parse_boolean(t).ok_or_else(|| bad(t, "BOOLEAN"))).transpose())
        }
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            let name = if *to == DataType::Int32 { "INT" } else { &upper };
            let parse = |t: &str| {
                let value = text::parse_integer(&text::ascii_digits(t)).ok_or_else(|| bad(t, name))?;
                // A number of the right form that is too large is the same fault to Trino.
                let bits = 8 * to.primitive_width().unwrap_or(8) as u32;
                let limit = 1_i128 << (bits - 1);
                if (-limit..limit).contains(&value) { Ok(value) } else { Err(bad(t, name)) }
            };
            integers(to, rows, |i| at(texts, i).map(parse).transpose())
        }
        DataType::Float32 => call.primitives::<Float32Type>(|i| {
            at(texts, i).map(|t| text::parse_double(t).map(|d| d as f32).ok_or_else(|| bad(t, "REAL"))).transpose()
        }),
        DataType::Float64 => call.primitives::<Float64Type>(|i| {
            at(texts, i).map(|t| text::parse_double(t).ok_or_else(|| bad(t, "DOUBLE"))).transpose()
        }),
        DataType::Decimal128(p, s) => call.primitives::<Decimal128Type>(|i| {
            let read = |t: &str| {
                let number = text::parse_decimal(&text::ascii_digits(t));
                let parsed = number.and_then(|(v, scale)| rescale(v, scale, *p, *s));
                let hint = if number.is_some() { ". Value too large." } else { ". Value is not a number." };
                let message = || format!("Cannot cast VARCHAR '{t}' to {}{hint}", decimal_name(*p, *s));
                parsed.ok_or_else(|| Failure::new("INVALID_CAST_ARGUMENT", message()))
            };
            at(texts, i).map(read).transpose()
        }),
        DataType::Date32 => call.primitives::<Date32Type>(|i| {
            let bad = |t: &str| Failure::new("INVALID_CAST_ARGUMENT", format!("Value cannot be cast to date: {t}"));
            at(texts, i).map(|t| text::parse_date(t).ok_or_else(|| bad(t))).transpose()
        }),
        DataType::Timestamp(..) => call.primitives::<TimestampMillisecondType>(|i| {
            let bad =
                |t: &str| Failure::new("INVALID_CAST_ARGUMENT", format!("Value cannot be cast to timestamp: {t}"));
            at(texts, i).map(|t| text::parse_timestamp(t).ok_or_else(|| bad(t.trim()))).transpose()
        }),
        DataType::Binary => {
            let bytes = (0..rows).map(|i| at(texts, i).map(str::as_bytes));
            Ok(Arc::new(datafusion::arrow::array::BinaryArray::from_iter(bytes)))
        }
        other => Err(Failure::athena_only(format!("a cast from varchar to {}", types::name(other)))),
    }
}
