//! An expression with its type, and the coercions that Trino makes by itself.

use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Cast, Expr};

use super::types;

/// An expression with its type.
#[derive(Clone, Debug)]
pub struct Typed {
    /// What it computes.
    pub expr: Expr,
    /// What it is.
    pub data_type: DataType,
}

impl Typed {
    /// An expression of that type.
    pub fn new(expr: Expr, data_type: DataType) -> Self {
        Self { expr, data_type }
    }

    /// A constant.
    pub fn literal(value: ScalarValue) -> Self {
        let data_type = value.data_type();
        Self { expr: Expr::Literal(value, None), data_type }
    }

    /// A constant text.
    pub fn text(value: impl Into<String>) -> Self {
        Self::literal(ScalarValue::Utf8(Some(value.into())))
    }

    /// Its value, when it is a constant.
    pub fn constant(&self) -> Option<&ScalarValue> {
        match &self.expr {
            Expr::Literal(value, _) => Some(value),
            _ => None,
        }
    }

    /// The constant text, when it is one.
    pub fn constant_text(&self) -> Option<&str> {
        match self.constant() {
            Some(ScalarValue::Utf8(Some(text))) => Some(text),
            _ => None,
        }
    }

    /// The same value as `to`, which [`coercible`] has allowed: lossless, so the engine's own cast serves.
    pub fn coerced(self, to: &DataType) -> Self {
        if self.data_type == *to {
            return self;
        }
        // The engine divides by a power of ten, which loses a digit of some decimals.
        if matches!((&self.data_type, to), (DataType::Decimal128(..), DataType::Float32 | DataType::Float64)) {
            return match self.constant().map(|value| decimal_as_float(value, to)) {
                Some(Some(value)) => Self::new(Expr::Literal(value, None), to.clone()),
                _ => super::cast::converted(self, to),
            };
        }
        if let Some(value) = self.constant().and_then(|value| value.cast_to(to).ok()) {
            return Self::new(Expr::Literal(value, None), to.clone());
        }
        Self::new(Expr::Cast(Cast::new(Box::new(self.expr), to.clone())), to.clone())
    }

    /// Its type as messages name it: a constant text has its length, `varchar(3)`.
    pub fn type_name(&self) -> String {
        match self.constant_text() {
            Some(text) => format!("varchar({})", text.chars().count()),
            None => types::name(&self.data_type),
        }
    }
}

fn decimal_as_float(value: &ScalarValue, to: &DataType) -> Option<ScalarValue> {
    let array = super::cast::convert(&value.to_array().ok()?, to).ok()?;
    ScalarValue::try_from_array(&array, 0).ok()
}

/// Digits before and after the point of an exact number type.
pub fn exact(data_type: &DataType) -> Option<(u8, i8)> {
    Some(match data_type {
        DataType::Int8 => (3, 0),
        DataType::Int16 => (5, 0),
        DataType::Int32 => (10, 0),
        DataType::Int64 => (19, 0),
        DataType::Decimal128(p, s) => (*p, *s),
        _ => return None,
    })
}

fn integer_rank(data_type: &DataType) -> Option<u8> {
    Some(match data_type {
        DataType::Int8 => 1,
        DataType::Int16 => 2,
        DataType::Int32 => 3,
        DataType::Int64 => 4,
        _ => return None,
    })
}

/// Whether it is a number.
pub fn is_numeric(data_type: &DataType) -> bool {
    exact(data_type).is_some() || matches!(data_type, DataType::Float32 | DataType::Float64)
}

/// Whether it is an integer.
pub fn is_integer(data_type: &DataType) -> bool {
    integer_rank(data_type).is_some()
}

/// Whether Trino turns `from` into `to` by itself.
pub fn coercible(from: &DataType, to: &DataType) -> bool {
    common(from, to).as_ref() == Some(to)
}

/// The narrowest type that both become by themselves; `None` when there is none.
pub fn common(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{Date32, Decimal128, Float32, Float64, List, Null, Struct, Timestamp};
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Null, other) | (other, Null) => return Some(other.clone()),
        (Float64, other) | (other, Float64) if is_numeric(other) => return Some(Float64),
        (Float32, other) | (other, Float32) if is_numeric(other) => return Some(Float32),
        (Date32, Timestamp(..)) => return Some(b.clone()),
        (Timestamp(..), Date32) => return Some(a.clone()),
        (Timestamp(_, None), Timestamp(_, Some(_))) => return Some(b.clone()),
        (Timestamp(_, Some(_)), Timestamp(_, None)) => return Some(a.clone()),
        (List(x), List(y)) => return common(x.data_type(), y.data_type()).map(types::list_of),
        (Struct(x), Struct(y)) if x.len() == y.len() => {
            let fields = x.iter().zip(y).map(|(x, y)| {
                let data_type = common(x.data_type(), y.data_type())?;
                let name = if x.name() == y.name() { x.name().clone() } else { String::new() };
                Some(datafusion::arrow::datatypes::Field::new(name, data_type, true))
            });
            return fields.collect::<Option<Vec<_>>>().map(|fields| Struct(Fields::from(fields)));
        }
        _ => {}
    }
    if let (Some(x), Some(y)) = (integer_rank(a), integer_rank(b)) {
        return Some(if x >= y { a.clone() } else { b.clone() });
    }
    let ((p1, s1), (p2, s2)) = (exact(a)?, exact(b)?);
    let scale = s1.max(s2);
    let whole = (p1 as i16 - i16::from(s1)).max(p2 as i16 - i16::from(s2));
    let precision = (whole + i16::from(scale)).clamp(1, 38);
    Some(Decimal128(precision as u8, scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use DataType::{Date32, Decimal128, Float32, Float64, Int32, Int64, Null, Utf8};

    #[test]
    fn common_types_are_trinos() {
        assert_eq!(common(&Int32, &Int64), Some(Int64));
        assert_eq!(common(&Int64, &Float32), Some(Float32));
        assert_eq!(common(&Decimal128(10, 2), &Float64), Some(Float64));
        assert_eq!(common(&Int32, &Decimal128(3, 2)), Some(Decimal128(12, 2)));
        assert_eq!(common(&Decimal128(38, 0), &Decimal128(38, 10)), Some(Decimal128(38, 10)));
        assert_eq!(common(&Date32, &types::TIMESTAMP), Some(types::TIMESTAMP));
        assert_eq!(common(&Utf8, &Int32), None);
        assert_eq!(common(&Utf8, &Date32), None);
        assert_eq!(common(&Null, &Utf8), Some(Utf8));
    }

    #[test]
    fn coercion_only_widens() {
        assert!(coercible(&Int32, &Int64) && !coercible(&Int64, &Int32));
        assert!(coercible(&Int64, &Float64) && !coercible(&Float64, &Int64));
        assert!(coercible(&Int32, &Decimal128(12, 2)) && !coercible(&Int32, &Decimal128(3, 2)));
    }
}
