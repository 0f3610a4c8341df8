//! Aggregates that the engine does not have: percentiles, `max_by`, `min_by`, and the value of a scalar subquery.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StructArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::failure::Failure;
use super::kernel::{Kernel, Run};
use super::typed::Typed;
use super::types;

/// `approx_percentile(x, p)`: of n sorted values the one at place `floor(p * n)` from 0, as Trino's digests answer while
/// they hold every value.
#[derive(Debug)]
pub struct Percentile {
    share: f64,
    returns: DataType,
    signature: Signature,
}

impl Percentile {
    /// The function for a share between 0 and 1 over values of that type.
    pub fn function(share: f64, returns: DataType) -> Arc<AggregateUDF> {
        Arc::new(AggregateUDF::from(Self { share, returns, signature: Signature::any(1, Volatility::Immutable) }))
    }
}

impl PartialEq for Percentile {
    fn eq(&self, other: &Self) -> bool {
        self.share.to_bits() == other.share.to_bits() && self.returns == other.returns
    }
}

impl Eq for Percentile {}

impl Hash for Percentile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.share.to_bits(), &self.returns).hash(state);
    }
}

impl AggregateUDFImpl for Percentile {
    fn name(&self) -> &str {
        "approx_percentile"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Values { share: self.share, data_type: self.returns.clone(), values: Vec::new() }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let name = format!("{}[values]", args.name);
        Ok(vec![Arc::new(Field::new(name, types::list_of(self.returns.clone()), true))])
    }
}

#[derive(Debug)]
struct Values {
    share: f64,
    data_type: DataType,
    values: Vec<ScalarValue>,
}

impl Accumulator for Values {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let column = &columns[0];
        for row in (0..column.len()).filter(|row| column.is_valid(*row)) {
            // Trino looks at the share when it has a value.
            if !(0.0..=1.0).contains(&self.share) {
                let message = "Percentile must be between 0 and 1";
                return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message).into());
            }
            self.values.push(ScalarValue::try_from_array(column, row)?);
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        (0..lists.len()).filter(|row| lists.is_valid(*row)).try_for_each(|row| self.update_batch(&[lists.value(row)]))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&self.values, &self.data_type))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.values.is_empty() {
            return ScalarValue::try_from(&self.data_type);
        }
        self.values.sort_by(compared);
        let place = (self.share * self.values.len() as f64).floor() as usize;
        Ok(self.values[place.min(self.values.len() - 1)].clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) + ScalarValue::size_of_vec(&self.values)
    }
}

/// NaN is neither greater nor less than anything.
fn is_nan(value: &ScalarValue) -> bool {
    match value {
        ScalarValue::Float64(Some(v)) => v.is_nan(),
        ScalarValue::Float32(Some(v)) => v.is_nan(),
        _ => false,
    }
}

fn compared(a: &ScalarValue, b: &ScalarValue) -> Ordering {
    match (a, b) {
        (ScalarValue::Float64(Some(a)), ScalarValue::Float64(Some(b))) => a.total_cmp(b),
        (ScalarValue::Float32(Some(a)), ScalarValue::Float32(Some(b))) => a.total_cmp(b),
        _ => a.partial_cmp(b).unwrap_or(Ordering::Equal),
    }
}

/// `max_by(x, y)`, `min_by(x, y)`: x where y is greatest or smallest; rows whose y is NULL do not count. Ties go to the
/// row that comes first.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ExtremeBy {
    greatest: bool,
    value: DataType,
    key: DataType,
    signature: Signature,
}

impl ExtremeBy {
    /// The function for a value and a key of these types.
    pub fn function(greatest: bool, value: DataType, key: DataType) -> Arc<AggregateUDF> {
        let signature = Signature::any(2, Volatility::Immutable);
        Arc::new(AggregateUDF::from(Self { greatest, value, key, signature }))
    }
}

impl AggregateUDFImpl for ExtremeBy {
    fn name(&self) -> &str {
        if self.greatest { "max_by" } else { "min_by" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.value.clone())
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Extreme {
            greatest: self.greatest,
            value: ScalarValue::try_from(&self.value)?,
            key: ScalarValue::try_from(&self.key)?,
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let field = |part: &str, t: &DataType| Arc::new(Field::new(format!("{}[{part}]", args.name), t.clone(), true));
        Ok(vec![field("value", &self.value), field("key", &self.key)])
    }
}

#[derive(Debug)]
struct Extreme {
    greatest: bool,
    value: ScalarValue,
    key: ScalarValue,
}

impl Accumulator for Extreme {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        for row in (0..columns[1].len()).filter(|row| columns[1].is_valid(*row)) {
            let key = ScalarValue::try_from_array(&columns[1], row)?;
            let wanted = if self.greatest { Ordering::Greater } else { Ordering::Less };
            if self.key.is_null() || is_nan(&self.key) || !is_nan(&key) && compared(&key, &self.key) == wanted {
                self.value = ScalarValue::try_from_array(&columns[0], row)?;
                self.key = key;
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), self.key.clone()])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.value.size() + self.key.size()
    }
}

/// The value of a scalar subquery: NULL of no row, an error of two. Where a subquery has a value for each row of the query
/// around it, it is `counted`: a group of two rows is no error unless a row asks for it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct SingleValue {
    returns: DataType,
    counted: bool,
    signature: Signature,
}

impl SingleValue {
    /// The function for values of that type.
    pub fn function(returns: DataType, counted: bool) -> Arc<AggregateUDF> {
        let signature = Signature::any(1, Volatility::Immutable);
        Arc::new(AggregateUDF::from(Self { returns, counted, signature }))
    }

    /// A value with the number of rows that it is of.
    pub fn counted(value: &DataType) -> DataType {
        let fields = [("value", value.clone()), ("rows", DataType::Int64)];
        DataType::Struct(fields.into_iter().map(|(name, data_type)| Field::new(name, data_type, true)).collect())
    }

    /// The value of what is counted.
    pub fn of_counted(counted: Typed, returns: DataType) -> Typed {
        let run: Run = |c| {
            let counted = c.args[0].as_struct();
            let rows = counted.column(1).as_primitive::<Int64Type>();
            if (0..c.rows).any(|row| counted.is_valid(row) && rows.value(row) > 1) {
                return Err(several_rows());
            }
            Ok(datafusion::arrow::compute::nullif(counted.column(0), &datafusion::arrow::compute::is_null(counted)?)?)
        };
        Kernel::call("single_value", run, vec![counted], returns)
    }
}

fn several_rows() -> Failure {
    Failure::new("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows")
}

impl AggregateUDFImpl for SingleValue {
    fn name(&self) -> &str {
        "single_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.counted { Self::counted(&self.returns) } else { self.returns.clone() })
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Single { value: ScalarValue::try_from(&self.returns)?, rows: 0, counted: self.counted }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let value = Field::new(format!("{}[value]", args.name), self.returns.clone(), true);
        let rows = Field::new(format!("{}[rows]", args.name), DataType::Int64, true);
        Ok(vec![Arc::new(value), Arc::new(rows)])
    }
}

#[derive(Debug)]
struct Single {
    value: ScalarValue,
    rows: i64,
    counted: bool,
}

impl Single {
    fn checked(&self) -> Result<()> {
        if self.rows > 1 && !self.counted { Err(several_rows().into()) } else { Ok(()) }
    }
}

impl Accumulator for Single {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        if let Some(last) = columns[0].len().checked_sub(1) {
            self.rows += columns[0].len() as i64;
            self.value = ScalarValue::try_from_array(&columns[0], last)?;
        }
        self.checked()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for row in 0..states[0].len() {
            if let ScalarValue::Int64(Some(rows)) = ScalarValue::try_from_array(&states[1], row)?
                && rows > 0
            {
                self.rows += rows;
                self.value = ScalarValue::try_from_array(&states[0], row)?;
            }
        }
        self.checked()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), ScalarValue::Int64(Some(self.rows))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.checked()?;
        if !self.counted {
            return Ok(self.value.clone());
        }
        let DataType::Struct(fields) = SingleValue::counted(&self.value.data_type()) else { unreachable!("a struct") };
        let columns = vec![self.value.to_array()?, ScalarValue::Int64(Some(self.rows)).to_array()?];
        Ok(ScalarValue::Struct(Arc::new(StructArray::new(fields, columns, None))))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.value.size()
    }
}
