//! `from`, `with` and subqueries: which relations there are, and which columns come out.

use std::collections::BTreeSet;

use sqlparser::ast::{
    Cte, Expr, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator, LimitClause, NamedWindowExpr, ObjectName,
    OrderBy, OrderByKind, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, TableAlias, TableFactor,
    TableWithJoins, WildcardAdditionalOptions, With,
};

use super::scope::{Columns, Origin, Relation, Scope};
use super::{Checker, operators, types};

/// The last part of a name, lower case.
pub fn last(name: &ObjectName) -> Option<&Ident> {
    name.0.last().and_then(|part| part.as_ident())
}

fn lower(name: &Ident) -> String {
    name.value.to_lowercase()
}

impl Checker<'_> {
    /// Checks a query inside `outer`, and tells its columns.
    pub fn query(&mut self, query: &Query, outer: &Scope) -> Columns {
        self.deeper(Columns::Open, |checker| {
            let before = checker.with.len();
            if let Some(with) = &query.with {
                checker.with(with, outer);
            }
            let columns = checker.body(&query.body, query.order_by.as_ref(), outer);
            if let Some(LimitClause::LimitOffset { limit: Some(limit), .. }) = &query.limit_clause {
                checker.expression(limit, outer);
            }
            checker.with.truncate(before);
            columns
        })
    }

    fn with(&mut self, with: &With, outer: &Scope) {
        for Cte { alias, query, .. } in &with.cte_tables {
            let (name, names) = (lower(&alias.name), alias_columns(alias));
            if with.recursive {
                self.with.push((name.clone(), Columns::Open.renamed(names.clone())));
            }
            let columns = self.query(query, outer).renamed(names);
            self.with.push((name, columns));
        }
    }

    fn body(&mut self, body: &SetExpr, order_by: Option<&OrderBy>, outer: &Scope) -> Columns {
        let columns = match body {
            SetExpr::Select(select) => return self.select(select, order_by, outer),
            SetExpr::Query(query) => self.query(query, outer),
            SetExpr::SetOperation { .. } => {
                // A row of unions leans left; walked in a loop.
                let mut first = body;
                let mut rights = Vec::new();
                while let SetExpr::SetOperation { left, right, .. } = first {
                    rights.push(right);
                    first = left;
                }
                let mut columns = self.deeper(Columns::Open, |checker| checker.body(first, None, outer));
                for right in rights.into_iter().rev() {
                    let other = self.deeper(Columns::Open, |checker| checker.body(right, None, outer));
                    columns = columns.met_by(&other);
                }
                columns
            }
            _ => Columns::Open,
        };
        if let Columns::Known(names) = &columns {
            let mut scope = outer.inner();
            scope.values.extend(names.iter().map(|column| column.name.clone()));
            self.order_by(order_by, &scope);
        }
        columns
    }

    fn select(&mut self, select: &Select, order_by: Option<&OrderBy>, outer: &Scope) -> Columns {
        let mut scope = outer.inner();
        for from in &select.from {
            self.table_with_joins(from, &mut scope);
        }
        if !select.lateral_views.is_empty() || select.into.is_some() {
            return Columns::Open;
        }
        let conditions = operators::looked_at(select.selection.iter().chain(&select.having));
        let outside = std::mem::replace(&mut self.conditions, conditions);
        let columns = self.projection(&select.projection, &scope);
        let aliases: Vec<String> = select
            .projection
            .iter()
            .filter_map(|item| match item {
                SelectItem::ExprWithAlias { alias, .. } => Some(lower(alias)),
                _ => None,
            })
            .collect();
        self.aliases_hidden(&aliases, |checker| {
            checker.expressions(select.selection.iter(), &scope);
            if let GroupByExpr::Expressions(keys, _) = &select.group_by {
                checker.expressions(keys.iter(), &scope);
            }
            checker.expressions(select.having.iter(), &scope);
        });
        for window in &select.named_window {
            if let NamedWindowExpr::WindowSpec(window) = &window.1 {
                self.window(window, &scope);
            }
        }
        scope.values.extend(aliases);
        self.order_by(order_by, &scope);
        self.conditions = outside;
        columns
    }

    fn order_by(&mut self, order_by: Option<&OrderBy>, scope: &Scope) {
        if let Some(OrderBy { kind: OrderByKind::Expressions(keys), .. }) = order_by {
            self.expressions(keys.iter().map(|key| &key.expr), scope);
        }
    }

    /// Checks the select list, and tells the columns it makes.
    fn projection(&mut self, items: &[SelectItem], scope: &Scope) -> Columns {
        let mut columns = Columns::Known(Vec::new());
        for (index, item) in items.iter().enumerate() {
            let more = match item {
                SelectItem::UnnamedExpr(e) => {
                    let origins = self.made_of(e, scope);
                    let name = name_of(e).unwrap_or_else(|| format!("_col{index}"));
                    Columns::one(name, types::type_of(e, scope), origins)
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    let origins = self.made_of(expr, scope);
                    Columns::one(lower(alias), types::type_of(expr, scope), origins)
                }
                SelectItem::Wildcard(options) if plain(options) => {
                    let columns = scope.all_columns();
                    self.read.extend(columns.all_origins().cloned());
                    columns
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options)
                    if plain(options) =>
                {
                    self.all_of(name, scope)
                }
                _ => Columns::Open,
            };
            columns = columns.and(more);
        }
        columns
    }

    /// Checks an expression, and tells which columns it reads.
    fn made_of(&mut self, e: &Expr, scope: &Scope) -> BTreeSet<Origin> {
        let before = std::mem::take(&mut self.read);
        self.expression(e, scope);
        let origins = self.read.clone();
        self.read.extend(before);
        origins
    }

    /// What `name.*` stands for.
    fn all_of(&mut self, name: &ObjectName, scope: &Scope) -> Columns {
        let Some(name) = last(name) else { return Columns::Open };
        match scope.relation(&lower(name)) {
            Some(relation) => {
                self.read.extend(relation.columns.all_origins().cloned());
                relation.columns.clone()
            }
            None => {
                self.unknown_relation(name, scope);
                Columns::Open
            }
        }
    }

    fn table_with_joins(&mut self, from: &TableWithJoins, scope: &mut Scope) {
        self.factor(&from.relation, scope);
        for Join { relation, join_operator, .. } in &from.joins {
            self.factor(relation, scope);
            match constraint(join_operator) {
                Some(JoinConstraint::On(condition)) => self.expression(condition, scope),
                Some(JoinConstraint::Using(names)) => {
                    for name in names.iter().filter_map(last) {
                        self.name(name, scope);
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds what a `from` names to the scope.
    fn factor(&mut self, factor: &TableFactor, scope: &mut Scope) {
        let (columns, alias, own_name, table) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let (columns, table) = self.table(name);
                (columns, alias, last(name).map(lower), table)
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                let columns = match (lateral, scope.outer) {
                    (true, _) => self.query(subquery, scope),
                    (false, Some(outer)) => self.query(subquery, outer),
                    (false, None) => self.query(subquery, &Scope::default()),
                };
                (columns, alias, None, None)
            }
            TableFactor::UNNEST { alias, array_exprs, .. } => {
                self.expressions(array_exprs.iter(), scope);
                let named = alias.as_ref().is_some_and(|alias| !alias.columns.is_empty());
                (if named { types::unnested(array_exprs, scope) } else { Columns::Open }, alias, None, None)
            }
            TableFactor::NestedJoin { table_with_joins, alias, .. } => {
                let mut inside = Scope { relations: Vec::new(), values: scope.values.clone(), outer: scope.outer };
                self.table_with_joins(table_with_joins, &mut inside);
                if alias.is_none() {
                    scope.relations.extend(inside.relations);
                    return;
                }
                (inside.all_columns(), alias, None, None)
            }
            _ => (Columns::Open, &None, None, None),
        };
        let (name, names) = match alias {
            Some(alias) => (Some(lower(&alias.name)), alias_columns(alias)),
            None => (own_name, Vec::new()),
        };
        let table = if names.is_empty() { table } else { None };
        scope.relations.push(Relation { name, columns: columns.renamed(names), table });
    }

    /// The columns of a named table, and the table of the flow that it is.
    fn table(&mut self, name: &ObjectName) -> (Columns, Option<String>) {
        let parts: Option<Vec<&Ident>> = name.0.iter().map(|part| part.as_ident()).collect();
        let Some((last, qualifiers)) = parts.as_deref().and_then(|parts| parts.split_last()) else {
            return (Columns::Open, None);
        };
        let wanted = lower(last);
        if qualifiers.is_empty()
            && let Some((_, columns)) = self.with.iter().rev().find(|(name, _)| *name == wanted)
        {
            return (columns.clone(), None);
        }
        let database = self.manifest.crawler.database.name.to_lowercase();
        // Another database, or a table's own metadata (`"hits$partitions"`): not ours to know.
        if qualifiers.last().is_some_and(|qualifier| lower(qualifier) != database) || wanted.contains('$') {
            return (Columns::Open, None);
        }
        let prefix = self.manifest.crawler.table_prefix.to_lowercase();
        match wanted.strip_prefix(&prefix).and_then(|name| self.flow.tables.get_key_value(name)) {
            Some((name, table)) => (Columns::of(name, &table.catalog_schema()), Some(name.clone())),
            None => {
                self.unknown_table(last, &prefix);
                (Columns::Open, None)
            }
        }
    }
}

/// The names that an alias gives the columns.
fn alias_columns(alias: &TableAlias) -> Vec<String> {
    alias.columns.iter().map(|column| lower(&column.name)).collect()
}

/// The name that a select item has without an alias.
fn name_of(e: &Expr) -> Option<String> {
    match e {
        Expr::Identifier(name) => Some(lower(name)),
        Expr::CompoundIdentifier(names) => names.last().map(lower),
        Expr::Nested(inner) => name_of(inner),
        _ => None,
    }
}

/// `*` with nothing behind it.
fn plain(options: &WildcardAdditionalOptions) -> bool {
    options.opt_ilike.is_none()
        && options.opt_exclude.is_none()
        && options.opt_except.is_none()
        && options.opt_replace.is_none()
        && options.opt_rename.is_none()
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    use JoinOperator::{CrossJoin, FullOuter, Inner, Left, LeftOuter, Right, RightOuter};
    match operator {
        JoinOperator::Join(c)
        | Inner(c)
        | Left(c)
        | LeftOuter(c)
        | Right(c)
        | RightOuter(c)
        | FullOuter(c)
        | CrossJoin(c) => Some(c),
        _ => None,
    }
}
