//! Implicit widening, and chains of `and` and `or`.

use crate::flow::expr::{BinaryOp, Expr, Literal, Node};
use crate::flow::types::DataType;

/// Whether this is a bare `null`, which is of any type.
pub fn is_null(e: &Expr) -> bool {
    matches!(e.node, Node::Literal(Literal::Null))
}

/// The narrowest type that all widen to; bare NULLs fit any. `Err` holds the first two types that do not agree, `Ok(None)`
/// means that all are bare NULLs.
pub fn common<'a>(all: impl IntoIterator<Item = &'a Expr>) -> Result<Option<DataType>, (DataType, DataType)> {
    let mut found: Option<DataType> = None;
    for e in all.into_iter().filter(|e| !is_null(e)) {
        found = match found {
            None => Some(e.data_type.clone()),
            Some(so_far) => match so_far.common(&e.data_type) {
                Some(wider) => Some(wider),
                None => return Err((so_far, e.data_type.clone())),
            },
        };
    }
    Ok(found)
}

/// `e` as a value of type `to`, which it must widen to (or be a bare NULL). Whole-number constants are rewritten.
pub fn to(e: Expr, to: &DataType) -> Expr {
    if e.data_type == *to && !is_null(&e) {
        return e;
    }
    match (&e.node, to) {
        (Node::Literal(Literal::Null), _) | (Node::Literal(Literal::Integer(_)), DataType::Bigint) => {
            Expr { data_type: to.clone(), ..e }
        }
        // Only of int: a bigint constant may not be a double.
        (Node::Literal(Literal::Integer(i)), DataType::Double) if e.data_type == DataType::Int => {
            Expr { node: Node::Literal(Literal::Double(*i as f64)), data_type: DataType::Double }
        }
        _ => Expr { node: Node::Widen(Box::new(e)), data_type: to.clone() },
    }
}

/// `a and b and ...` as a tree no deeper than need be; true for no operands.
pub fn all(operands: Vec<Expr>) -> Expr {
    balanced(BinaryOp::And, operands).unwrap_or_else(|| boolean(true))
}

/// `a or b or ...` as a tree no deeper than need be; false for no operands.
pub fn any(operands: Vec<Expr>) -> Expr {
    balanced(BinaryOp::Or, operands).unwrap_or_else(|| boolean(false))
}

fn boolean(value: bool) -> Expr {
    Expr { node: Node::Literal(Literal::Boolean(value)), data_type: DataType::Boolean }
}

/// A chain of one associative operator as a balanced tree: its depth is what engines and documents recurse over.
pub fn balanced(op: BinaryOp, mut operands: Vec<Expr>) -> Option<Expr> {
    if operands.len() < 2 {
        return operands.pop();
    }
    let right = balanced(op, operands.split_off(operands.len().div_ceil(2)))?;
    let left = balanced(op, operands)?;
    let data_type = left.data_type.clone();
    Some(Expr { node: Node::Binary(op, Box::new(left), Box::new(right)), data_type })
}

/// How deeply the document that holds `e` nests for it (objects and arrays of its JSON).
pub fn nesting(e: &Expr) -> usize {
    let deepest = |all: &mut dyn Iterator<Item = &Expr>| all.map(nesting).max().unwrap_or(0);
    match &e.node {
        Node::Column(_) | Node::Literal(_) => 3,
        Node::Widen(x) | Node::Cast(x) | Node::Negate(x) | Node::Not(x) | Node::IsNull(x) => 2 + nesting(x),
        Node::Like(x, _) => 3 + nesting(x),
        Node::Binary(_, l, r) => 3 + nesting(l).max(nesting(r)),
        Node::In(x, list) => (3 + nesting(x)).max(4 + deepest(&mut list.iter())),
        Node::Case(branches, otherwise) => {
            let branches = deepest(&mut branches.iter().flat_map(|(c, v)| [c, v]));
            (5 + branches).max(3 + nesting(otherwise))
        }
        Node::Call(_, arguments) => 4 + deepest(&mut arguments.iter()),
    }
}

/// How many nodes `e` has.
pub fn size(e: &Expr) -> usize {
    1 + match &e.node {
        Node::Column(_) | Node::Literal(_) => 0,
        Node::Widen(x) | Node::Cast(x) | Node::Negate(x) | Node::Not(x) | Node::IsNull(x) | Node::Like(x, _) => size(x),
        Node::Binary(_, l, r) => size(l) + size(r),
        Node::In(x, list) => size(x) + list.iter().map(size).sum::<usize>(),
        Node::Case(branches, otherwise) => {
            branches.iter().map(|(c, v)| size(c) + size(v)).sum::<usize>() + size(otherwise)
        }
        Node::Call(_, arguments) => arguments.iter().map(size).sum(),
    }
}
