//! One `select`: `where`, `group by`, `having`, windows, the list.

use std::cell::RefCell;

use sqlparser::ast::{
    Distinct, Expr as Ast, GroupByExpr, Ident, ObjectNamePart, Select, SelectItem, SelectItemQualifiedWildcardKind,
    WildcardAdditionalOptions,
};

use super::from::{column_name, conjuncts, star};
use super::prune::prune;
use super::query::{Ctes, Sql, columns_of, lower, not_portable, written, yielded};
use super::rows::{Bound, Rows, of, plain};
use super::windows::Windows;
use crate::error::{Error, Result};
use crate::flow::aggregates::{Aggregate, AggregateFunction, is_aggregate};
use crate::flow::document::Operation;
use crate::flow::expr::{Expr, Node};
use crate::flow::parse::{name_span, place, place_of};
use crate::flow::types::{DataType, Schema};
use crate::flow::typing::{Groups, Scope, aggregate_call, of_tree};

/// An item of the list: its name, and where it stands.
struct Item<'q> {
    name: String,
    tree: Option<&'q Ast>,
    value: Option<Expr>,
}

impl Sql<'_> {
    /// The rows of one `select`.
    pub fn select(&self, select: &Select, ctes: &Ctes, depth: usize) -> Result<Rows> {
        refuse_extras(select)?;
        let mut rows = self.from(&select.from, ctes, depth)?;
        for condition in select.selection.iter().flat_map(conjuncts) {
            if !self.semi_join(&mut rows, condition, ctes, depth)? {
                self.filter(&mut rows, condition)?;
            }
        }
        merge_filters(&mut rows);
        let items = self.items(&select.projection, &rows)?;
        let group_by = self.group_by(select, &items)?;
        let calls = |tree: &Ast| {
            mentions(
                tree,
                |part| matches!(part, Ast::Function(f) if f.over.is_none() && is_aggregate(&f.name.to_string())),
            )
        };
        let grouped =
            !group_by.is_empty() || select.having.is_some() || items.iter().filter_map(|item| item.tree).any(calls);
        let mut rows = match grouped {
            true => self.grouped(rows, &group_by, items, select.having.as_ref())?,
            false => self.listed(rows, items)?,
        };
        match &select.distinct {
            None | Some(Distinct::All) => {}
            Some(Distinct::Distinct) => self.distinct(&mut rows)?,
            Some(Distinct::On(_)) => {
                return Err(not_portable(
                    "`distinct on`",
                    "number the rows with `row_number() over (...)` and keep the first",
                ));
            }
        }
        prune(&mut rows.steps);
        let bound =
            |name: &str| Bound { relation: String::new(), name: name.into(), column: name.into(), hidden: false };
        rows.bounds = rows.schema().names().map(bound).collect();
        Ok(rows)
    }

    /// The list with its names; `*` as the columns it stands for.
    fn items<'q>(&self, projection: &'q [SelectItem], rows: &Rows) -> Result<Vec<Item<'q>>> {
        let mut items: Vec<Item> = Vec::new();
        for item in projection {
            let at = |error: Error| error.at(item_place(self, item));
            match item {
                SelectItem::UnnamedExpr(tree) => {
                    let name = match tree {
                        Ast::Identifier(name) => lower(name),
                        Ast::CompoundIdentifier(names) => names.last().map(lower).unwrap_or_default(),
                        _ => {
                            return Err(at(Error::manifest("unnamed-column", "this column has no name")
                                .with_help("give it one: `... as name`")));
                        }
                    };
                    items.push(Item { name, tree: Some(tree), value: None });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    items.push(Item { name: lower(alias), tree: Some(expr), value: None });
                }
                SelectItem::Wildcard(options) if plain_wildcard(options) => items.extend(starred(rows, None)),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options)
                    if plain_wildcard(options) =>
                {
                    let relation = written(name);
                    let columns = starred(rows, Some(&relation));
                    if columns.is_empty() {
                        let tree = Ast::CompoundIdentifier(vec![Ident::new(relation), Ident::new("*")]);
                        return Err(at(rows
                            .named(&tree)
                            .and_then(Result::err)
                            .unwrap_or_else(|| Error::bug("a relation without columns"))));
                    }
                    items.extend(columns);
                }
                _ => {
                    return Err(at(not_portable(
                        "this item of a select list",
                        "write `expression as name`, `*` or `x.*`",
                    )));
                }
            }
        }
        for (place, item) in items.iter().enumerate() {
            if items[..place].iter().any(|other| other.name == item.name) {
                let at = item.tree.and_then(|tree| place_of(self.text, tree));
                return Err(Error::manifest("duplicate-column", format!("two columns would be named `{}`", item.name))
                    .with_help("give one of them another name: `x.a as x_a`; in place of `*` list the columns")
                    .at(at));
            }
        }
        Ok(items)
    }

    /// The expressions of `group by`; a number is a place in the list, a name that is no column one of its names.
    fn group_by<'q>(&self, select: &'q Select, items: &[Item<'q>]) -> Result<Vec<&'q Ast>> {
        let GroupByExpr::Expressions(list, modifiers) = &select.group_by else {
            return Err(not_portable("`group by all`", "list the columns"));
        };
        if !modifiers.is_empty() {
            return Err(not_portable(
                "this form of `group by`",
                "list the columns, and unite several groupings with `union all`",
            ));
        }
        let names: Vec<String> = items.iter().map(|item| item.name.clone()).collect();
        let of_name = |name: &String| items.iter().find(|item| item.name == *name).and_then(|item| item.tree);
        let mut found = Vec::new();
        for tree in list {
            found.push(match self.position(tree, &names)? {
                Some(name) => of_name(name).unwrap_or(tree),
                None => tree,
            });
        }
        Ok(found)
    }

    /// The list over single rows.
    fn listed(&self, mut rows: Rows, items: Vec<Item<'_>>) -> Result<Rows> {
        let base = rows.clone();
        let windows = Windows::new(self, &base);
        let named = |part: &Ast| base.named(part);
        let list = self.values(items, &base, &windows, &named)?;
        let names = windows.apply(self, &mut rows, &list)?;
        self.project(rows, list, &names)
    }

    /// The list over groups.
    fn grouped(&self, mut rows: Rows, group_by: &[&Ast], items: Vec<Item<'_>>, having: Option<&Ast>) -> Result<Rows> {
        let mut keys = Vec::new();
        for tree in group_by {
            let tree = match tree {
                // A name of the list, where it is no column.
                Ast::Identifier(name) if !rows.has(tree) => {
                    items.iter().find(|item| item.name == lower(name)).and_then(|item| item.tree).unwrap_or(tree)
                }
                tree => tree,
            };
            let key = self.expr(tree, &rows)?;
            if !key.data_type.is_scalar() {
                let error = Error::manifest("type-mismatch", format!("`group by` does not take {}", key.data_type));
                return Err(error.with_expected("a scalar").at(place_of(self.text, tree)));
            }
            keys.push(key);
        }
        let exprs = keys.clone();
        let before = rows.clone();
        let by = columns_of(&mut rows, exprs, "_key");
        let keys: Vec<(Expr, String)> = keys.into_iter().zip(by.iter().cloned()).collect();
        let groups = Grouped { sql: self, rows: &before, keys: &keys, calls: RefCell::default() };
        let special = |part: &Ast| groups.special(part);
        let windows = Windows::new(self, &before);
        let list = self.values(items, &before, &windows, &special)?;
        let having = having.map(|tree| {
            let scope = Scope::new(before.schema());
            self.boolean(of_tree(self.text, tree, &scope, &special)?, tree)
        });
        let having = having.transpose()?;
        let mut calls = groups.calls.into_inner();
        if calls.is_empty() && by.is_empty() {
            // All rows are one group, whether something is asked of it or not.
            calls.push(Aggregate {
                function: AggregateFunction::CountRows,
                argument: None,
                data_type: DataType::Bigint,
            });
        }
        // A call that is an item alone has the item's name.
        let mut names: Vec<String> = Vec::new();
        for number in 0..calls.len() {
            let column = Groups::column(number);
            let own = list.iter().find(|(_, value)| column_name(value) == Some(&column)).map(|(name, _)| name.clone());
            let free = |name: &String| !by.contains(name) && !names.contains(name);
            let candidates = own.into_iter().chain((0..).map(|n| format!("_value_{}", number + n + 1)));
            names.push(candidates.into_iter().find(free).unwrap_or_default());
        }
        let mut schema = Schema { columns: by.iter().filter_map(|name| rows.schema().column(name)).cloned().collect() };
        schema.columns.dedup_by(|a, b| a.name == b.name);
        let by: Vec<String> = schema.names().map(str::to_string).collect();
        schema.columns.extend(names.iter().zip(&calls).map(|(name, call)| plain(name, &call.data_type)));
        if calls.is_empty() {
            let keys = schema.columns.iter().map(|column| (column.name.clone(), of(column))).collect();
            rows.push(Operation::Project(keys), schema.clone());
            rows.push(Operation::Distinct, schema.clone());
        } else {
            let values = names.iter().cloned().zip(calls).collect();
            rows.push(Operation::Aggregate { by, values }, schema.clone());
        }
        let called = |name: String| {
            let number = (0..names.len()).find(|number| Groups::column(*number) == name);
            number.map_or(name, |number| names[number].clone())
        };
        if let Some(having) = having {
            rows.push(Operation::Filter(having.with_columns(&called)), schema);
        }
        let list: Vec<(String, Expr)> = list.into_iter().map(|(name, e)| (name, e.with_columns(&called))).collect();
        windows.with_columns(&called);
        let names = windows.apply(self, &mut rows, &list)?;
        self.project(rows, list, &names)
    }

    fn values(
        &self,
        items: Vec<Item<'_>>,
        rows: &Rows,
        windows: &Windows<'_>,
        special: &dyn Fn(&Ast) -> Option<Result<Expr>>,
    ) -> Result<Vec<(String, Expr)>> {
        let scope = Scope::new(rows.schema());
        let mut faults = Vec::new();
        let mut list = Vec::new();
        for item in items {
            let value = match (item.value, item.tree) {
                (_, Some(tree)) => {
                    let value = of_tree(self.text, tree, &scope, &|part| {
                        windows.special(part, special).or_else(|| special(part))
                    });
                    value.map_err(|error| error.at(place_of(self.text, tree)))
                }
                (Some(value), None) => match special(&Ast::Identifier(Ident::new(item.name.clone()))) {
                    // In groups a column of `*` has to be a key, too.
                    Some(Err(error)) if error.code() == "not-grouped" => Err(error),
                    _ => Ok(value),
                },
                (None, None) => Err(Error::bug("an item without a value")),
            };
            match value {
                Ok(value) => list.push((item.name, value)),
                Err(error) => faults.extend(error.into_all()),
            }
        }
        Error::check(faults, list)
    }

    /// Exactly the list; nothing when it is what there is.
    fn project(&self, mut rows: Rows, list: Vec<(String, Expr)>, windows: &dyn Fn(String) -> String) -> Result<Rows> {
        let list: Vec<(String, Expr)> = list.into_iter().map(|(name, e)| (name, e.with_columns(windows))).collect();
        let there = rows.schema().names();
        let same =
            list.iter().map(|(name, e)| (name.as_str(), column_name(e))).eq(there.map(|name| (name, Some(name))));
        if !same {
            let mut schema = yielded(&list);
            for (column, (_, e)) in schema.columns.iter_mut().zip(&list) {
                let before = column_name(e).and_then(|name| rows.schema().column(name));
                column.description = before.and_then(|before| before.description.clone());
            }
            rows.push(Operation::Project(list), schema);
        }
        Ok(rows)
    }
}

fn starred<'q>(rows: &Rows, relation: Option<&str>) -> Vec<Item<'q>> {
    let item = |(name, value)| Item { name, tree: None, value: Some(value) };
    star(rows, relation).into_iter().map(item).collect()
}

fn plain_wildcard(options: &WildcardAdditionalOptions) -> bool {
    options.opt_ilike.is_none()
        && options.opt_exclude.is_none()
        && options.opt_except.is_none()
        && options.opt_replace.is_none()
        && options.opt_rename.is_none()
}

fn item_place(sql: &Sql<'_>, item: &SelectItem) -> Option<crate::error::Place> {
    match item {
        SelectItem::UnnamedExpr(tree) | SelectItem::ExprWithAlias { expr: tree, .. } => place_of(sql.text, tree),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
            name.0.first().and_then(ObjectNamePart::as_ident).and_then(|ident| place(sql.text, ident.span))
        }
        _ => None,
    }
}

/// Filters that follow each other as one.
fn merge_filters(rows: &mut Rows) {
    let mut conditions = Vec::new();
    while rows.steps.len() > 1 && matches!(rows.steps.last().map(|s| &s.operation), Some(Operation::Filter(_))) {
        if let Some(crate::flow::document::Step { operation: Operation::Filter(condition), .. }) = rows.steps.pop() {
            conditions.insert(0, condition);
        }
    }
    if !conditions.is_empty() {
        let schema = rows.schema().clone();
        rows.push(Operation::Filter(crate::flow::typing::all(conditions)), schema);
    }
}

/// Whether a part of `tree`, queries in it left out, is such a one.
fn mentions(tree: &Ast, is: impl Fn(&Ast) -> bool) -> bool {
    let found = sqlparser::ast::visit_expressions(tree, |part| match is(part) {
        true => std::ops::ControlFlow::Break(()),
        false => std::ops::ControlFlow::Continue(()),
    });
    found.is_break()
}

/// What a `select` may have beside what is portable.
fn refuse_extras(select: &Select) -> Result<()> {
    let extras: [(bool, &str, &str); 9] = [
        (select.top.is_some(), "`top`", "write `order by ... limit n`"),
        (select.into.is_some(), "`select into`", "the table's name says where the rows go"),
        (!select.lateral_views.is_empty(), "`lateral view`", "write the step `explode`"),
        (select.qualify.is_some(), "`qualify`", "put the query into `from (...) as x` and write `where`"),
        (!select.named_window.is_empty(), "a named window", "write the window behind `over`"),
        (select.prewhere.is_some(), "`prewhere`", "write `where`"),
        (!select.connect_by.is_empty(), "`connect by`", "spell the levels out as joins"),
        (
            !select.cluster_by.is_empty() || !select.distribute_by.is_empty() || !select.sort_by.is_empty(),
            "an order of storage",
            "leave it out",
        ),
        (
            select.value_table_mode.is_some() || select.select_modifiers.is_some() || select.exclude.is_some(),
            "this form of `select`",
            "write `select expression as name, ...`",
        ),
    ];
    match extras.into_iter().find(|(there, ..)| *there) {
        Some((_, what, help)) => Err(not_portable(what, help)),
        None => Ok(()),
    }
}

/// Groups: keys, and the calls over their rows.
struct Grouped<'a> {
    sql: &'a Sql<'a>,
    rows: &'a Rows,
    keys: &'a [(Expr, String)],
    calls: RefCell<Vec<Aggregate>>,
}

impl Grouped<'_> {
    fn special(&self, part: &Ast) -> Option<Result<Expr>> {
        if !matches!(part, Ast::Value(_))
            && let Ok(e) = self.sql.expr(part, self.rows)
            && let Some((key, name)) = self.keys.iter().find(|(key, _)| *key == e)
        {
            return Some(Ok(Expr { node: Node::Column(name.clone()), data_type: key.data_type.clone() }));
        }
        match part {
            Ast::Function(function) if is_aggregate(&function.name.to_string()) && function.over.is_none() => {
                let at = place(self.sql.text, name_span(function));
                let scope = Scope::new(self.rows.schema());
                let call = aggregate_call(self.sql.text, function, &scope, &|inner| self.argument(inner));
                Some(call.map(|call| self.column_of(call)).map_err(|error| error.at(at)))
            }
            Ast::Identifier(_) | Ast::CompoundIdentifier(_) => Some(match self.rows.named(part)? {
                Err(error) => Err(error),
                Ok(_) => Err(Error::manifest("not-grouped", format!("`{part}` has many values in a group"))
                    .with_expected("what `group by` lists, and calls such as `sum(x)`")
                    .with_help(format!("add `{part}` to `group by`, or write `min({part})`"))),
            }),
            _ => None,
        }
    }

    fn argument(&self, part: &Ast) -> Option<Result<Expr>> {
        match part {
            Ast::Function(inner) if is_aggregate(&inner.name.to_string()) => {
                let name = inner.name.to_string().to_lowercase();
                Some(Err(Error::manifest("not-portable", format!("`{name}` stands inside another aggregate"))
                    .with_help("aggregate in a query in `from` first")))
            }
            _ => self.rows.named(part),
        }
    }

    fn column_of(&self, call: Aggregate) -> Expr {
        let data_type = call.data_type.clone();
        let mut calls = self.calls.borrow_mut();
        let number = calls.iter().position(|known| *known == call).unwrap_or_else(|| {
            calls.push(call);
            calls.len() - 1
        });
        Expr { node: Node::Column(Groups::column(number)), data_type }
    }
}
