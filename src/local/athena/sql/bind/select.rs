//! One SELECT: FROM, WHERE, the select list, grouping, windows, DISTINCT, and the ORDER BY that belongs to it.

use datafusion::logical_expr::{Expr as Plan, LogicalPlanBuilder};
use sqlparser::ast::{
    Distinct, Expr, Ident, OrderByExpr, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, Spanned,
};

use super::query::{Window, bad_ordinal, ordinal, sort_key, sorted};
use super::{Binder, Clause, Ctes, Names, foreign};
use crate::local::athena::sql::failure::{Failure, Outcome};
use crate::local::athena::sql::scope::{Field, Relation, fold, is_of};
use crate::local::athena::sql::typed::Typed;

/// One column of the select list.
pub(super) struct Item {
    pub(super) value: Typed,
    pub(super) name: Option<String>,
    pub(super) shown: String,
    /// Its syntax, for a failure that concerns it; a copied column has none.
    pub(super) ast: Option<Expr>,
}

impl Binder<'_> {
    pub(super) fn select(
        &self,
        select: &Select,
        order: &[OrderByExpr],
        window: Window,
        outer: Option<&Names<'_>>,
        ctes: &Ctes,
    ) -> Outcome<Relation> {
        refuse_foreign(select)?;
        let from = self.from(&select.from, outer, ctes)?;
        let fields = from.fields;
        let names =
            Names { fields: &fields, outputs: &[], outer, ctes, windows: &select.named_window, clause: Clause::Output };
        let mut plan = from.plan;
        if let Some(condition) = &select.selection {
            let rows = names.with_clause(Clause::Rows("WHERE clause"));
            let condition = self.row_condition(condition, &rows, "WHERE clause")?;
            plan = LogicalPlanBuilder::from(plan).filter(condition.expr)?.build()?;
        }
        let mut items = self.items(select, &names)?;
        let having = select.having.as_ref().map(|h| self.row_condition(h, &names, "HAVING clause")).transpose()?;
        let mut keys = self.order_values(order, &items, &names)?;

        // Everything that is computed over the groups, in one list, so that grouping and windows rewrite it alike.
        let having_ast = having.as_ref().and(select.having.as_ref());
        let origins = items.iter().map(|item| item.ast.clone()).chain(order.iter().map(|key| Some(key.expr.clone())));
        let origins: Vec<Option<Expr>> = origins.chain(having_ast.map(|ast| Some(ast.clone()))).collect();
        let mut having = having;
        let mut values: Vec<&mut Typed> = items.iter_mut().map(|item| &mut item.value).collect();
        values.extend(keys.iter_mut());
        values.extend(having.iter_mut());
        plan = self.grouped(plan, select, &names, &mut values, &origins)?;
        if let Some(condition) = &having {
            plan = LogicalPlanBuilder::from(plan).filter(condition.expr.clone())?.build()?;
        }
        let mut values: Vec<&mut Typed> = items.iter_mut().map(|item| &mut item.value).chain(keys.iter_mut()).collect();
        plan = self.windowed(plan, &mut values)?;
        let distinct = match &select.distinct {
            None | Some(Distinct::All) => false,
            Some(Distinct::Distinct) => true,
            Some(Distinct::On(_)) => return Err(foreign("DISTINCT ON")),
        };
        self.finished(plan, items, keys, order, distinct, window)
            .map_err(|failure| failure.at(select.select_token.0.span))
    }

    fn items(&self, select: &Select, names: &Names<'_>) -> Outcome<Vec<Item>> {
        let mut items = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(ast) => {
                    let name = implied_name(ast);
                    items.push(Item {
                        value: self.expr(ast, names)?,
                        name: name.map(fold),
                        shown: name.map(|n| n.value.clone()).unwrap_or_default(),
                        ast: Some(ast.clone()),
                    });
                }
                SelectItem::ExprWithAlias { alias, .. } if alias.quote_style == Some('\'') => {
                    let message = format!("mismatched input '{alias}'");
                    return Err(Failure::new("SYNTAX_ERROR", message).at(alias.span));
                }
                SelectItem::ExprWithAlias { expr, alias } => items.push(Item {
                    value: self.expr(expr, names)?,
                    name: Some(fold(alias)),
                    shown: alias.value.clone(),
                    ast: Some(expr.clone()),
                }),
                SelectItem::Wildcard(_) if names.fields.is_empty() => {
                    let message = "SELECT * not allowed in queries without FROM clause";
                    return Err(Failure::new("COLUMN_NOT_FOUND", message).at(item.span()));
                }
                SelectItem::Wildcard(_) => items.extend(names.fields.iter().map(copied)),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let parts: Vec<String> = name.0.iter().filter_map(|p| p.as_ident()).map(fold).collect();
                    let found: Vec<_> = names.fields.iter().filter(|field| is_of(field, &parts)).collect();
                    if found.is_empty() {
                        let message = format!("Unable to resolve reference {name}");
                        return Err(Failure::new("TABLE_NOT_FOUND", message).at(item.span()));
                    }
                    items.extend(found.into_iter().map(copied));
                }
                _ => return Err(Failure::athena_only(format!("`{item}`"))),
            }
        }
        Ok(items)
    }

    /// The values to sort by, unsorted as yet: by place, by a name of the select list, else over the FROM clause.
    fn order_values(&self, order: &[OrderByExpr], items: &[Item], names: &Names<'_>) -> Outcome<Vec<Typed>> {
        let outputs: Vec<_> = items.iter().map(|item| (item.name.clone(), item.value.clone())).collect();
        let names = Names { outputs: &outputs, ..names.with_clause(Clause::Output) };
        let value = |key: &OrderByExpr| match ordinal(&key.expr) {
            Some(n) => n
                .checked_sub(1)
                .and_then(|i| items.get(i))
                .map(|item| item.value.clone())
                .ok_or_else(|| bad_ordinal("ORDER BY", n, &key.expr)),
            None => self.expr(&key.expr, &names),
        };
        order.iter().map(value).collect()
    }

    /// Projects, removes duplicates, sorts, cuts, and drops what only the sort needed.
    fn finished(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        items: Vec<Item>,
        keys: Vec<Typed>,
        order: &[OrderByExpr],
        distinct: bool,
        window: Window,
    ) -> Outcome<Relation> {
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        for item in &items {
            let column = self.fresh();
            columns.push(item.value.expr.clone().alias(&column));
            fields.push(Field {
                relation: None,
                name: item.name.clone(),
                shown: item.shown.clone(),
                column,
                data_type: item.value.data_type.clone(),
            });
        }
        let mut sort_keys = Vec::new();
        let visible = columns.len();
        for (key, ast) in keys.into_iter().zip(order) {
            let column = match items.iter().position(|item| item.value.expr == key.expr) {
                Some(place) => fields[place].column(),
                None if distinct => {
                    let message = "For SELECT DISTINCT, ORDER BY expressions must appear in select list";
                    return Err(Failure::new("EXPRESSION_NOT_IN_DISTINCT", message));
                }
                None => {
                    let column = self.fresh();
                    columns.push(key.expr.alias(&column));
                    datafusion::common::Column::new_unqualified(column)
                }
            };
            sort_keys.push(sort_key(Plan::Column(column), ast));
        }
        let hidden = columns.len() > visible;
        let mut builder = LogicalPlanBuilder::from(plan).project(columns)?;
        if distinct {
            builder = builder.distinct()?;
        }
        let mut plan = sorted(builder.build()?, sort_keys, window)?;
        if hidden {
            let visible = fields.iter().map(|field| Plan::Column(field.column()));
            plan = LogicalPlanBuilder::from(plan).project(visible)?.build()?;
        }
        Ok(Relation { plan, fields })
    }
}

/// The name of an expression that has no alias: a column keeps its own.
fn implied_name(ast: &Expr) -> Option<&Ident> {
    use sqlparser::ast::AccessExpr;
    match ast {
        Expr::Identifier(ident) => Some(ident),
        Expr::CompoundIdentifier(parts) => parts.last(),
        Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last() {
            Some(AccessExpr::Dot(Expr::Identifier(field))) => Some(field),
            _ => None,
        },
        Expr::Nested(inner) => implied_name(inner),
        _ => None,
    }
}

fn copied(field: &Field) -> Item {
    Item {
        value: Typed::new(Plan::Column(field.column()), field.data_type.clone()),
        name: field.name.clone(),
        shown: field.shown.clone(),
        ast: None,
    }
}

fn refuse_foreign(select: &Select) -> Outcome<()> {
    let parts = [
        (select.top.is_some(), "TOP"),
        (select.exclude.is_some(), "EXCLUDE"),
        (select.into.is_some(), "SELECT INTO"),
        (!select.lateral_views.is_empty(), "LATERAL VIEW"),
        (select.prewhere.is_some(), "PREWHERE"),
        (!select.connect_by.is_empty(), "CONNECT BY"),
        (!select.cluster_by.is_empty(), "CLUSTER BY"),
        (!select.distribute_by.is_empty(), "DISTRIBUTE BY"),
        (!select.sort_by.is_empty(), "SORT BY"),
        (select.qualify.is_some(), "QUALIFY"),
        (select.value_table_mode.is_some(), "AS VALUE"),
        (select.select_modifiers.is_some(), "a modifier of SELECT"),
        (select.flavor != SelectFlavor::Standard, "FROM first"),
        (select.projection.is_empty(), "an empty select list"),
    ];
    match parts.into_iter().find(|(there, _)| *there) {
        Some((_, what)) => Err(foreign(what)),
        None => Ok(()),
    }
}
