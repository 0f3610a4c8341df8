//! Values as the texts that results show, and as those that `CAST(x AS varchar)` makes: they differ for doubles.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DurationMillisecondType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalYearMonthType, TimestampMillisecondType,
};

use super::text;

/// A row's value as a result shows it; `None` for NULL.
pub fn result_text(column: &ArrayRef, row: usize) -> Option<String> {
    render(column, row, Floats { double, real: |value| double(value.to_string().parse().unwrap_or(f64::NAN)) })
}

/// A row's value as `CAST(x AS varchar)` makes it; `None` for NULL.
pub fn cast_text(column: &ArrayRef, row: usize) -> Option<String> {
    render(column, row, Floats { double: double_with_exponent, real: real_with_exponent })
}

/// How floats are written.
#[derive(Clone, Copy)]
struct Floats {
    double: fn(f64) -> String,
    real: fn(f32) -> String,
}

/// A real as `CAST(x AS varchar)` writes it: seven digits at most.
fn real_with_exponent(value: f32) -> String {
    if value == 0.0 || !value.is_finite() {
        return double_with_exponent(f64::from(value));
    }
    let text = format!("{value:.6E}");
    let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0');
    let zero = if mantissa.ends_with('.') { "0" } else { "" };
    format!("{mantissa}{zero}E{exponent}")
}

fn render(column: &ArrayRef, row: usize, floats: Floats) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Null => return None,
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).to_string(),
        DataType::Int16 => column.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        // The shortest digits of the narrow number, not those of the same number widened.
        DataType::Float32 => (floats.real)(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => (floats.double)(column.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => text::decimal(column.as_primitive::<Decimal128Type>().value(row), *scale),
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Binary => {
            let bytes = column.as_binary::<i32>().value(row);
            bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
        }
        DataType::Date32 => text::date_of(column.as_primitive::<Date32Type>().value(row)).to_string(),
        DataType::Timestamp(_, zone) => {
            let time = text::time_of(column.as_primitive::<TimestampMillisecondType>().value(row));
            let time = time.format("%Y-%m-%d %H:%M:%S%.3f");
            if zone.is_some() { format!("{time} UTC") } else { time.to_string() }
        }
        DataType::Interval(_) => {
            let months = column.as_primitive::<IntervalYearMonthType>().value(row);
            let sign = if months < 0 { "-" } else { "" };
            format!("{sign}{}-{}", months.abs() / 12, months.abs() % 12)
        }
        DataType::Duration(_) => duration(column.as_primitive::<DurationMillisecondType>().value(row)),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            format!("[{}]", joined((0..items.len()).map(|i| render(&items, i, floats))))
        }
        DataType::Struct(fields) => {
            let columns = column.as_struct().columns();
            let parts = fields.iter().enumerate().map(|(i, field)| {
                let name = if field.name().is_empty() { format!("field{i}") } else { field.name().clone() };
                Some(format!("{name}={}", render(&columns[i], row, floats).unwrap_or_else(|| "null".into())))
            });
            format!("{{{}}}", joined(parts))
        }
        DataType::Map(..) => {
            let entries = column.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let parts = (0..entries.len()).map(|i| {
                let value = render(values, i, floats).unwrap_or_else(|| "null".into());
                Some(format!("{}={value}", render(keys, i, floats).unwrap_or_default()))
            });
            format!("{{{}}}", joined(parts))
        }
        _ => String::new(),
    })
}

fn joined(parts: impl Iterator<Item = Option<String>>) -> String {
    parts.map(|part| part.unwrap_or_else(|| "null".into())).collect::<Vec<_>>().join(", ")
}

fn duration(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    let ms = milliseconds.unsigned_abs();
    let (days, rest) = (ms / 86_400_000, ms % 86_400_000);
    let (hours, rest) = (rest / 3_600_000, rest % 3_600_000);
    format!("{sign}{days} {hours:02}:{:02}:{:02}.{:03}", rest / 60_000, rest / 1000 % 60, rest % 1000)
}

/// A double as Java's `Double.toString` writes it: `0.1`, `1.0E7`, `1.0E-4`, `NaN`.
pub fn double(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() {
        return special(value);
    }
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    exponential(value)
}

/// A double as `CAST(x AS varchar)` writes it: `1.5E0`, `1.0E7`, `0E0`.
fn double_with_exponent(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0E0" } else { "0E0" }.into();
    }
    if !value.is_finite() {
        return special(value);
    }
    exponential(value)
}

fn special(value: f64) -> String {
    match value {
        v if v.is_nan() => "NaN".into(),
        v if v > 0.0 => "Infinity".into(),
        _ => "-Infinity".into(),
    }
}

fn exponential(value: f64) -> String {
    let shortest = format!("{value:E}");
    // Java has at least two digits, and of those that read back as the value the nearest: the least double is 4.9E-324.
    let two = format!("{value:.1E}");
    let text = if !shortest.contains('.') && two.parse() == Ok(value) { two } else { shortest };
    let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_show_as_javas() {
        for (value, shown, cast) in [
            (0.1, "0.1", "1.0E-1"),
            (100.0, "100.0", "1.0E2"),
            (1e7, "1.0E7", "1.0E7"),
            (12345678.9, "1.23456789E7", "1.23456789E7"),
            (0.0001, "1.0E-4", "1.0E-4"),
            (-2.5, "-2.5", "-2.5E0"),
            (5e-324, "4.9E-324", "4.9E-324"),
            (0.0, "0.0", "0E0"),
            (f64::NAN, "NaN", "NaN"),
            (f64::NEG_INFINITY, "-Infinity", "-Infinity"),
        ] {
            assert_eq!(double(value), shown);
            assert_eq!(double_with_exponent(value), cast);
        }
    }

    #[test]
    fn reals_are_cast_with_seven_digits() {
        assert_eq!(real_with_exponent(16_777_216.0), "1.677722E7");
        assert_eq!(real_with_exponent(0.1), "1.0E-1");
        assert_eq!(real_with_exponent(f32::MAX), "3.402823E38");
        assert_eq!(real_with_exponent(f32::NEG_INFINITY), "-Infinity");
    }

    #[test]
    fn durations_show_days() {
        assert_eq!(duration(90_061_001), "1 01:01:01.001");
        assert_eq!(duration(-1000), "-0 00:00:01.000");
    }
}
