//! Athena's types as Arrow's, and their names.
//!
//! | Athena | Arrow |
//! |---|---|
//! | boolean, tinyint, smallint, integer, bigint, real, double | Boolean, Int8 to Int64, Float32, Float64 |
//! | decimal(p,s) | Decimal128(p, s) |
//! | varchar, char, string | Utf8 |
//! | varbinary | Binary |
//! | date | Date32 |
//! | timestamp(3), timestamp(3) with time zone | Timestamp(ms), Timestamp(ms, UTC) |
//! | interval year to month, interval day to second | Interval(YearMonth), Duration(ms) |
//! | array, row, map | List, Struct, Map |
//! | unknown (the type of NULL) | Null |

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};

/// timestamp(3).
pub const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Millisecond, None);

/// timestamp(3) with time zone: always UTC here.
pub fn timestamp_tz() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

/// interval day to second.
pub const DAY_TIME: DataType = DataType::Duration(TimeUnit::Millisecond);

/// interval year to month.
pub const YEAR_MONTH: DataType = DataType::Interval(IntervalUnit::YearMonth);

/// A list of these.
pub fn list_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", element, true)))
}

/// The element type of a list.
pub fn element(list: &DataType) -> Option<&DataType> {
    match list {
        DataType::List(field) => Some(field.data_type()),
        _ => None,
    }
}

/// The type as Trino writes it in messages: `integer`, `array(varchar)`, `decimal(10,2)`.
pub fn name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "unknown".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "integer".into(),
        DataType::Int64 => "bigint".into(),
        DataType::Float32 => "real".into(),
        DataType::Float64 => "double".into(),
        DataType::Decimal128(p, s) => format!("decimal({p},{s})"),
        DataType::Utf8 => "varchar".into(),
        DataType::Binary => "varbinary".into(),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(_, None) => "timestamp(3)".into(),
        DataType::Timestamp(_, Some(_)) => "timestamp(3) with time zone".into(),
        DataType::Interval(_) => "interval year to month".into(),
        DataType::Duration(_) => "interval day to second".into(),
        DataType::List(field) => format!("array({})", name(field.data_type())),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|f| match f.name().is_empty() {
                true => name(f.data_type()),
                false => format!("{} {}", f.name(), name(f.data_type())),
            });
            format!("row({})", fields.collect::<Vec<_>>().join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(f) if f.len() == 2 => {
                format!("map({}, {})", name(f[0].data_type()), name(f[1].data_type()))
            }
            _ => "map".into(),
        },
        other => other.to_string().to_lowercase(),
    }
}

/// The type as `GetQueryResults` names it: `array`, `decimal`, `float` for real; with precision and scale.
pub fn result_name(data_type: &DataType) -> (&'static str, i32, i32) {
    match data_type {
        DataType::Null => ("unknown", 0, 0),
        DataType::Boolean => ("boolean", 0, 0),
        DataType::Int8 => ("tinyint", 3, 0),
        DataType::Int16 => ("smallint", 5, 0),
        DataType::Int32 => ("integer", 10, 0),
        DataType::Int64 => ("bigint", 19, 0),
        DataType::Float32 => ("float", 17, 0),
        DataType::Float64 => ("double", 17, 0),
        DataType::Decimal128(p, s) => ("decimal", i32::from(*p), i32::from(*s)),
        DataType::Utf8 => ("varchar", i32::MAX, 0),
        DataType::Binary => ("varbinary", 1_073_741_824, 0),
        DataType::Date32 => ("date", 0, 0),
        DataType::Timestamp(_, None) => ("timestamp", 3, 0),
        DataType::Timestamp(_, Some(_)) => ("timestamp with time zone", 3, 0),
        DataType::Interval(_) => ("interval year to month", 0, 0),
        DataType::Duration(_) => ("interval day to second", 0, 0),
        DataType::List(_) => ("array", 0, 0),
        DataType::Struct(_) => ("row", 0, 0),
        DataType::Map(..) => ("map", 0, 0),
        _ => ("unknown", 0, 0),
    }
}

/// Reads a type of the catalog, as Hive writes it: `array<struct<a:int,b:string>>`, `decimal(10,2)`.
pub fn of_catalog(text: &str) -> Option<DataType> {
    let mut rest = text.trim();
    let data_type = hive_type(&mut rest)?;
    rest.trim().is_empty().then_some(data_type)
}

fn hive_type(rest: &mut &str) -> Option<DataType> {
    let end = rest.find(['<', '(', ',', '>', ':', ' ']).unwrap_or(rest.len());
    let word = rest[..end].to_ascii_lowercase();
    *rest = &rest[end..];
    Some(match word.as_str() {
        "boolean" => DataType::Boolean,
        "tinyint" => DataType::Int8,
        "smallint" => DataType::Int16,
        "int" | "integer" => DataType::Int32,
        "bigint" | "long" => DataType::Int64,
        "float" | "real" => DataType::Float32,
        "double" => DataType::Float64,
        "string" => DataType::Utf8,
        "char" | "varchar" => {
            arguments(rest)?;
            DataType::Utf8
        }
        "binary" => DataType::Binary,
        "date" => DataType::Date32,
        "timestamp" => TIMESTAMP,
        "decimal" => match arguments(rest)?.as_slice() {
            [] => DataType::Decimal128(10, 0),
            [p] => DataType::Decimal128(*p, 0),
            [p, s] => DataType::Decimal128(*p, i8::try_from(*s).ok()?),
            _ => return None,
        },
        "array" => {
            take(rest, '<')?;
            let element = hive_type(rest)?;
            take(rest, '>')?;
            list_of(element)
        }
        "map" => {
            take(rest, '<')?;
            let key = hive_type(rest)?;
            take(rest, ',')?;
            let value = hive_type(rest)?;
            take(rest, '>')?;
            map_of(key, value)
        }
        "struct" => {
            take(rest, '<')?;
            let mut fields = Vec::new();
            loop {
                *rest = rest.trim_start();
                let (field, tail) = rest.split_once(':')?;
                *rest = tail.trim_start();
                fields.push(Field::new(field.trim().to_lowercase(), hive_type(rest)?, true));
                if take(rest, ',').is_none() {
                    break;
                }
            }
            take(rest, '>')?;
            DataType::Struct(Fields::from(fields))
        }
        _ => return None,
    })
}

/// A map of these.
pub fn map_of(key: DataType, value: DataType) -> DataType {
    let entries = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

fn take(rest: &mut &str, expected: char) -> Option<()> {
    *rest = rest.trim_start().strip_prefix(expected)?.trim_start();
    Some(())
}

/// `(10,2)`, or nothing.
fn arguments(rest: &mut &str) -> Option<Vec<u8>> {
    let Some(inside) = rest.trim_start().strip_prefix('(') else { return Some(Vec::new()) };
    let (inside, tail) = inside.split_once(')')?;
    *rest = tail;
    // The length of a varchar may be beyond a byte; only decimals are read.
    inside.split(',').map(|n| n.trim().parse::<u32>().ok().map(|n| u8::try_from(n).unwrap_or(u8::MAX))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalog_types_read() {
        for (text, expected) in [
            ("string", "varchar"),
            ("varchar(300)", "varchar"),
            ("decimal(10, 2)", "decimal(10,2)"),
            ("array<array<bigint>>", "array(array(bigint))"),
            ("struct<a:int,b:array<string>>", "row(a integer, b array(varchar))"),
            ("map<string,struct<x:double>>", "map(varchar, row(x double))"),
        ] {
            assert_eq!(of_catalog(text).as_ref().map(name).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "strin", "array<int", "array<int>>", "struct<a>", "decimal(x)"] {
            assert_eq!(of_catalog(text), None, "{text}");
        }
    }
}
