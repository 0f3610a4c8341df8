//! Relations and joins, and conditions of `where` that are joins.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr as Ast, Join, JoinConstraint, JoinOperator, TableFactor, TableWithJoins, visit_expressions,
};

use super::query::{Ctes, Sql, aliased, columns_of, lower, not_portable, written};
use super::rows::{Bound, Rows, of};
use crate::error::{Error, Place, Result};
use crate::flow::document::{JoinKind, Operation};
use crate::flow::expr::{Expr, Literal, Node};
use crate::flow::parse::{place, place_of};
use crate::flow::types::{Column, DataType, Schema};
use crate::flow::typing::{common, widened};

/// Which sides a condition speaks of.
#[derive(Clone, Copy, Default)]
struct Sides {
    left: bool,
    right: bool,
}

impl Sql<'_> {
    /// One relation with what is joined to it.
    pub fn from(&self, from: &[TableWithJoins], ctes: &Ctes, depth: usize) -> Result<Rows> {
        let [first] = from else {
            let help = "read one relation, and join the others: `from a join b on a.x = b.y`";
            let at = from.get(1).and_then(|second| self.place_of_relation(&second.relation));
            return Err(match from.len() {
                0 => Error::manifest("not-portable", "a `select` without `from` reads nothing").with_help(help),
                _ => not_portable("a list in `from`", help).at(at),
            });
        };
        let mut rows = self.factor(&first.relation, ctes, depth)?;
        for join in &first.joins {
            rows =
                self.join(rows, join, ctes, depth).map_err(|error| error.at(self.place_of_relation(&join.relation)))?;
        }
        Ok(rows)
    }

    fn factor(&self, factor: &TableFactor, ctes: &Ctes, depth: usize) -> Result<Rows> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                sample: None,
                json_path: None,
                ..
            } if with_hints.is_empty() => {
                let at = name.0.last().and_then(|part| part.as_ident()).and_then(|ident| place(self.text, ident.span));
                let relation = written(name);
                let alias = self.alias(alias.as_ref())?.unwrap_or_else(|| relation.clone());
                if let Some((input, schema)) = ctes.find(&relation) {
                    return Ok(Rows::read(Operation::Read(input), schema, &alias));
                }
                let found = (self.relations)(&relation);
                let (input, schema) = found.map_err(|faults| placed(faults, at))?;
                Ok(Rows::read(Operation::Read(input), &schema, &alias))
            }
            TableFactor::Derived { lateral: false, subquery, alias, sample: None } => {
                let alias = self.alias(alias.as_ref())?.ok_or_else(|| {
                    Error::manifest("not-portable", "a query in `from` needs a name")
                        .with_help("write `(select ...) as x`")
                })?;
                Ok(aliased(self.query(subquery, ctes, depth + 1)?, &alias))
            }
            _ => Err(not_portable(
                "this kind of relation",
                "read tables, sources, and `(select ...) as x`; joins without brackets",
            )),
        }
    }

    /// Where a relation is named.
    fn place_of_relation(&self, factor: &TableFactor) -> Option<Place> {
        match factor {
            TableFactor::Table { name, .. } => {
                name.0.last().and_then(|part| part.as_ident()).and_then(|ident| place(self.text, ident.span))
            }
            TableFactor::Derived { alias: Some(alias), .. } => place(self.text, alias.name.span),
            _ => None,
        }
    }

    fn alias(&self, alias: Option<&sqlparser::ast::TableAlias>) -> Result<Option<String>> {
        match alias {
            Some(alias) if !alias.columns.is_empty() => {
                Err(not_portable("a list of columns behind an alias", "name the columns in the `select`")
                    .at(place(self.text, alias.name.span)))
            }
            alias => Ok(alias.map(|alias| lower(&alias.name))),
        }
    }

    fn join(&self, mut left: Rows, join: &Join, ctes: &Ctes, depth: usize) -> Result<Rows> {
        use JoinOperator as J;
        let (how, constraint) = match &join.join_operator {
            J::Join(c) | J::Inner(c) => (JoinKind::Inner, c),
            J::Left(c) | J::LeftOuter(c) => (JoinKind::Left, c),
            J::Right(c) | J::RightOuter(c) => (JoinKind::Right, c),
            J::FullOuter(c) => (JoinKind::Full, c),
            J::Semi(c) | J::LeftSemi(c) => (JoinKind::Semi, c),
            J::Anti(c) | J::LeftAnti(c) => (JoinKind::Anti, c),
            J::CrossJoin(c) => (JoinKind::Inner, c),
            _ => {
                return Err(not_portable(
                    "this kind of join",
                    "inner, left, right, full, left semi and left anti joins are",
                ));
            }
        };
        let mut right = self.factor(&join.relation, ctes, depth)?;
        if let Some(twice) = right.bounds.iter().find(|bound| left.bounds.iter().any(|b| b.relation == bound.relation))
        {
            return Err(Error::manifest("ambiguous-column", format!("two relations are called `{}`", twice.relation))
                .with_help("give one of them another name: `join x as y`"));
        }
        let (mut keys, mut rest, mut shared) = (Vec::new(), Vec::new(), Vec::new());
        match constraint {
            JoinConstraint::On(condition) => {
                for part in conjuncts(condition) {
                    match self.equality(part, &left, &right)? {
                        Some(pair) => keys.push(pair),
                        None => rest.push(part),
                    }
                }
            }
            JoinConstraint::Using(names) => {
                for name in names {
                    let ident = name.0.last().and_then(|part| part.as_ident());
                    let ident = ident.ok_or_else(|| not_portable("this name", "write a column's name"))?;
                    let tree = Ast::Identifier(ident.clone());
                    let pair = (self.expr(&tree, &left)?, self.expr(&tree, &right)?);
                    keys.push(self.alike(pair, place(self.text, ident.span))?);
                    shared.push(lower(ident));
                }
            }
            JoinConstraint::None if matches!(join.join_operator, J::CrossJoin(_)) => {}
            JoinConstraint::Natural | JoinConstraint::None => {
                return Err(not_portable("a join without a condition", "write `on a.x = b.y` or `using (x)`"));
            }
        }
        if keys.is_empty() && how == JoinKind::Inner {
            // Every row with every row: they share a constant.
            keys.push((one(), one()));
        }
        if keys.is_empty() {
            return Err(not_portable(
                "an outer join without an equality",
                "join by at least one `a.x = b.y`; put the rest beside it",
            )
            .at(match constraint {
                JoinConstraint::On(condition) => place_of(self.text, condition),
                _ => None,
            }));
        }
        let mut after = Vec::new();
        for part in rest {
            let sides = self.sides(part, &left, &right)?;
            match (how, sides) {
                (JoinKind::Inner, _) => after.push(part),
                (JoinKind::Left | JoinKind::Semi | JoinKind::Anti, Sides { left: false, .. }) => {
                    self.filter(&mut right, part)?;
                }
                (JoinKind::Right, Sides { right: false, .. }) => self.filter(&mut left, part)?,
                _ => {
                    return Err(not_portable(
                        "this condition of a join",
                        "beside equalities, an outer join takes conditions of the side that need not match",
                    )
                    .at(place_of(self.text, part)));
                }
            }
        }
        let mut rows = self.joined(left, right, how, keys, &shared)?;
        for part in after {
            self.filter(&mut rows, part)?;
        }
        Ok(rows)
    }

    fn joined(
        &self,
        mut left: Rows,
        mut right: Rows,
        how: JoinKind,
        keys: Vec<(Expr, Expr)>,
        shared: &[String],
    ) -> Result<Rows> {
        let (mut left_keys, right_keys): (Vec<Expr>, Vec<Expr>) = keys.into_iter().unzip();
        let outer = matches!(how, JoinKind::Right | JoinKind::Full);
        // The key of a right or full join holds both sides' values; without `using` the left's column must not.
        let left_names: Vec<String> = if outer && shared.is_empty() {
            let named = left_keys.drain(..).enumerate().map(|(n, e)| (left.free(&format!("_key_{}", n + 1)), e));
            let named: Vec<(String, Expr)> = named.collect();
            let names = named.iter().map(|(name, _)| name.clone()).collect();
            left.derive(named);
            names
        } else {
            columns_of(&mut left, left_keys, "_key")
        };
        let right_names = columns_of(&mut right, right_keys, "_key");
        let mut schema = left.schema().clone();
        let (mut columns, mut bounds) = (Vec::new(), left.bounds.clone());
        if !matches!(how, JoinKind::Semi | JoinKind::Anti) {
            for bound in &right.bounds {
                let column = right.schema().column(&bound.column).ok_or_else(|| Error::bug("a column is gone"))?;
                let mut name = column.name.clone();
                if schema.column(&name).is_some() {
                    name = format!("{}_{name}", bound.relation.replace('.', "_"));
                    while schema.column(&name).is_some() {
                        name.push('_');
                    }
                }
                schema.columns.push(Column { name: name.clone(), ..column.clone() });
                columns.push((column.name.clone(), name.clone()));
                bounds.push(Bound {
                    column: name,
                    hidden: bound.hidden || shared.contains(&bound.name),
                    ..bound.clone()
                });
            }
        }
        let wanted = right.bounds.first().map_or_else(String::new, |bound| bound.relation.clone());
        let input = self.input(right, &wanted);
        let on = left_names.into_iter().zip(right_names).collect();
        let mut rows = left;
        rows.push(Operation::Join { input, how, on, right: columns }, schema);
        rows.bounds = bounds;
        Ok(rows)
    }

    /// Keeps the rows for which `condition` is true.
    pub fn filter(&self, rows: &mut Rows, condition: &Ast) -> Result<()> {
        let condition = self.boolean(self.expr(condition, rows)?, condition)?;
        let schema = rows.schema().clone();
        rows.push(Operation::Filter(condition), schema);
        Ok(())
    }

    /// Fails unless `e`, which `tree` is, is a boolean.
    pub fn boolean(&self, e: Expr, tree: &Ast) -> Result<Expr> {
        match e.data_type {
            crate::flow::types::DataType::Boolean => Ok(e),
            ref other => Err(Error::manifest("type-mismatch", format!("a condition is a boolean, this is {other}"))
                .with_help("write a comparison, such as `x <> 0`")
                .at(place_of(self.text, tree))),
        }
    }

    /// `x in (select y from ...)` among the conditions of `where`: a semi join. Other conditions are left to the caller.
    pub fn semi_join(&self, rows: &mut Rows, condition: &Ast, ctes: &Ctes, depth: usize) -> Result<bool> {
        let Ast::InSubquery { expr, subquery, negated: false } = condition else { return Ok(false) };
        let right = self.query(subquery, ctes, depth + 1)?;
        let [column] = right.schema().columns.as_slice() else {
            return Err(Error::manifest("type-mismatch", "`in (select ...)` takes a query of one column")
                .at(place_of(self.text, expr)));
        };
        let pair = (self.expr(expr, rows)?, of(column));
        let keys = vec![self.alike(pair, place_of(self.text, expr))?];
        let bounds = rows.bounds.clone();
        let left = Rows { steps: std::mem::take(&mut rows.steps), bounds };
        *rows = self.joined(left, aliased(right, "listed"), JoinKind::Semi, keys, &[])?;
        Ok(true)
    }

    /// The two sides of `left = right`, in this order; `None` for any other condition.
    fn equality(&self, part: &Ast, left: &Rows, right: &Rows) -> Result<Option<(Expr, Expr)>> {
        let Ast::BinaryOp { left: a, op: BinaryOperator::Eq, right: b } = part else { return Ok(None) };
        let (of_a, of_b) = (self.sides(a, left, right)?, self.sides(b, left, right)?);
        let pair = match (of_a, of_b) {
            (Sides { left: true, right: false }, Sides { left: false, right: true }) => {
                (self.expr(a, left)?, self.expr(b, right)?)
            }
            (Sides { left: false, right: true }, Sides { left: true, right: false }) => {
                (self.expr(b, left)?, self.expr(a, right)?)
            }
            _ => return Ok(None),
        };
        self.alike(pair, place_of(self.text, part)).map(Some)
    }

    /// Both keys as one type.
    fn alike(&self, (a, b): (Expr, Expr), at: Option<Place>) -> Result<(Expr, Expr)> {
        let unlike = |a: &dyn std::fmt::Display, b: &dyn std::fmt::Display| {
            Error::manifest("type-mismatch", format!("the join compares {a} with {b}"))
                .with_expected("keys of one scalar type")
                .with_help("`cast(x as type)` one of them")
                .at(at.clone())
        };
        match common([&a, &b]) {
            Ok(Some(data_type)) if data_type.is_scalar() => Ok((widened(a, &data_type), widened(b, &data_type))),
            Ok(_) => Err(unlike(&a.data_type, &b.data_type)),
            Err((a, b)) => Err(unlike(&a, &b)),
        }
    }

    /// Which sides the names in `tree` are of.
    fn sides(&self, tree: &Ast, left: &Rows, right: &Rows) -> Result<Sides> {
        let mut sides = Sides::default();
        let found = visit_expressions(tree, |part| {
            let Some(of_left) = left.named(part) else { return ControlFlow::Continue(()) };
            let at = |error: Error| error.at(place_of(self.text, part));
            match (of_left, right.has(part)) {
                (Ok(_), true) => {
                    let error = Error::manifest("ambiguous-column", format!("`{part}` is on both sides of the join"))
                        .with_help("write the relation before it: `a.x`");
                    return ControlFlow::Break(at(error));
                }
                (Ok(_), false) => sides.left = true,
                (Err(_), true) => sides.right = true,
                (Err(of_left), false) => {
                    let of_right = right.named(part).and_then(Result::err);
                    // The side that knows the relation says which columns it has.
                    let error = match of_right {
                        Some(error) if of_left.code() == "unknown-table" => error,
                        _ => of_left,
                    };
                    return ControlFlow::Break(at(error));
                }
            }
            ControlFlow::Continue(())
        });
        match found {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(sides),
        }
    }
}

/// The operands of a row of `and`s.
pub fn conjuncts(tree: &Ast) -> Vec<&Ast> {
    let mut found = Vec::new();
    let mut left = vec![tree];
    while let Some(next) = left.pop() {
        match next {
            Ast::BinaryOp { left: a, op: BinaryOperator::And, right: b } => left.extend([&**b, &**a]),
            Ast::Nested(inner) => left.push(inner),
            other => found.push(other),
        }
    }
    found
}

/// Several faults as one error, at a place.
fn placed(faults: Vec<Error>, at: Option<Place>) -> Error {
    let faults = faults.into_iter().map(|error| error.at(at.clone())).collect();
    match Error::check(faults, ()) {
        Err(error) => error,
        // What the name names failed, and was reported there.
        Ok(()) => Error::manifest("unknown-table", "what is read here has errors of its own").at(at),
    }
}

/// The columns of `rows` that a plain `*` means.
pub fn star(rows: &Rows, relation: Option<&str>) -> Vec<(String, Expr)> {
    let bounds = rows.bounds.iter().filter(|bound| match relation {
        Some(relation) => bound.relation == relation,
        None => !bound.hidden,
    });
    let schema: &Schema = rows.schema();
    bounds.filter_map(|bound| Some((bound.name.clone(), of(schema.column(&bound.column)?)))).collect()
}

/// The name of the column that `e` is, if it is one.
pub fn column_name(e: &Expr) -> Option<&str> {
    match &e.node {
        Node::Column(name) => Some(name),
        _ => None,
    }
}

/// The key of a join of every row with every row.
fn one() -> Expr {
    Expr { node: Node::Literal(Literal::Integer(1)), data_type: DataType::Int }
}
