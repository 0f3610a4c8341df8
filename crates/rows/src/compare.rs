//! Values of one column across batches: equality and order.

use std::cmp::Ordering;
use std::sync::OnceLock;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, LargeStringArray, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};

/// A row of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The batch's number.
    pub batch: u32,
    /// The row in it.
    pub row: u32,
}

/// Makes bytes of a nested column that sort and compare as its values do.
pub type Nested = fn(&ArrayRef) -> ArrayRef;

/// Whether keys can be of this type; others have to be turned into bytes first.
pub fn supported(data_type: &DataType) -> bool {
    use DataType::{
        Binary, Boolean, Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, LargeUtf8, Timestamp, UInt8,
        UInt16, UInt32, UInt64,
    };
    match data_type {
        Timestamp(unit, _) => *unit == TimeUnit::Microsecond,
        Binary | Boolean | Date32 | Decimal128(..) | Float32 | Float64 | LargeUtf8 => true,
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 => true,
        _ => false,
    }
}

/// The end for a type that nobody should have brought here.
#[allow(clippy::panic)]
pub(crate) fn unsupported(data_type: &DataType) -> ! {
    panic!("{data_type} is no type of a key")
}

/// A number's order, with all NaNs equal and greatest and zeros equal.
pub trait Ordered: Copy {
    /// It.
    fn order(self, other: Self) -> Ordering;
}

macro_rules! ordered {
    ($($kind:ty),*) => {
        $(impl Ordered for $kind {
            #[inline]
            fn order(self, other: Self) -> Ordering {
                self.cmp(&other)
            }
        })*
    };
}
ordered!(i8, i16, i32, i64, i128, u8, u16, u32, u64);

macro_rules! ordered_float {
    ($($kind:ty),*) => {
        $(impl Ordered for $kind {
            #[inline]
            fn order(self, other: Self) -> Ordering {
                self.partial_cmp(&other).unwrap_or_else(|| self.is_nan().cmp(&other.is_nan()))
            }
        })*
    };
}
ordered_float!(f32, f64);

/// A column of many batches, of one type.
pub struct Columns<'a>(Kind<'a>);

enum Kind<'a> {
    Boolean(Vec<&'a BooleanArray>),
    Int8(Vec<&'a PrimitiveArray<Int8Type>>),
    Int16(Vec<&'a PrimitiveArray<Int16Type>>),
    Int32(Vec<&'a PrimitiveArray<Int32Type>>),
    Int64(Vec<&'a PrimitiveArray<Int64Type>>),
    UInt8(Vec<&'a PrimitiveArray<UInt8Type>>),
    UInt16(Vec<&'a PrimitiveArray<UInt16Type>>),
    UInt32(Vec<&'a PrimitiveArray<UInt32Type>>),
    UInt64(Vec<&'a PrimitiveArray<UInt64Type>>),
    Float32(Vec<&'a PrimitiveArray<Float32Type>>),
    Float64(Vec<&'a PrimitiveArray<Float64Type>>),
    Date(Vec<&'a PrimitiveArray<Date32Type>>),
    Decimal(Vec<&'a PrimitiveArray<Decimal128Type>>),
    Timestamp(Vec<&'a PrimitiveArray<TimestampMicrosecondType>>),
    Text(Vec<&'a LargeStringArray>),
    Binary(Vec<&'a BinaryArray>),
    /// Turned into bytes when they are first looked at: most never are.
    Nested(Vec<&'a ArrayRef>, Vec<OnceLock<ArrayRef>>, Nested),
}

macro_rules! with_arrays {
    ($self:expr, $arrays:ident => $primitive:expr, $texts:ident => $text:expr, $nested:expr) => {
        match &$self.0 {
            Kind::Int8($arrays) => $primitive,
            Kind::Int16($arrays) => $primitive,
            Kind::Int32($arrays) => $primitive,
            Kind::Int64($arrays) => $primitive,
            Kind::UInt8($arrays) => $primitive,
            Kind::UInt16($arrays) => $primitive,
            Kind::UInt32($arrays) => $primitive,
            Kind::UInt64($arrays) => $primitive,
            Kind::Float32($arrays) => $primitive,
            Kind::Float64($arrays) => $primitive,
            Kind::Date($arrays) => $primitive,
            Kind::Decimal($arrays) => $primitive,
            Kind::Timestamp($arrays) => $primitive,
            Kind::Boolean($texts) => $text,
            Kind::Text($texts) => $text,
            Kind::Binary($texts) => $text,
            Kind::Nested(arrays, bytes, encode) => $nested(arrays, bytes, *encode),
        }
    };
}

impl<'a> Columns<'a> {
    /// One column's arrays, in the batches' order; `nested` serves the types that are not [`supported`].
    pub fn new(arrays: Vec<&'a ArrayRef>, nested: Nested) -> Self {
        let Some(data_type) = arrays.first().map(|array| array.data_type().clone()) else {
            return Columns(Kind::Boolean(Vec::new()));
        };
        fn primitive<'a, T: ArrowPrimitiveType>(arrays: &[&'a ArrayRef]) -> Vec<&'a PrimitiveArray<T>> {
            arrays.iter().map(|array| array.as_primitive()).collect()
        }
        Columns(match &data_type {
            DataType::Boolean => Kind::Boolean(arrays.iter().map(|array| array.as_boolean()).collect()),
            DataType::LargeUtf8 => Kind::Text(arrays.iter().map(|array| array.as_string()).collect()),
            DataType::Binary => Kind::Binary(arrays.iter().map(|array| array.as_binary()).collect()),
            DataType::Int8 => Kind::Int8(primitive(&arrays)),
            DataType::Int16 => Kind::Int16(primitive(&arrays)),
            DataType::Int32 => Kind::Int32(primitive(&arrays)),
            DataType::Int64 => Kind::Int64(primitive(&arrays)),
            DataType::UInt8 => Kind::UInt8(primitive(&arrays)),
            DataType::UInt16 => Kind::UInt16(primitive(&arrays)),
            DataType::UInt32 => Kind::UInt32(primitive(&arrays)),
            DataType::UInt64 => Kind::UInt64(primitive(&arrays)),
            DataType::Float32 => Kind::Float32(primitive(&arrays)),
            DataType::Float64 => Kind::Float64(primitive(&arrays)),
            DataType::Date32 => Kind::Date(primitive(&arrays)),
            DataType::Decimal128(..) => Kind::Decimal(primitive(&arrays)),
            DataType::Timestamp(TimeUnit::Microsecond, _) => Kind::Timestamp(primitive(&arrays)),
            _ => {
                let bytes = arrays.iter().map(|_| OnceLock::new()).collect();
                Kind::Nested(arrays, bytes, nested)
            }
        })
    }

    /// Whether two values are equal; NULLs are.
    #[inline]
    pub fn equal(&self, left: Place, right: Place) -> bool {
        self.order(left, right, false) == Ordering::Equal
    }

    /// The order of two values, ascending or descending; NULLs last in both, and equal.
    #[inline]
    pub fn order(&self, left: Place, right: Place, descending: bool) -> Ordering {
        let turned = |order: Ordering| if descending { order.reverse() } else { order };
        let ((l, i), (r, j)) = ((left.batch as usize, left.row as usize), (right.batch as usize, right.row as usize));
        fn nulls(left: &dyn Array, i: usize, right: &dyn Array, j: usize) -> Option<Ordering> {
            match (left.is_null(i), right.is_null(j)) {
                (false, false) => None,
                (left, right) => Some(left.cmp(&right)),
            }
        }
        with_arrays!(
            self,
            arrays => nulls(arrays[l], i, arrays[r], j)
                .unwrap_or_else(|| turned(arrays[l].value(i).order(arrays[r].value(j)))),
            texts => nulls(texts[l], i, texts[r], j)
                .unwrap_or_else(|| turned(Ord::cmp(&texts[l].value(i), &texts[r].value(j)))),
            |arrays: &[&ArrayRef], bytes: &[OnceLock<ArrayRef>], encode: Nested| {
                let of = |batch: usize| bytes[batch].get_or_init(|| encode(arrays[batch])).as_binary::<i32>();
                nulls(arrays[l], i, arrays[r], j).unwrap_or_else(|| turned(of(l).value(i).cmp(of(r).value(j))))
            }
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Float64Array, Int32Array};

    use super::*;

    fn at(batch: u32, row: u32) -> Place {
        Place { batch, row }
    }

    fn none(_: &ArrayRef) -> ArrayRef {
        unreachable!("no nested column here")
    }

    #[test]
    fn nulls_are_last_in_both_directions() {
        let (a, b): (ArrayRef, ArrayRef) =
            (Arc::new(Int32Array::from(vec![Some(1), None])), Arc::new(Int32Array::from(vec![Some(2), None])));
        let columns = Columns::new(vec![&a, &b], none);
        assert_eq!(columns.order(at(0, 0), at(1, 0), false), Ordering::Less);
        assert_eq!(columns.order(at(0, 0), at(1, 0), true), Ordering::Greater);
        for descending in [false, true] {
            assert_eq!(columns.order(at(0, 0), at(1, 1), descending), Ordering::Less);
            assert_eq!(columns.order(at(0, 1), at(1, 1), descending), Ordering::Equal);
        }
    }

    #[test]
    fn zeros_are_equal_and_nans_greatest() {
        let a: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, f64::NAN, -f64::NAN, f64::INFINITY]));
        let columns = Columns::new(vec![&a], none);
        assert!(columns.equal(at(0, 0), at(0, 1)) && columns.equal(at(0, 2), at(0, 3)));
        assert_eq!(columns.order(at(0, 3), at(0, 4), false), Ordering::Greater);
    }
}
