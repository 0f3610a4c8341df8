//! `cast(x as t)` by the table of docs/conversions.md, as Trino's SQL: guarded by the table's own regular expressions, so
//! that Trino's wider and narrower ideas of a number or a date do not matter.

use super::expression::{text, type_name};
use crate::error::{Error, Result};
use crate::flow::conversion::grammar;
use crate::flow::types::DataType;

/// `value` of type `from` as `to`; what does not convert is NULL.
///
/// An error where Athena cannot say exactly what the table says.
pub fn converted(value: &str, from: &DataType, to: &DataType) -> Result<String> {
    use DataType::{Bigint, Boolean, Date, Decimal, Double, Float, Int, String, Timestamp};
    let name = type_name(to);
    let plain = || format!("CAST({value} AS {name})");
    let attempt = || format!("TRY_CAST({value} AS {name})");
    Ok(match (from, to) {
        (from, to) if from == to => value.to_string(),
        (String, _) => return of_text(value, to),
        (Int | Bigint, Int | Bigint | Decimal(..)) | (Decimal(..) | Double, Decimal(..)) => attempt(),
        (Float | Double | Decimal(..), Int | Bigint) => format!("IF({value} = floor({value}), {})", attempt()),
        (Int | Bigint | Float | Decimal(..), Double) | (Int | Bigint, Float) => plain(),
        // An infinite number stays what it is.
        (Double, Float) => {
            let too_large = format!("is_finite({value}) AND is_infinite(CAST(CAST({value} AS real) AS double))");
            format!("IF({too_large}, CAST(NULL AS real), {})", plain())
        }
        (Date, Timestamp) | (Timestamp, Date) => plain(),
        (Boolean | Int | Bigint | Date | Decimal(..), String) => plain(),
        (Timestamp, String) => {
            let digits = format!("regexp_replace({}, '(\\.[0-9]*?)0+\\z', '$1')", plain());
            format!("regexp_replace({digits}, '\\.\\z', '')")
        }
        _ => return Err(refused(from, to)),
    })
}

fn of_text(value: &str, to: &DataType) -> Result<String> {
    let name = type_name(to);
    let trimmed = format!("regexp_replace({value}, {}, '')", text(grammar::TRIM));
    let like = |regex: &str| format!("regexp_like({trimmed}, {})", text(regex));
    Ok(match to {
        DataType::Boolean => format!(
            "CASE WHEN {} THEN TRUE WHEN {} THEN FALSE END",
            like(grammar::BOOLEAN_TRUE),
            like(grammar::BOOLEAN_FALSE)
        ),
        DataType::Int | DataType::Bigint => {
            format!("TRY_CAST(regexp_extract({trimmed}, {}, 1) AS {name})", text(grammar::INTEGER))
        }
        DataType::Float | DataType::Double => {
            let number = format!("TRY_CAST({trimmed} AS {name})");
            let infinite = format!("CAST('Infinity' AS {name})");
            let finite = format!("NULLIF(NULLIF({number}, {infinite}), - {infinite})");
            format!("IF({}, {finite})", like(grammar::DOUBLE))
        }
        DataType::Decimal(..) => format!("IF({}, TRY_CAST({trimmed} AS {name}))", like(grammar::DECIMAL)),
        DataType::Date => format!("IF({}, TRY_CAST(substr({trimmed}, 1, 10) AS date))", like(grammar::DATE)),
        _ => return Err(refused(&DataType::String, to)),
    })
}

fn refused(from: &DataType, to: &DataType) -> Error {
    let message = format!("Athena cannot compute the conversion from {from} to {to} exactly as the pipeline does");
    Error::manifest("conversion-not-in-athena", message)
        .with_help("convert the column in the table's steps (`change_schema`), where the data set can read it typed")
}
