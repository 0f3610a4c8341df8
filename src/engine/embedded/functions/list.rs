//! Arrays.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Int32Array, LargeStringArray, ListArray, UInt64Array,
};
use datafusion::arrow::compute::{SortOptions, take};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

fn lists(array: &ArrayRef) -> Result<&ListArray> {
    let unexpected = || DataFusionError::Internal(format!("array expected, not {}", array.data_type()));
    array.as_list_opt::<i32>().ok_or_else(unexpected)
}

/// How many elements.
pub fn cardinality(array: &ArrayRef) -> Result<ArrayRef> {
    let lists = lists(array)?;
    let lengths = (0..lists.len()).map(|row| lists.is_valid(row).then(|| lists.value_length(row)));
    Ok(Arc::new(lengths.collect::<Int32Array>()))
}

/// The element at a position, the first is 1; NULL when there is none.
pub fn element_at(array: &ArrayRef, positions: &ArrayRef) -> Result<ArrayRef> {
    let lists = lists(array)?;
    let positions = positions.as_primitive::<Int32Type>();
    let place = |row: usize| {
        let position = (lists.is_valid(row) && positions.is_valid(row)).then(|| positions.value(row))?;
        let inside = (1..=lists.value_length(row)).contains(&position);
        inside.then(|| (lists.value_offsets()[row] + position - 1) as u64)
    };
    let places: UInt64Array = (0..lists.len()).map(place).collect();
    Ok(take(lists.values(), &places, None)?)
}

/// The elements with a text between them; NULL elements are left out.
pub fn join(array: &ArrayRef, between: &ArrayRef) -> Result<ArrayRef> {
    let (lists, between) = (lists(array)?, between.as_string::<i64>());
    let elements = lists.values().as_string::<i64>();
    let joined = |row: usize| {
        let between = (lists.is_valid(row) && between.is_valid(row)).then(|| between.value(row))?;
        let (start, end) = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
        let there = (start..end).filter(|at| elements.is_valid(*at)).map(|at| elements.value(at));
        Some(there.collect::<Vec<_>>().join(between))
    };
    Ok(Arc::new((0..lists.len()).map(joined).collect::<LargeStringArray>()))
}

/// Whether an element equals the text; NULL elements equal nothing.
pub fn contains(array: &ArrayRef, texts: &ArrayRef) -> Result<ArrayRef> {
    let (lists, texts) = (lists(array)?, texts.as_string::<i64>());
    let elements = lists.values().as_string::<i64>();
    let found = |row: usize| {
        let text = (lists.is_valid(row) && texts.is_valid(row)).then(|| texts.value(row))?;
        let (start, end) = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
        Some((start..end).any(|at| elements.is_valid(at) && elements.value(at) == text))
    };
    Ok(Arc::new((0..lists.len()).map(found).collect::<BooleanArray>()))
}

/// Bytes that sort as the arrays do: element by element, NULL elements first, as Spark has it. A NULL array stays NULL.
pub fn sort_key(array: &ArrayRef) -> Result<ArrayRef> {
    let order = SortOptions { descending: false, nulls_first: true };
    let converter = RowConverter::new(vec![SortField::new_with_options(array.data_type().clone(), order)])?;
    let rows = converter.convert_columns(std::slice::from_ref(array))?;
    let keys = (0..array.len()).map(|row| array.is_valid(row).then(|| rows.row(row)));
    Ok(Arc::new(keys.map(|key| key.map(|key| key.data().to_vec())).collect::<BinaryArray>()))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{LargeStringBuilder, ListBuilder};

    use super::*;

    fn sample() -> ArrayRef {
        let mut builder = ListBuilder::new(LargeStringBuilder::new());
        builder.append_value([Some("a"), None]);
        builder.append_null();
        builder.append_value([None::<&str>; 0]);
        Arc::new(builder.finish())
    }

    #[test]
    fn lists() {
        let sample = sample();
        assert_eq!(
            cardinality(&sample).unwrap().as_primitive::<Int32Type>(),
            &Int32Array::from(vec![Some(2), None, Some(0)])
        );
        for (position, expected) in [(1, Some("a")), (2, None), (3, None), (-1, None), (0, None)] {
            let positions: ArrayRef = Arc::new(Int32Array::from(vec![position; 3]));
            let elements = element_at(&sample, &positions).unwrap();
            assert_eq!(elements.as_string::<i64>(), &LargeStringArray::from(vec![expected, None, None]), "{position}");
        }
        for (text, expected) in [
            (Some("a"), [Some(true), None, Some(false)]),
            (Some("b"), [Some(false), None, Some(false)]),
            (None, [None; 3]),
        ] {
            let texts: ArrayRef = Arc::new(LargeStringArray::from(vec![text; 3]));
            assert_eq!(
                contains(&sample, &texts).unwrap().as_boolean(),
                &BooleanArray::from(expected.to_vec()),
                "{text:?}"
            );
        }
    }
}
