//! The types of columns: Athena's, written as Athena writes them.

use serde::{Deserialize, Serialize};

/// A column's type. Read, shown and serialised as Athena writes it: `bigint`, `decimal(10,2)`, `array<string>`,
/// `struct<a:int>` (see [`super::type_syntax`]).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// Text, UTF-8.
    String,
    /// True or false.
    Boolean,
    /// 32-bit signed.
    Int,
    /// 64-bit signed.
    Bigint,
    /// 32-bit IEEE 754.
    Float,
    /// 64-bit IEEE 754.
    Double,
    /// Exact decimal: total digits (1 to 38), digits after the point.
    Decimal(u8, u8),
    /// A calendar day.
    Date,
    /// Microseconds, UTC.
    Timestamp,
    /// A list.
    Array(Box<DataType>),
    /// Named fields, in order.
    Struct(Vec<(String, DataType)>),
}

impl DataType {
    /// int, bigint, float, double or decimal.
    pub fn is_number(&self) -> bool {
        use DataType::{Bigint, Decimal, Double, Float, Int};
        matches!(self, Int | Bigint | Float | Double | Decimal(..))
    }

    /// Neither an array nor a struct.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, DataType::Array(_) | DataType::Struct(_))
    }

    /// Whether a value of this type is one of `to` too, with no loss and nothing to be decided: int -> bigint -> double,
    /// float -> double, int and bigint -> a decimal that holds them all, decimal -> a wider one, date -> timestamp; and
    /// every type to itself.
    ///
    /// bigint -> double is counted here although whole numbers beyond 2^53 are rounded: both engines round alike.
    pub fn widens_to(&self, to: &DataType) -> bool {
        use DataType::{Bigint, Date, Decimal, Double, Float, Int, Timestamp};
        match (self, to) {
            (a, b) if a == b => true,
            (Int, Bigint | Double) | (Bigint | Float, Double) | (Date, Timestamp) => true,
            (Int, Decimal(p, s)) => p - s >= 10,
            (Bigint, Decimal(p, s)) => p - s >= 19,
            (Decimal(p, s), Decimal(to_p, to_s)) => s <= to_s && p - s <= to_p - to_s,
            _ => false,
        }
    }

    /// The narrowest type that both widen to, if there is one.
    pub fn common(&self, other: &DataType) -> Option<DataType> {
        use DataType::{Bigint, Decimal, Double, Float, Int};
        if self.widens_to(other) {
            return Some(other.clone());
        }
        if other.widens_to(self) {
            return Some(self.clone());
        }
        match (self, other) {
            (Float, Int | Bigint) | (Int | Bigint, Float) => Some(Double),
            (Decimal(p, s), Int) | (Int, Decimal(p, s)) => decimal((p - s).max(10), *s),
            (Decimal(p, s), Bigint) | (Bigint, Decimal(p, s)) => decimal((p - s).max(19), *s),
            (Decimal(p1, s1), Decimal(p2, s2)) => decimal((p1 - s1).max(p2 - s2), *s1.max(s2)),
            _ => None,
        }
    }
}

/// The decimal with these digits before and after the point, when 38 digits hold it.
fn decimal(before: u8, after: u8) -> Option<DataType> {
    (before + after <= 38).then_some(DataType::Decimal(before + after, after))
}

/// A column: nullable always, as Athena's are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name, lower case.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// What it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The columns of a source, a step's output or a table, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schema {
    /// In order; names are distinct.
    pub columns: Vec<Column>,
}

impl Schema {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(a: &str, b: &str) -> Option<String> {
        let (a, b): (DataType, DataType) = (a.parse().unwrap(), b.parse().unwrap());
        let common = a.common(&b);
        assert_eq!(common, b.common(&a), "symmetric");
        if let Some(common) = &common {
            assert!(a.widens_to(common) && b.widens_to(common) || (a == DataType::Float || b == DataType::Float));
        }
        common.map(|t| t.to_string())
    }

    #[test]
    fn the_common_type_loses_nothing() {
        assert_eq!(common("int", "bigint").as_deref(), Some("bigint"));
        assert_eq!(common("bigint", "double").as_deref(), Some("double"));
        assert_eq!(common("float", "int").as_deref(), Some("double"));
        assert_eq!(common("date", "timestamp").as_deref(), Some("timestamp"));
        assert_eq!(common("decimal(4,2)", "int").as_deref(), Some("decimal(12,2)"));
        assert_eq!(common("decimal(10,1)", "decimal(5,4)").as_deref(), Some("decimal(13,4)"));
        assert_eq!(common("decimal(38,38)", "int"), None);
        assert_eq!(common("decimal(4,2)", "double"), None);
        assert_eq!(common("string", "int"), None);
        assert_eq!(common("array<int>", "array<bigint>"), None);
    }
}
