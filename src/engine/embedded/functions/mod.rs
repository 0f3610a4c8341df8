//! Portable SQL's operators and functions as DataFusion scalar functions, each with exactly the meaning that
//! [`crate::flow::expr`] gives it; where DataFusion's own means the same, [`super::lower`] uses that instead.
//!
//! - [`number`][]: arithmetic, abs, floor, ceil, round.
//! - [`text`][]: strings.
//! - [`list`][]: arrays.
//! - [`calendar`][]: dates and timestamps.
//! - [`regexp`][]: regular expressions.
//! - [`group`][]: what stands before and after aggregates.

pub mod calendar;
pub mod group;
pub mod list;
pub mod number;
pub mod regexp;
pub mod text;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType as ArrowType;
use datafusion::common::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use super::convert;
use super::types::arrow_type;
use crate::flow::expr::{BinaryOp, Function};
use crate::flow::types::DataType;

/// What is computed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// `+ - * / %` on int, bigint or double.
    Arithmetic(BinaryOp),
    /// `-x`.
    Negate,
    /// A float or double with `-0.0` as `0.0`, so that equal numbers compare equal.
    Comparable,
    /// A date's midnight.
    Midnight,
    /// Bytes that sort as arrays do: element by element, NULL elements first, a prefix before what it begins.
    SortKey,
    /// `cast(x as t)` by the conversion table.
    Convert(DataType, DataType),
    /// An integer that sorts as the floating-point number does.
    Ordinal,
    /// The floating-point number of such an integer.
    FromOrdinal,
    /// An exact total as a bigint; out of range is an error.
    Total,
    /// An exact total by a count.
    Mean,
    /// An array of the arguments, of that type.
    Items(DataType),
    /// The same array of texts in each row.
    Labels(Vec<String>),
    /// A function of the table.
    Call(Function),
}

impl Op {
    fn compute(&self, args: &[ArrayRef], returns: &ArrowType) -> Result<ArrayRef> {
        match self {
            Op::Arithmetic(op) => number::arithmetic(*op, &args[0], &args[1]),
            Op::Negate => number::negate(&args[0]),
            Op::Comparable => number::comparable(&args[0]),
            Op::Midnight => calendar::midnight(&args[0]),
            Op::SortKey => list::sort_key(&args[0]),
            Op::Convert(from, to) => Ok(convert::convert(&args[0], from, to, None)?.0),
            Op::Ordinal => group::ordinal(&args[0]),
            Op::FromOrdinal => group::from_ordinal(&args[0], returns),
            Op::Total => group::total(&args[0]),
            Op::Mean => group::mean(&args[0], &args[1]),
            Op::Items(element) => group::items(args, element),
            Op::Labels(labels) => group::labels(labels, args[0].len()),
            Op::Call(function) => call(*function, args),
        }
    }
}

fn call(function: Function, args: &[ArrayRef]) -> Result<ArrayRef> {
    match function {
        Function::Year
        | Function::Month
        | Function::Day
        | Function::Hour
        | Function::Minute
        | Function::Second
        | Function::Quarter
        | Function::Week
        | Function::DayOfWeek
        | Function::DayOfYear => calendar::part(function, &args[0]),
        Function::DateTrunc => calendar::truncate(&args[0], &args[1]),
        Function::DateAdd => calendar::add(&args[0], &args[1], &args[2]),
        Function::DateDiff => calendar::difference(&args[0], &args[1], &args[2]),
        Function::LTrim => text::map(&args[0], |text| text.trim_start_matches(' ').into()),
        Function::RTrim => text::map(&args[0], |text| text.trim_end_matches(' ').into()),
        Function::Reverse => text::map(&args[0], |text| text.chars().rev().collect::<String>().into()),
        Function::LPad | Function::RPad => text::pad(args, function == Function::LPad),
        Function::StartsWith => text::test(&args[0], &args[1], |text, part| text.starts_with(part)),
        Function::EndsWith => text::test(&args[0], &args[1], |text, part| text.ends_with(part)),
        Function::StrPos => text::position(&args[0], &args[1]),
        Function::Split => text::split(&args[0], &args[1]),
        Function::ArrayJoin => list::join(&args[0], &args[1]),
        Function::Sqrt => number::sqrt(&args[0]),
        Function::Greatest | Function::Least => number::extreme(args, function == Function::Greatest),
        Function::Lower => text::map(&args[0], |text| text.to_lowercase().into()),
        Function::Upper => text::map(&args[0], |text| text.to_uppercase().into()),
        Function::Trim => text::map(&args[0], |text| text.trim_matches(' ').into()),
        Function::Length => text::length(&args[0]),
        Function::Substr => text::substr(&args[0], &args[1], args.get(2)),
        Function::Replace => text::replace(&args[0], &args[1], &args[2]),
        Function::Concat => text::concat(args),
        Function::Abs => number::abs(&args[0]),
        Function::Floor => number::map(&args[0], f64::floor),
        Function::Ceil => number::map(&args[0], f64::ceil),
        Function::Round => number::round(&args[0], args.get(1)),
        Function::Cardinality => list::cardinality(&args[0]),
        Function::ElementAt => list::element_at(&args[0], &args[1]),
        Function::Contains => list::contains(&args[0], &args[1]),
        Function::RegexpLike => regexp::like(args),
        Function::RegexpExtract => regexp::extract(args),
        Function::RegexpReplace => regexp::replace(args),
        Function::RegexpSplit => regexp::split(args),
        Function::Coalesce | Function::NullIf => {
            Err(datafusion::error::DataFusionError::Internal(format!("{function:?} is lowered, not called")))
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Native {
    name: String,
    /// Names this function over its arguments. Not spelled out: DataFusion asks for the name of every part of an
    /// expression over and over, which would make the cost of a long chain cubic.
    label: String,
    op: Op,
    returns: ArrowType,
    signature: Signature,
}

impl ScalarUDFImpl for Native {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema_name(&self, _: &[Expr]) -> Result<String> {
        Ok(self.label.clone())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[ArrowType]) -> Result<ArrowType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let arrays = args.args.into_iter().map(|a| a.into_array(rows)).collect::<Result<Vec<_>>>()?;
        self.op.compute(&arrays, &self.returns).map(ColumnarValue::Array)
    }
}

/// The expression `op(args)`, of type `returns`.
pub fn native(op: Op, args: Vec<Expr>, returns: &DataType) -> Expr {
    of_arrow_type(op, args, arrow_type(returns))
}

/// An array as bytes that sort as it does; NULL stays NULL.
pub fn sort_key(array: Expr) -> Expr {
    of_arrow_type(Op::SortKey, vec![array], ArrowType::Binary)
}

fn of_arrow_type(op: Op, args: Vec<Expr>, returns: ArrowType) -> Expr {
    let name = match &op {
        Op::Arithmetic(op) => format!("pipectl_{op:?}"),
        Op::Call(function) => format!("pipectl_{function:?}"),
        Op::Convert(_, to) => format!("pipectl_convert_{to}"),
        Op::Items(_) => "pipectl_items".to_string(),
        Op::Labels(_) => "pipectl_labels".to_string(),
        other => format!("pipectl_{other:?}"),
    };
    let name = name.to_lowercase();
    let mut hasher = DefaultHasher::new();
    args.hash(&mut hasher);
    let label = format!("{name}#{:016x}", hasher.finish());
    let signature = Signature::new(TypeSignature::Any(args.len()), Volatility::Immutable);
    let native = Native { name, label, op, returns, signature };
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(native)), args))
}
