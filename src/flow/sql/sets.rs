//! `union`, `intersect`, `except`: rows of two queries, by position, under the first's names.

use sqlparser::ast::{SetOperator, SetQuantifier};

use super::query::{Sql, not_portable};
use super::rows::{Rows, of, plain};
use crate::error::{Error, Result};
use crate::flow::aggregates::{Aggregate, AggregateFunction};
use crate::flow::document::{Branch, Operation};
use crate::flow::expr::{BinaryOp, Expr, Literal, Node};
use crate::flow::types::{Column, DataType, Schema};
use crate::flow::typing::widened;

/// What becomes of the rows of two queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Both {
    /// `union all`.
    All,
    /// `union`.
    Distinct,
    /// `intersect`: rows that both have.
    Intersect,
    /// `except`: rows that the second has not.
    Except,
}

impl Both {
    fn name(self) -> &'static str {
        match self {
            Both::All | Both::Distinct => "union",
            Both::Intersect => "intersect",
            Both::Except => "except",
        }
    }
}

/// The operator as written. Errors: `not-portable`.
pub fn operator(op: SetOperator, quantifier: SetQuantifier) -> Result<Both> {
    let name = op.to_string().to_lowercase();
    match (op, quantifier) {
        (SetOperator::Union, SetQuantifier::All) => Ok(Both::All),
        (SetOperator::Union, SetQuantifier::None | SetQuantifier::Distinct) => Ok(Both::Distinct),
        (SetOperator::Intersect, SetQuantifier::None | SetQuantifier::Distinct) => Ok(Both::Intersect),
        (SetOperator::Except | SetOperator::Minus, SetQuantifier::None | SetQuantifier::Distinct) => Ok(Both::Except),
        (_, SetQuantifier::All) => {
            let help = format!("`{name}` keeps one of equal rows; number them with `row_number()` to keep more");
            Err(not_portable(&format!("`{name} all`"), &help))
        }
        _ => {
            let help = format!("write `{name}`, with the columns in one order");
            Err(not_portable(&format!("`{name}` by name"), &help))
        }
    }
}

impl Sql<'_> {
    /// The rows of two queries as one.
    pub fn of_both(&self, op: Both, mut left: Rows, mut right: Rows) -> Result<Rows> {
        if matches!(op, Both::All | Both::Distinct) {
            let mut rows = self.below(op, left, right)?;
            if op == Both::Distinct {
                self.distinct(&mut rows)?;
            }
            return Ok(rows);
        }
        // Equal rows as a group: NULLs are equal there, as these operators want it. A group knows whose rows it has.
        let bounds = left.bounds.clone();
        let names: Vec<String> = left.schema().names().map(str::to_string).collect();
        let first = left.free("_first");
        left.derive(vec![(first.clone(), boolean(Node::Literal(Literal::Boolean(true))))]);
        right.derive(vec![(right.free("_first"), boolean(Node::Literal(Literal::Boolean(false))))]);
        let mut rows = self.below(op, left, right)?;
        let mut keys = rows.schema().clone();
        keys.columns.retain(|column| column.name != first);
        comparable(op.name(), &keys)?;
        let call = |function| Aggregate {
            function,
            argument: Some(boolean(Node::Column(first.clone()))),
            data_type: DataType::Boolean,
        };
        let (any, all) = (rows.free("_in_first"), rows.free("_in_first_alone"));
        let values =
            vec![(any.clone(), call(AggregateFunction::BoolOr)), (all.clone(), call(AggregateFunction::BoolAnd))];
        let mut grouped = keys.clone();
        grouped.columns.extend([&any, &all].map(|name| plain(name, &DataType::Boolean)));
        rows.push(Operation::Aggregate { by: names.clone(), values }, grouped.clone());
        let all = boolean(Node::Column(all));
        let kept = match op {
            Both::Except => all,
            _ => {
                let not_alone = boolean(Node::Not(Box::new(all)));
                boolean(Node::Binary(BinaryOp::And, Box::new(boolean(Node::Column(any))), Box::new(not_alone)))
            }
        };
        rows.push(Operation::Filter(kept), grouped);
        rows.push(Operation::SelectFields(names), keys);
        rows.bounds = bounds;
        Ok(rows)
    }

    /// All rows of both.
    fn below(&self, op: Both, mut left: Rows, right: Rows) -> Result<Rows> {
        let (a, b) = (left.schema().clone(), right.schema().clone());
        if a.columns.len() != b.columns.len() {
            let own = usize::from(matches!(op, Both::Intersect | Both::Except));
            let (a, b) = (a.columns.len() - own, b.columns.len() - own);
            let message = format!("`{}` of {a} columns and {b}", op.name());
            return Err(Error::manifest("type-mismatch", message).with_expected("as many columns on both sides"));
        }
        let mut after = Schema::default();
        for (a, b) in a.columns.iter().zip(&b.columns) {
            let common = a.data_type.common(&b.data_type).ok_or_else(|| {
                let (what, a, of_a, b, of_b) = (op.name(), &a.name, &a.data_type, &b.name, &b.data_type);
                let message = format!("`{what}` of `{a}`, which is {of_a}, and `{b}`, which is {of_b}");
                Error::manifest("type-mismatch", message).with_help("`cast(x as type)` one of them")
            })?;
            after.columns.push(Column { data_type: common, ..a.clone() });
        }
        let brought = |side: &Schema| -> Vec<(String, Expr)> {
            let columns = after.columns.iter().zip(&side.columns);
            columns.map(|(to, from)| (to.name.clone(), widened(of(from), &to.data_type))).collect()
        };
        if after.columns.iter().zip(&a.columns).any(|(to, from)| to.data_type != from.data_type) {
            left.push(Operation::Project(brought(&a)), after.clone());
        }
        let columns = brought(&b);
        let branch = Branch { input: self.input(right, "more"), columns };
        left.push(Operation::Union(vec![branch]), after);
        Ok(left)
    }

    /// Keeps one of equal rows.
    pub fn distinct(&self, rows: &mut Rows) -> Result<()> {
        let schema = rows.schema().clone();
        comparable("distinct", &schema)?;
        rows.push(Operation::Distinct, schema);
        Ok(())
    }
}

/// Fails unless rows of these columns can be equal.
fn comparable(what: &str, schema: &Schema) -> Result<()> {
    match schema.columns.iter().find(|column| !column.data_type.is_scalar()) {
        None => Ok(()),
        Some(column) => {
            let message = format!("`{what}` compares `{}`, which is {}", column.name, column.data_type);
            Err(Error::manifest("type-mismatch", message).with_expected("columns of scalar types"))
        }
    }
}

fn boolean(node: Node) -> Expr {
    Expr { node, data_type: DataType::Boolean }
}
