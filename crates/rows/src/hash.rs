//! Hashes of keys. Equal keys have equal hashes: zeros of either sign, and all NaNs.

use std::hash::BuildHasher;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use foldhash::fast::FixedState;

use crate::compare::unsupported;

/// A NULL's hash.
const NULL: u64 = 0x9e37_79b9_7f4a_7c15;

/// One seed for all: a key that is on both sides of a join hashes alike.
const STATE: FixedState = FixedState::with_seed(0x5eed);

/// A number's bits, the same for numbers that are equal.
pub trait Bits {
    /// They.
    fn bits(self) -> u64;
}

macro_rules! bits {
    ($($kind:ty),*) => {
        $(impl Bits for $kind {
            #[inline]
            fn bits(self) -> u64 {
                self as u64
            }
        })*
    };
}
bits!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Bits for i128 {
    #[inline]
    fn bits(self) -> u64 {
        self as u64 ^ ((self >> 64) as u64).wrapping_mul(NULL)
    }
}

impl Bits for f32 {
    #[inline]
    fn bits(self) -> u64 {
        f64::from(self).bits()
    }
}

impl Bits for f64 {
    #[inline]
    fn bits(self) -> u64 {
        if self.is_nan() { f64::NAN.to_bits() } else { (self + 0.0).to_bits() }
    }
}

#[inline]
fn mix(hash: u64, bits: u64) -> u64 {
    let product = u128::from(hash ^ bits).wrapping_mul(0x2d35_8dcc_aa6c_78a5_8bb8_4b93_962e_acc9);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash of each row's key, which `columns` make up.
///
/// # Panics
///
/// When a column is of a type that [`crate::compare::supported`] does not have.
pub fn hashes(columns: &[ArrayRef], rows: usize) -> Vec<u64> {
    let mut hashes = vec![0x51_7cc1_b727_220a; rows];
    for column in columns {
        match column.data_type() {
            DataType::LargeUtf8 => {
                let texts = column.as_string::<i64>();
                each(&mut hashes, column, |row| STATE.hash_one(texts.value(row).as_bytes()));
            }
            DataType::Binary => {
                let bytes = column.as_binary::<i32>();
                each(&mut hashes, column, |row| STATE.hash_one(bytes.value(row)));
            }
            DataType::Boolean => {
                let flags = column.as_boolean();
                each(&mut hashes, column, |row| u64::from(flags.value(row)));
            }
            _ => primitive(&mut hashes, column),
        }
    }
    hashes
}

fn primitive(hashes: &mut [u64], column: &ArrayRef) {
    use arrow_array::types::*;
    macro_rules! of {
        ($kind:ty) => {{
            let values = column.as_primitive::<$kind>().values();
            each(hashes, column, |row| values[row].bits())
        }};
    }
    match column.data_type() {
        DataType::Int8 => of!(Int8Type),
        DataType::Int16 => of!(Int16Type),
        DataType::Int32 => of!(Int32Type),
        DataType::Int64 => of!(Int64Type),
        DataType::UInt8 => of!(UInt8Type),
        DataType::UInt16 => of!(UInt16Type),
        DataType::UInt32 => of!(UInt32Type),
        DataType::UInt64 => of!(UInt64Type),
        DataType::Float32 => of!(Float32Type),
        DataType::Float64 => of!(Float64Type),
        DataType::Date32 => of!(Date32Type),
        DataType::Decimal128(..) => of!(Decimal128Type),
        DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, _) => of!(TimestampMicrosecondType),
        other => unsupported(other),
    }
}

#[inline]
fn each(hashes: &mut [u64], column: &ArrayRef, bits: impl Fn(usize) -> u64) {
    match column.nulls() {
        None => hashes.iter_mut().enumerate().for_each(|(row, hash)| *hash = mix(*hash, bits(row))),
        Some(nulls) => {
            for (row, hash) in hashes.iter_mut().enumerate() {
                *hash = mix(*hash, if nulls.is_valid(row) { bits(row) } else { NULL });
            }
        }
    }
}

/// Which of `parts` parts a hash belongs to: by its high bits, while tables use the low ones.
#[inline]
pub fn part_of(hash: u64, parts: usize) -> usize {
    (((hash >> 32) * parts as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Float64Array, Int32Array, LargeStringArray};

    use super::*;

    #[test]
    fn equal_keys_hash_alike() {
        let doubles: ArrayRef =
            Arc::new(Float64Array::from(vec![Some(0.0), Some(-0.0), Some(f64::NAN), Some(-f64::NAN), None]));
        let found = hashes(&[doubles], 5);
        assert!(found[0] == found[1] && found[2] == found[3] && found[0] != found[4]);
        let texts: ArrayRef = Arc::new(LargeStringArray::from(vec![Some("a"), Some("a"), Some(""), None]));
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1, 1, 1, 1]));
        let found = hashes(&[texts, numbers], 4);
        assert!(found[0] == found[1] && found[2] != found[3] && found[0] != found[2]);
    }

    #[test]
    fn parts_are_even() {
        let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values(0..10_000));
        let mut counts = [0; 7];
        hashes(&[numbers], 10_000).iter().for_each(|hash| counts[part_of(*hash, 7)] += 1);
        assert!(counts.iter().all(|count| (1200..1700).contains(count)), "{counts:?}");
    }
}
