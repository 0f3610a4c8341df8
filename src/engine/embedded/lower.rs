//! Typed expressions as DataFusion's.
//!
//! Operands already have the types their operator works on, so nothing here leaves room for DataFusion's own coercion.

use chrono::{NaiveDate, NaiveDateTime};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::expr::{Case, InList, Like};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr as Lowered, Operator};
use datafusion::prelude::lit;

use super::functions::{Op, native};
use super::types::{UTC, arrow_type};
use crate::error::{Error, Result};
use crate::flow::expr::{BinaryOp, Expr, Function, Literal, Node};
use crate::flow::types::DataType;

/// A column by its exact name.
pub fn column(name: &str) -> Lowered {
    Lowered::Column(Column::new_unqualified(name))
}

/// A column of `data_type` as it is compared: floating-point zeros have one sign.
pub fn comparable(expr: Lowered, data_type: &DataType) -> Lowered {
    match data_type {
        DataType::Float | DataType::Double => native(Op::Comparable, vec![expr], data_type),
        _ => expr,
    }
}

/// The DataFusion expression for `expr`. Errors are bugs: typing lets nothing through that has no meaning here.
pub fn lower(expr: &Expr) -> Result<Lowered> {
    let to = &expr.data_type;
    Ok(match &expr.node {
        Node::Column(name) => column(name),
        Node::Literal(value) => lit(literal(value, to)?),
        Node::Widen(inner) => widen(inner, to)?,
        Node::Cast(inner) if inner.data_type == *to => lower(inner)?,
        Node::Cast(inner) => native(Op::Convert(inner.data_type.clone(), to.clone()), vec![lower(inner)?], to),
        Node::Negate(inner) => native(Op::Negate, vec![lower(inner)?], to),
        Node::Not(inner) => Lowered::Not(Box::new(lower(inner)?)),
        Node::IsNull(inner) => Lowered::IsNull(Box::new(lower(inner)?)),
        Node::Binary(op, left, right) => binary(*op, left, right, to)?,
        Node::In(value, list) => {
            let list = list.iter().map(compared).collect::<Result<Vec<_>>>()?;
            Lowered::InList(InList::new(Box::new(compared(value)?), list, false))
        }
        Node::Like(text, pattern) => {
            let pattern = lit(ScalarValue::LargeUtf8(Some(pattern.clone())));
            Lowered::Like(Like::new(false, Box::new(lower(text)?), Box::new(pattern), None, false))
        }
        Node::Case(branches, other) => {
            let branch = |(when, then): &(Expr, Expr)| Ok((Box::new(lower(when)?), Box::new(lower(then)?)));
            let branches = branches.iter().map(branch).collect::<Result<Vec<_>>>()?;
            Lowered::Case(Case::new(None, branches, Some(Box::new(lower(other)?))))
        }
        Node::Call(Function::Coalesce, args) => {
            datafusion::functions::core::expr_fn::coalesce(args.iter().map(lower).collect::<Result<_>>()?)
        }
        Node::Call(Function::NullIf, args) => null_if(args, to)?,
        Node::Call(function, args) => native(Op::Call(*function), args.iter().map(lower).collect::<Result<_>>()?, to),
    })
}

fn compared(expr: &Expr) -> Result<Lowered> {
    Ok(comparable(lower(expr)?, &expr.data_type))
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, to: &DataType) -> Result<Lowered> {
    let operator = match op {
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
            return Ok(native(Op::Arithmetic(op), vec![lower(left)?, lower(right)?], to));
        }
        BinaryOp::Concat => {
            return Ok(native(Op::Call(Function::Concat), vec![lower(left)?, lower(right)?], to));
        }
        BinaryOp::Equal => Operator::Eq,
        BinaryOp::NotEqual => Operator::NotEq,
        BinaryOp::Less => Operator::Lt,
        BinaryOp::LessOrEqual => Operator::LtEq,
        BinaryOp::Greater => Operator::Gt,
        BinaryOp::GreaterOrEqual => Operator::GtEq,
        BinaryOp::And => Operator::And,
        BinaryOp::Or => Operator::Or,
    };
    Ok(Lowered::BinaryExpr(BinaryExpr::new(Box::new(compared(left)?), operator, Box::new(compared(right)?))))
}

/// A widening. Dates become midnights by our own function: Arrow's cast wants a time zone database to read `UTC`.
fn widen(inner: &Expr, to: &DataType) -> Result<Lowered> {
    if let Node::Literal(Literal::Null) = inner.node {
        return Ok(lit(literal(&Literal::Null, to)?));
    }
    Ok(match (&inner.data_type, to) {
        (from, to) if from == to => lower(inner)?,
        (DataType::Date, DataType::Timestamp) => native(Op::Midnight, vec![lower(inner)?], to),
        _ => Lowered::Cast(Cast::new(Box::new(lower(inner)?), arrow_type(to))),
    })
}

fn null_if(args: &[Expr], to: &DataType) -> Result<Lowered> {
    let [value, other] = args else { return Err(Error::bug("nullif takes two arguments")) };
    let equal = binary(BinaryOp::Equal, value, other, &DataType::Boolean)?;
    let null = lit(literal(&Literal::Null, to)?);
    Ok(Lowered::Case(Case::new(None, vec![(Box::new(equal), Box::new(null))], Some(Box::new(lower(value)?)))))
}

fn literal(value: &Literal, data_type: &DataType) -> Result<ScalarValue> {
    let wrong = || Error::bug(format!("{value:?} is no {data_type}"));
    Ok(match (value, data_type) {
        (Literal::Null, _) => ScalarValue::try_from(&arrow_type(data_type)).map_err(|e| Error::bug(e.to_string()))?,
        (Literal::String(text), DataType::String) => ScalarValue::LargeUtf8(Some(text.clone())),
        (Literal::Boolean(b), DataType::Boolean) => ScalarValue::Boolean(Some(*b)),
        (Literal::Integer(i), DataType::Int) => ScalarValue::Int32(Some(i32::try_from(*i).map_err(|_| wrong())?)),
        (Literal::Integer(i), DataType::Bigint) => ScalarValue::Int64(Some(*i)),
        (Literal::Double(f), DataType::Double) => ScalarValue::Float64(Some(*f)),
        (Literal::Date(text), DataType::Date) => {
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong())?;
            ScalarValue::Date32(Some(date.to_epoch_days()))
        }
        (Literal::Timestamp(text), DataType::Timestamp) => {
            let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map_err(|_| wrong())?;
            ScalarValue::TimestampMicrosecond(Some(at.and_utc().timestamp_micros()), Some(UTC.into()))
        }
        _ => return Err(wrong()),
    })
}
