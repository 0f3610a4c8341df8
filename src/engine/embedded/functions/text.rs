//! Strings; positions and lengths are in Unicode code points.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, LargeStringArray, LargeStringBuilder, ListBuilder,
};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::super::types::element_field;
use crate::flow::types::DataType;

fn strings(array: &ArrayRef) -> Result<&LargeStringArray> {
    let unexpected = || DataFusionError::Internal(format!("text expected, not {}", array.data_type()));
    array.as_string_opt::<i64>().ok_or_else(unexpected)
}

fn numbers(array: &ArrayRef) -> Result<&Int32Array> {
    let unexpected = || DataFusionError::Internal(format!("int expected, not {}", array.data_type()));
    array.as_primitive_opt::<Int32Type>().ok_or_else(unexpected)
}

/// `f` of each text.
pub fn map(array: &ArrayRef, f: fn(&str) -> Cow<'_, str>) -> Result<ArrayRef> {
    let texts = strings(array)?.iter().map(|text| text.map(f));
    Ok(Arc::new(texts.collect::<LargeStringArray>()))
}

/// How many code points.
pub fn length(array: &ArrayRef) -> Result<ArrayRef> {
    let lengths = strings(array)?.iter().map(|text| text.map(|text| text.chars().count() as i32));
    Ok(Arc::new(lengths.collect::<Int32Array>()))
}

/// From `start` (the first is 1), at most `length`; a start below 1 or a negative length gives the empty text.
pub fn substr(texts: &ArrayRef, starts: &ArrayRef, lengths: Option<&ArrayRef>) -> Result<ArrayRef> {
    let (texts, starts) = (strings(texts)?, numbers(starts)?);
    let lengths = lengths.map(numbers).transpose()?;
    let part = |row: usize| {
        let length = match lengths {
            Some(lengths) if lengths.is_null(row) => return None,
            Some(lengths) => lengths.value(row),
            None => i32::MAX,
        };
        let valid = texts.is_valid(row) && starts.is_valid(row);
        valid.then(|| slice(texts.value(row), starts.value(row), length))
    };
    Ok(Arc::new((0..texts.len()).map(part).collect::<LargeStringArray>()))
}

fn slice(text: &str, start: i32, length: i32) -> &str {
    if start < 1 || length < 0 {
        return "";
    }
    let offset = |text: &str, chars: i32| text.char_indices().nth(chars as usize).map_or(text.len(), |(at, _)| at);
    let rest = &text[offset(text, start - 1)..];
    &rest[..offset(rest, length)]
}

/// Every occurrence of `from`, literally, as `to`; an empty `from` leaves the text.
pub fn replace(texts: &ArrayRef, from: &ArrayRef, to: &ArrayRef) -> Result<ArrayRef> {
    let rows = strings(texts)?.iter().zip(strings(from)?.iter()).zip(strings(to)?.iter());
    let replaced = rows.map(|((text, from), to)| {
        let (text, from, to) = (text?, from?, to?);
        Some(if from.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(text.replace(from, to)) })
    });
    Ok(Arc::new(replaced.collect::<LargeStringArray>()))
}

/// Filled up, before or behind, with the third text to as many code points as the second argument says; cut to that.
pub fn pad(args: &[ArrayRef], before: bool) -> Result<ArrayRef> {
    let (texts, lengths, fillings) = (strings(&args[0])?, numbers(&args[1])?, strings(&args[2])?);
    let padded = |row: usize| {
        if texts.is_null(row) || lengths.is_null(row) || fillings.is_null(row) {
            return None;
        }
        let (text, length) = (texts.value(row), usize::try_from(lengths.value(row)).unwrap_or(0));
        let missing = length.saturating_sub(text.chars().count());
        let filling: String = fillings.value(row).chars().cycle().take(missing).collect();
        let cut: String = text.chars().take(length).collect();
        Some(if before { filling + &cut } else { cut + &filling })
    };
    Ok(Arc::new((0..texts.len()).map(padded).collect::<LargeStringArray>()))
}

/// Whether `holds` for each text and part.
pub fn test(texts: &ArrayRef, parts: &ArrayRef, holds: fn(&str, &str) -> bool) -> Result<ArrayRef> {
    let rows = strings(texts)?.iter().zip(strings(parts)?.iter());
    Ok(Arc::new(rows.map(|(text, part)| Some(holds(text?, part?))).collect::<BooleanArray>()))
}

/// Where each part first begins, in code points from 1; 0 when it does not.
pub fn position(texts: &ArrayRef, parts: &ArrayRef) -> Result<ArrayRef> {
    let rows = strings(texts)?.iter().zip(strings(parts)?.iter());
    let place = |(text, part): (Option<&str>, Option<&str>)| {
        let (text, part) = (text?, part?);
        Some(text.find(part).map_or(0, |at| text[..at].chars().count() as i32 + 1))
    };
    Ok(Arc::new(rows.map(place).collect::<Int32Array>()))
}

/// What stands between the occurrences of a delimiter.
pub fn split(texts: &ArrayRef, delimiters: &ArrayRef) -> Result<ArrayRef> {
    let mut lists = ListBuilder::new(LargeStringBuilder::new()).with_field(element_field(&DataType::String));
    for (text, delimiter) in strings(texts)?.iter().zip(strings(delimiters)?.iter()) {
        match (text, delimiter) {
            (Some(text), Some(delimiter)) => lists.append_value(text.split(delimiter).map(Some)),
            _ => lists.append_null(),
        }
    }
    Ok(Arc::new(lists.finish()))
}

/// Joined; NULL when any is.
pub fn concat(args: &[ArrayRef]) -> Result<ArrayRef> {
    let args = args.iter().map(strings).collect::<Result<Vec<_>>>()?;
    let rows = args.first().map_or(0, |first| first.len());
    let mut builder = LargeStringBuilder::with_capacity(rows, 16 * rows);
    let mut joined = String::new();
    for row in 0..rows {
        if args.iter().any(|arg| arg.is_null(row)) {
            builder.append_null();
            continue;
        }
        joined.clear();
        args.iter().for_each(|arg| joined.push_str(arg.value(row)));
        builder.append_value(&joined);
    }
    Ok(Arc::new(builder.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(values.iter().copied().collect::<LargeStringArray>())
    }

    fn shown(array: Result<ArrayRef>) -> Vec<String> {
        array.unwrap().as_string::<i64>().iter().map(|v| v.unwrap_or("NULL").to_string()).collect()
    }

    #[test]
    fn parts_of_texts() {
        for (start, length, expected) in [
            (1, 2, "Ág"),
            (3, 99, "ætis"),
            (0, 2, ""),
            (-1, 2, ""),
            (2, -1, ""),
            (2, 0, ""),
            (7, 1, ""),
            (i32::MAX, i32::MAX, ""),
        ] {
            assert_eq!(slice("Ágætis", start, length), expected, "{start} {length}");
        }
        let texts = column(&[Some("abc"), None, Some("abc")]);
        let starts: ArrayRef = Arc::new(Int32Array::from(vec![Some(2), Some(1), None]));
        assert_eq!(shown(substr(&texts, &starts, None)), ["bc", "NULL", "NULL"]);
    }

    #[test]
    fn joining_and_replacing() {
        let (a, b) = (column(&[Some("a"), Some("x"), None]), column(&[Some("b"), None, Some("c")]));
        assert_eq!(shown(concat(&[a, b])), ["ab", "NULL", "NULL"]);
        let texts = column(&[Some("a.b.c"), Some("abc")]);
        assert_eq!(shown(replace(&texts, &column(&[Some("."), Some("")]), &column(&[Some("-"); 2]))), ["a-b-c", "abc"]);
    }

    #[test]
    fn code_points_are_counted() {
        let lengths = length(&column(&[Some("é🎵"), Some(""), None])).unwrap();
        assert_eq!(lengths.as_primitive::<Int32Type>(), &Int32Array::from(vec![Some(2), Some(0), None]));
    }
}
