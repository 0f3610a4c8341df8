//! A function of Trino's as one of the engine's: a name, the type it returns, and what it does to columns.
//!
//! The binder has chosen the overload and coerced the arguments, so a kernel never looks at types that it does not expect.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayAccessor, ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray, StringArray, new_null_array,
};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::failure::Outcome;
use super::typed::Typed;

/// What a function does: columns of equal length in, one column out.
pub type Run = fn(&Call<'_>) -> Outcome<ArrayRef>;

/// One call over a batch of rows.
pub struct Call<'a> {
    /// The arguments, each a column of `rows` values.
    pub args: &'a [ArrayRef],
    /// The type to return.
    pub returns: &'a DataType,
    /// How many rows.
    pub rows: usize,
}

impl Call<'_> {
    /// Builds a column of numbers, dates or times, row by row.
    pub fn primitives<T: ArrowPrimitiveType>(
        &self,
        mut row: impl FnMut(usize) -> Outcome<Option<T::Native>>,
    ) -> Outcome<ArrayRef> {
        let values = (0..self.rows).map(&mut row).collect::<Outcome<Vec<_>>>()?;
        Ok(Arc::new(PrimitiveArray::<T>::from_iter(values).with_data_type(self.returns.clone())))
    }

    /// Builds a column of texts, row by row.
    pub fn texts<S: AsRef<str>>(&self, mut row: impl FnMut(usize) -> Outcome<Option<S>>) -> Outcome<ArrayRef> {
        let values = (0..self.rows).map(&mut row).collect::<Outcome<Vec<_>>>()?;
        Ok(Arc::new(StringArray::from_iter(values)))
    }

    /// Builds a column of truth values, row by row.
    pub fn booleans(&self, mut row: impl FnMut(usize) -> Outcome<Option<bool>>) -> Outcome<ArrayRef> {
        let values = (0..self.rows).map(&mut row).collect::<Outcome<Vec<_>>>()?;
        Ok(Arc::new(BooleanArray::from(values)))
    }
}

/// The value of a row, `None` for NULL.
pub fn at<A: ArrayAccessor>(column: A, row: usize) -> Option<A::Item> {
    column.is_valid(row).then(|| column.value(row))
}

/// A function as the engine's.
#[derive(Debug)]
pub struct Kernel {
    name: &'static str,
    returns: DataType,
    run: Run,
    /// Inside `try()`: a row that fails is NULL.
    lenient: bool,
    signature: Signature,
}

impl Kernel {
    /// Calls it on these arguments.
    pub fn call(name: &'static str, run: Run, args: Vec<Typed>, returns: DataType) -> Typed {
        Self::build(name, run, args, returns, false, Volatility::Immutable)
    }

    /// Calls one whose every evaluation differs.
    pub fn call_volatile(name: &'static str, run: Run, args: Vec<Typed>, returns: DataType) -> Typed {
        Self::build(name, run, args, returns, false, Volatility::Volatile)
    }

    fn build(
        name: &'static str,
        run: Run,
        args: Vec<Typed>,
        returns: DataType,
        lenient: bool,
        volatility: Volatility,
    ) -> Typed {
        let signature = match args.len() {
            0 => Signature::nullary(volatility),
            n => Signature::any(n, volatility),
        };
        let kernel = Kernel { name, returns: returns.clone(), run, lenient, signature };
        let args = args.into_iter().map(|a| a.expr).collect();
        Typed::new(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::from(kernel)), args)), returns)
    }

    /// The same call for inside `try()`.
    pub fn leniently(call: &ScalarFunction) -> Option<ScalarFunction> {
        let kernel = (call.func.inner().as_ref() as &dyn std::any::Any).downcast_ref::<Kernel>()?;
        let lenient = Kernel {
            name: kernel.name,
            returns: kernel.returns.clone(),
            run: kernel.run,
            lenient: true,
            signature: kernel.signature.clone(),
        };
        Some(ScalarFunction::new_udf(Arc::new(ScalarUDF::from(lenient)), call.args.clone()))
    }

    fn run(&self, args: &[ArrayRef], rows: usize) -> Outcome<ArrayRef> {
        let call = Call { args, returns: &self.returns, rows };
        let whole = (self.run)(&call);
        if whole.is_ok() || !self.lenient {
            return whole;
        }
        let row = |i: usize| {
            let args: Vec<_> = args.iter().map(|a| a.slice(i, 1)).collect();
            let call = Call { args: &args, returns: &self.returns, rows: 1 };
            (self.run)(&call).unwrap_or_else(|_| new_null_array(&self.returns, 1))
        };
        let rows: Vec<ArrayRef> = (0..rows).map(row).collect();
        Ok(concat(&rows.iter().map(AsRef::as_ref).collect::<Vec<_>>())?)
    }
}

impl PartialEq for Kernel {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.returns == other.returns && self.lenient == other.lenient
    }
}

impl Eq for Kernel {}

impl Hash for Kernel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, &self.returns, self.lenient).hash(state);
    }
}

impl ScalarUDFImpl for Kernel {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if constant && self.signature.volatility != Volatility::Volatile { 1 } else { args.number_rows };
        let columns = args.args.iter().map(|a| a.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let result = self.run(&columns, rows)?;
        if constant && rows == 1 && args.number_rows != 1 {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?));
        }
        Ok(ColumnarValue::Array(result))
    }
}
