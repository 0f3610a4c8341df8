//! What stands before and after aggregates: exact totals, floating-point numbers in an order, and arrays made of columns.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, LargeStringArray, ListArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::{DataType as ArrowType, Decimal128Type, Float32Type, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::super::fault::Fault;
use super::super::types::element_field;
use crate::flow::types::DataType;

/// Integers in the order of the numbers: zeros of one sign, NaN above all.
pub fn ordinal(array: &ArrayRef) -> Result<ArrayRef> {
    let ordinal = |x: f64| {
        let bits = (if x.is_nan() { f64::NAN } else { x + 0.0 }).to_bits() as i64;
        if bits < 0 { bits ^ i64::MAX } else { bits }
    };
    Ok(Arc::new(match array.data_type() {
        ArrowType::Float32 => array.as_primitive::<Float32Type>().unary::<_, Int64Type>(|x| ordinal(f64::from(x))),
        ArrowType::Float64 => array.as_primitive::<Float64Type>().unary::<_, Int64Type>(ordinal),
        other => return Err(DataFusionError::Internal(format!("an ordinal of {other}"))),
    }))
}

/// The numbers, as `to`, that such integers stand for.
pub fn from_ordinal(array: &ArrayRef, to: &ArrowType) -> Result<ArrayRef> {
    let number = |bits: i64| f64::from_bits((if bits < 0 { bits ^ i64::MAX } else { bits }) as u64);
    let numbers = array.as_primitive::<Int64Type>();
    Ok(match to {
        ArrowType::Float32 => Arc::new(numbers.unary::<_, Float32Type>(|bits| number(bits) as f32)),
        _ => Arc::new(numbers.unary::<_, Float64Type>(number)),
    })
}

/// An exact total as a bigint. Errors: one that is out of range.
pub fn total(array: &ArrayRef) -> Result<ArrayRef> {
    let whole = |total: i128| {
        i64::try_from(total).map_err(|_| {
            Fault::data("overflow", format!("`sum` is {total}, out of range for bigint"))
                .with_help("sum a double instead: `sum(cast(x as double))`")
        })
    };
    Ok(Arc::new(array.as_primitive::<Decimal128Type>().try_unary::<_, Int64Type, Fault>(whole)?))
}

/// Exact totals by counts, as doubles; NULL for none.
pub fn mean(totals: &ArrayRef, counts: &ArrayRef) -> Result<ArrayRef> {
    let (totals, counts) = (totals.as_primitive::<Decimal128Type>(), counts.as_primitive::<Int64Type>());
    let rows = totals.iter().zip(counts).map(|(total, count)| match (total, count) {
        (Some(total), Some(count)) if count > 0 => Some(total as f64 / count as f64),
        _ => None,
    });
    Ok(Arc::new(rows.collect::<Float64Array>()))
}

/// In each row an array of the values of all columns.
pub fn items(columns: &[ArrayRef], element: &DataType) -> Result<ArrayRef> {
    let rows = columns.first().map_or(0, |first| first.len());
    let arrays: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
    let places: Vec<(usize, usize)> =
        (0..rows).flat_map(|row| (0..columns.len()).map(move |column| (column, row))).collect();
    let values = interleave(&arrays, &places)?;
    let offsets = OffsetBuffer::from_repeated_length(columns.len(), rows);
    Ok(Arc::new(ListArray::try_new(element_field(element), offsets, values, None)?))
}

/// The same array of texts in each of `rows` rows.
pub fn labels(labels: &[String], rows: usize) -> Result<ArrayRef> {
    let all = (0..rows).flat_map(|_| labels.iter().map(|label| Some(label.as_str())));
    let values: ArrayRef = Arc::new(all.collect::<LargeStringArray>());
    let offsets = OffsetBuffer::from_repeated_length(labels.len(), rows);
    Ok(Arc::new(ListArray::try_new(element_field(&DataType::String), offsets, values, None)?))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Decimal128Array, Int32Array, Int64Array};

    use super::*;

    #[test]
    fn ordinals_keep_the_order_and_the_number() {
        let ordered = [f64::NEG_INFINITY, -1e300, -1.5, -f64::MIN_POSITIVE, 0.0, 5e-324, 1.5, f64::INFINITY, f64::NAN];
        let array: ArrayRef = Arc::new(Float64Array::from(ordered.to_vec()));
        let ordinals = ordinal(&array).unwrap();
        assert!(ordinals.as_primitive::<Int64Type>().values().windows(2).all(|pair| pair[0] < pair[1]));
        let back = from_ordinal(&ordinals, &ArrowType::Float64).unwrap();
        let back = back.as_primitive::<Float64Type>().values();
        assert!(back.iter().zip(ordered).all(|(a, b)| *a == b || a.is_nan() && b.is_nan()));
        let odd: ArrayRef = Arc::new(Float64Array::from(vec![-0.0, 0.0, -f64::NAN, f64::NAN]));
        let odd = ordinal(&odd).unwrap();
        let odd = odd.as_primitive::<Int64Type>().values();
        assert!(odd[0] == odd[1] && odd[2] == odd[3]);
    }

    #[test]
    fn totals_fit_or_fail() {
        let decimals = |values: Vec<Option<i128>>| -> ArrayRef {
            Arc::new(Decimal128Array::from(values).with_precision_and_scale(29, 0).unwrap())
        };
        let fits = total(&decimals(vec![Some(i64::MAX.into()), None])).unwrap();
        assert_eq!(fits.as_primitive::<Int64Type>(), &Int64Array::from(vec![Some(i64::MAX), None]));
        assert!(total(&decimals(vec![Some(i128::from(i64::MAX) + 1)])).is_err());
        let counts: ArrayRef = Arc::new(Int64Array::from(vec![4, 0]));
        let means = mean(&decimals(vec![Some(10), None]), &counts).unwrap();
        assert_eq!(means.as_primitive::<Float64Type>(), &Float64Array::from(vec![Some(2.5), None]));
    }

    #[test]
    fn columns_become_arrays() {
        let column = |values: [Option<i32>; 2]| -> ArrayRef { Arc::new(Int32Array::from(values.to_vec())) };
        let lists = items(&[column([Some(1), None]), column([Some(3), Some(4)])], &DataType::Int).unwrap();
        let values = lists.as_list::<i32>().values().clone();
        assert_eq!(values.as_primitive(), &Int32Array::from(vec![Some(1), Some(3), None, Some(4)]));
        assert_eq!(labels(&["a".into(), "b".into()], 2).unwrap().as_list::<i32>().values().len(), 4);
    }
}
