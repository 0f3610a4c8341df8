//! A whole query: `with`, `order by` with `limit`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{Expr as Ast, LimitClause, ObjectName, OrderByKind, Query, SetExpr, Value, With, visit_relations};

use super::rows::{Bound, Rows, of, plain};
use super::sets::operator;
use super::{Relations, Selected};
use crate::error::{Error, Result};
use crate::flow::document::{Input, Operation, SortKey, Step};
use crate::flow::expr::Expr;
use crate::flow::parse::{parse_query, place_of};
use crate::flow::types::{Column, DataType, Schema};
use crate::flow::typing::{Scope, of_tree};
use crate::manifest::spanned::Spanned;

/// The deepest nesting of queries.
const DEEPEST: usize = 20;

/// The operations of the query `text`; parts get other names than those that are `taken`.
///
/// Errors: those of expressions, and `unknown-table`, `ambiguous-column`, `unnamed-column`, `duplicate-column`,
/// `not-grouped`, `not-portable`, each with its place.
pub fn selected(text: &Spanned<String>, relations: Relations<'_>, taken: &[&str]) -> Result<Selected, Vec<Error>> {
    let query = parse_query(text).map_err(Error::into_all)?;
    let sql = Sql { text, relations, taken, parts: RefCell::default() };
    let rows = sql
        .query(&query, &Ctes::default(), 0)
        .map_err(|error| error.into_all().into_iter().map(|error| error.at(text.place.clone())).collect::<Vec<_>>())?;
    Ok(Selected { parts: sql.parts.into_inner(), steps: rows.steps })
}

/// The names in the `from`s of a query that are not its own; none when it does not parse.
pub fn relations(text: &Spanned<String>) -> Vec<String> {
    let Ok(query) = parse_query(text) else { return Vec::new() };
    let mut names = Vec::new();
    let _ = visit_relations(&query, |name| {
        names.push(written(name));
        ControlFlow::<()>::Continue(())
    });
    let own: BTreeSet<String> =
        query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| lower(&cte.alias.name)).collect();
    names.retain(|name| !own.contains(name));
    names
}

/// A name with its dots, lower case.
pub fn written(name: &ObjectName) -> String {
    name.0.iter().filter_map(|part| part.as_ident()).map(lower).collect::<Vec<_>>().join(".")
}

/// An identifier, lower case.
pub fn lower(name: &sqlparser::ast::Ident) -> String {
    name.value.to_lowercase()
}

/// What `with` has named so far.
#[derive(Clone, Default)]
pub struct Ctes(Vec<(String, String, Schema)>);

impl Ctes {
    /// The part of that name, and its columns.
    pub fn find(&self, name: &str) -> Option<(Input, &Schema)> {
        let (_, part, schema) = self.0.iter().rev().find(|(known, ..)| known == name)?;
        Some((Input::Part(part.clone()), schema))
    }
}

/// One query on its way to operations.
pub struct Sql<'a> {
    /// The whole text.
    pub text: &'a Spanned<String>,
    /// What its names may name.
    pub relations: Relations<'a>,
    /// Names that parts of the same table have already.
    taken: &'a [&'a str],
    parts: RefCell<Vec<(String, Vec<Step>)>>,
}

/// `not-portable`, without a place.
pub fn not_portable(what: &str, help: &str) -> Error {
    Error::manifest("not-portable", format!("{what} is not portable SQL")).with_help(help)
}

impl Sql<'_> {
    /// The rows of a query, bound to the names it gives them.
    pub fn query(&self, query: &Query, ctes: &Ctes, depth: usize) -> Result<Rows> {
        if depth > DEEPEST {
            return Err(Error::manifest("too-complex", format!("queries are nested deeper than {DEEPEST} levels"))
                .with_help("name the inner ones with `with`"));
        }
        if query.fetch.is_some()
            || !query.locks.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty()
        {
            return Err(not_portable(
                "what stands behind the query",
                "end it with `order by ... limit n`, or with nothing",
            ));
        }
        let mut ctes = ctes.clone();
        if let Some(with) = &query.with {
            self.with(with, &mut ctes, depth)?;
        }
        let rows = self.body(&query.body, &ctes, depth)?;
        self.limited(rows, query)
    }

    fn with(&self, with: &With, ctes: &mut Ctes, depth: usize) -> Result<()> {
        if with.recursive {
            return Err(not_portable("`with recursive`", "spell the levels out as joins"));
        }
        for cte in &with.cte_tables {
            if !cte.alias.columns.is_empty() {
                return Err(not_portable(
                    "a list of columns behind the name in `with`",
                    "name the columns in the `select`",
                ));
            }
            let rows = self.query(&cte.query, ctes, depth + 1)?;
            let (name, schema) = (lower(&cte.alias.name), rows.schema().clone());
            let part = self.part(&name, rows.steps);
            ctes.0.push((name, part, schema));
        }
        Ok(())
    }

    /// Puts rows aside, to be read by others; returns their name.
    pub fn part(&self, wanted: &str, steps: Vec<Step>) -> String {
        let mut parts = self.parts.borrow_mut();
        let mut tame: String = wanted.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if tame.starts_with(|c: char| c.is_ascii_digit()) {
            tame.insert(0, '_');
        }
        let taken = |name: &String| {
            name == "input" || self.taken.contains(&name.as_str()) || parts.iter().any(|(known, _)| known == name)
        };
        let name = std::iter::once(tame.clone())
            .chain((2..).map(|n| format!("{tame}_{n}")))
            .find(|name| !taken(name))
            .unwrap_or(tame.clone());
        parts.push((name.clone(), steps));
        name
    }

    /// What others read these rows by: the input itself when nothing was done to it.
    pub fn input(&self, rows: Rows, wanted: &str) -> Input {
        match rows.steps.as_slice() {
            [Step { operation: Operation::Read(input), .. }] => input.clone(),
            _ => Input::Part(self.part(wanted, rows.steps)),
        }
    }

    /// The expression `tree` over `rows`.
    pub fn expr(&self, tree: &Ast, rows: &Rows) -> Result<Expr> {
        of_tree(self.text, tree, &Scope::new(rows.schema()), &|part| rows.named(part))
    }

    /// What stands between `with` and `order by`.
    fn body(&self, body: &SetExpr, ctes: &Ctes, depth: usize) -> Result<Rows> {
        match body {
            SetExpr::Select(select) => self.select(select, ctes, depth),
            SetExpr::Query(query) => self.query(query, ctes, depth + 1),
            SetExpr::SetOperation { op, set_quantifier, left, right } => {
                let op = operator(*op, *set_quantifier)?;
                if depth > DEEPEST {
                    let message = format!("more than {DEEPEST} queries in a row");
                    return Err(
                        Error::manifest("too-complex", message).with_help("write the step `union: [table, ...]`")
                    );
                }
                let left = self.body(left, ctes, depth + 1)?;
                let right = self.body(right, ctes, depth + 1)?;
                self.of_both(op, left, right)
            }
            _ => Err(not_portable("this kind of query", "write one `select`")),
        }
    }

    /// `order by` and `limit`, which stand together: rows have no order, but the first so many are some rows.
    fn limited(&self, mut rows: Rows, query: &Query) -> Result<Rows> {
        let limit = match &query.limit_clause {
            None => None,
            Some(LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by }) if limit_by.is_empty() => {
                Some(limit)
            }
            Some(_) => return Err(not_portable("this form of `limit`", "write `limit n`")),
        };
        let order = match &query.order_by {
            None => None,
            Some(order) => match (&order.kind, &order.interpolate) {
                (OrderByKind::Expressions(items), None) => Some(items),
                _ => return Err(not_portable("this form of `order by`", "list the columns")),
            },
        };
        match (order, limit) {
            (None, None) => Ok(rows),
            (Some(items), None) => {
                let at = items.first().and_then(|item| place_of(self.text, &item.expr));
                Err(Error::manifest(
                    "no-meaning",
                    "`order by` without `limit` has no meaning: a table's rows have no order",
                )
                .with_help("leave it out, and order where the table is queried")
                .at(at))
            }
            (None, Some(limit)) => {
                Err(Error::manifest("no-meaning", "`limit` without `order by` keeps rows by chance")
                    .with_help("say which rows: `order by x limit n`")
                    .at(place_of(self.text, limit)))
            }
            (Some(items), Some(limit)) => {
                let count = match limit {
                    Ast::Value(value) => match &value.value {
                        Value::Number(digits, false) => digits.parse::<u64>().ok(),
                        _ => None,
                    },
                    _ => None,
                };
                let count = count.ok_or_else(|| {
                    not_portable("a limit that is no whole number", "write `limit 10`").at(place_of(self.text, limit))
                })?;
                let output: Vec<String> = rows.schema().names().map(str::to_string).collect();
                let mut keys: Vec<(Expr, bool)> = Vec::new();
                for item in items {
                    let key = match self.position(&item.expr, &output)? {
                        Some(name) => of(rows.schema().column(name).ok_or_else(|| Error::bug("a column is gone"))?),
                        None => self.expr(&item.expr, &rows)?,
                    };
                    keys.push((key, descending(&item.options).map_err(|e| e.at(place_of(self.text, &item.expr)))?));
                }
                let order_by = self.sorted(&mut rows, keys, "_order")?;
                let order_by = completed(order_by, &[], rows.schema())?;
                let schema = rows.schema().clone();
                rows.push(Operation::Limit { order_by, rows: count }, schema.clone());
                if schema.columns.len() > output.len() {
                    let kept = schema.columns.iter().filter(|c| output.contains(&c.name)).cloned().collect();
                    rows.push(Operation::SelectFields(output), Schema { columns: kept });
                }
                Ok(rows)
            }
        }
    }

    /// `order by 2` and `group by 2`: the name at that place of the select list.
    pub fn position<'n>(&self, tree: &Ast, names: &'n [String]) -> Result<Option<&'n String>> {
        let Ast::Value(value) = tree else { return Ok(None) };
        let Value::Number(digits, false) = &value.value else { return Ok(None) };
        let place = digits.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).and_then(|n| names.get(n));
        place.map(Some).ok_or_else(|| {
            Error::manifest("out-of-range", format!("the select list has no column {digits}"))
                .with_expected(format!("1 to {}", names.len()))
                .at(place_of(self.text, tree))
        })
    }

    /// Sort keys of expressions; what is no column becomes one, called after `prefix`.
    pub fn sorted(&self, rows: &mut Rows, keys: Vec<(Expr, bool)>, prefix: &str) -> Result<Vec<SortKey>> {
        let exprs = keys.iter().map(|(e, _)| e.clone()).collect();
        let columns = columns_of(rows, exprs, prefix);
        Ok(columns.into_iter().zip(keys).map(|(column, (_, descending))| SortKey { column, descending }).collect())
    }
}

/// Columns that hold these expressions: those that are columns as they are, others derived.
pub fn columns_of(rows: &mut Rows, exprs: Vec<Expr>, prefix: &str) -> Vec<String> {
    let (mut names, mut derived): (Vec<String>, Vec<(String, Expr)>) = (Vec::new(), Vec::new());
    for e in exprs {
        if let crate::flow::expr::Node::Column(name) = &e.node {
            names.push(name.clone());
            continue;
        }
        if let Some((name, _)) = derived.iter().find(|(_, known)| *known == e) {
            names.push(name.clone());
            continue;
        }
        let mut name = rows.free(&format!("{prefix}_{}", derived.len() + 1));
        while derived.iter().any(|(known, _)| *known == name) {
            name.push('_');
        }
        names.push(name.clone());
        derived.push((name, e));
    }
    rows.derive(derived);
    names
}

/// Whether an order is descending. NULLs come last in both directions.
pub fn descending(options: &sqlparser::ast::OrderByOptions) -> Result<bool> {
    if options.nulls_first == Some(true) {
        return Err(not_portable(
            "`nulls first`",
            "NULLs come last in both directions; order by `x is not null` first",
        ));
    }
    Ok(options.asc == Some(false))
}

/// An order made total by the columns that it and the key leave, in the schema's order.
pub fn completed(mut order_by: Vec<SortKey>, key: &[String], schema: &Schema) -> Result<Vec<SortKey>> {
    for column in &schema.columns {
        if matches!(column.data_type, DataType::Struct(_)) {
            let message = format!("`{}` is a struct, by which rows have no order", column.name);
            return Err(Error::manifest("type-mismatch", message).with_help("leave it out before, or take its fields"));
        }
        let named = key.contains(&column.name) || order_by.iter().any(|known| known.column == column.name);
        if !named {
            order_by.push(SortKey { column: column.name.clone(), descending: false });
        }
    }
    Ok(order_by)
}

/// The rows as a relation of that name.
pub fn aliased(mut rows: Rows, relation: &str) -> Rows {
    let bound = |c: &Column| Bound {
        relation: relation.to_string(),
        name: c.name.clone(),
        column: c.name.clone(),
        hidden: false,
    };
    rows.bounds = rows.schema().columns.iter().map(bound).collect();
    rows
}

/// What a `select` yields, under plain names.
pub fn yielded(columns: &[(String, Expr)]) -> Schema {
    Schema { columns: columns.iter().map(|(name, e)| plain(name, &e.data_type)).collect() }
}
