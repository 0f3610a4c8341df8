//! GROUP BY and the aggregates of a SELECT: one node that computes both, and every value rewritten to its columns.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::utils::find_aggregate_exprs;
use datafusion::logical_expr::{Expr as Plan, GroupingSet, LogicalPlan, LogicalPlanBuilder, SortExpr};
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    GroupByExpr, OrderByExpr, Select, SelectItem, Spanned, WindowType,
};

use super::query::{bad_ordinal, ordinal, sort_key};
use super::{Binder, Clause, Names, foreign};
use crate::local::athena::sql::aggregates::{self, Modifiers};
use crate::local::athena::sql::failure::{Failure, Outcome};
use crate::local::athena::sql::kernel::Kernel;
use crate::local::athena::sql::operators;
use crate::local::athena::sql::scope::Field;
use crate::local::athena::sql::typed::Typed;

/// An expression and the column that holds it from here on.
type Moved = (Plan, Plan);

impl Binder<'_> {
    /// Adds the grouping, when there is one, and rewrites `values` to its columns. `origins` is their syntax.
    pub(super) fn grouped(
        &self,
        plan: LogicalPlan,
        select: &Select,
        names: &Names<'_>,
        values: &mut [&mut Typed],
        origins: &[Option<Expr>],
    ) -> Outcome<LogicalPlan> {
        let sets = self.grouping_sets(select, names)?;
        let aggregates = find_aggregate_exprs(values.iter().map(|value| &value.expr));
        if sets.is_none() && aggregates.is_empty() && select.having.is_none() {
            return Ok(plan);
        }
        let sets = sets.unwrap_or_else(|| vec![Vec::new()]);
        let (plan, moved_keys) = self.keys_as_columns(plan, names.fields, &sets)?;
        let column_of = |key: &Typed| rewritten(&key.expr, &moved_keys);
        let sets = sets.iter().map(|set| set.iter().map(column_of).collect::<Outcome<Vec<_>>>());
        let mut sets = sets.collect::<Outcome<Vec<_>>>()?;
        let keys = match sets.len() {
            1 => sets.remove(0),
            _ => vec![Plan::GroupingSet(GroupingSet::GroupingSets(sets))],
        };
        let mut moved = moved_keys;
        let mut columns = Vec::new();
        for aggregate in aggregates {
            let column = self.fresh();
            moved.push((aggregate.clone(), Plan::Column(Column::new_unqualified(&column))));
            columns.push(aggregate.alias(column));
        }
        let plan = LogicalPlanBuilder::from(plan).aggregate(keys, columns)?.build()?;
        for (i, value) in values.iter_mut().enumerate() {
            value.expr = rewritten(&value.expr, &moved)?;
            only_groups(&value.expr, &plan, names.fields, origins.get(i).and_then(Option::as_ref)).map_err(
                |failure| {
                    origins.get(i).and_then(Option::as_ref).map_or(failure.clone(), |ast| self.placed(failure, ast))
                },
            )?;
        }
        Ok(plan)
    }

    /// The grouping sets: one for a plain GROUP BY, none without.
    fn grouping_sets(&self, select: &Select, names: &Names<'_>) -> Outcome<Option<Vec<Vec<Typed>>>> {
        let elements = match &select.group_by {
            GroupByExpr::Expressions(elements, modifiers) if modifiers.is_empty() => elements,
            _ => return Err(foreign("this form of GROUP BY")),
        };
        if elements.is_empty() {
            return Ok(None);
        }
        let rows = names.with_clause(Clause::Rows("GROUP BY clause"));
        let mut sets: Vec<Vec<Typed>> = vec![Vec::new()];
        for element in elements {
            let list = |list: &[Expr]| list.iter().map(|ast| self.set_key(ast, &rows)).collect::<Outcome<Vec<_>>>();
            let lists = |lists: &[Vec<Expr>]| lists.iter().map(|l| list(l)).collect::<Outcome<Vec<_>>>();
            let further: Vec<Vec<Typed>> = match element {
                Expr::Rollup(parts) => {
                    let parts = lists(parts)?;
                    (0..=parts.len()).rev().map(|n| parts[..n].concat()).collect()
                }
                Expr::Cube(parts) => {
                    let parts = lists(parts)?;
                    let count = parts.len();
                    let chosen = |mask: usize| {
                        let kept = parts.iter().enumerate().filter(|(i, _)| mask >> (count - 1 - i) & 1 == 1);
                        kept.flat_map(|(_, part)| part.clone()).collect()
                    };
                    (0..1_usize << count).rev().map(chosen).collect()
                }
                Expr::GroupingSets(parts) => lists(parts)?,
                Expr::Tuple(parts) => vec![list(parts)?],
                ast => vec![vec![self.group_key(ast, select, &rows)?]],
            };
            let combine =
                |set: &Vec<Typed>| further.iter().map(|more| [set.clone(), more.clone()].concat()).collect::<Vec<_>>();
            sets = sets.iter().flat_map(combine).collect();
        }
        Ok(Some(sets))
    }

    /// A key of grouping sets: a column.
    fn set_key(&self, ast: &Expr, rows: &Names<'_>) -> Outcome<Typed> {
        let key = self.expr(ast, rows)?;
        match key.expr {
            Plan::Column(_) => Ok(key),
            _ => {
                let message = format!("GROUP BY expression must be a column reference: {ast}");
                Err(self.placed(Failure::new("INVALID_COLUMN_REFERENCE", message), ast))
            }
        }
    }

    /// A key: the place of a column of the select list, or an expression over the FROM clause. An alias is none.
    fn group_key(&self, ast: &Expr, select: &Select, rows: &Names<'_>) -> Outcome<Typed> {
        let Some(n) = ordinal(ast) else { return self.expr(ast, rows) };
        match n.checked_sub(1).and_then(|i| select.projection.get(i)) {
            Some(SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }) => self.expr(item, rows),
            Some(_) => Err(Failure::athena_only("GROUP BY the place of a column after a *")),
            None => Err(bad_ordinal("GROUP BY", n, ast)),
        }
    }

    /// Computes keys that are no columns beneath the grouping, so that every key is a column.
    fn keys_as_columns(
        &self,
        plan: LogicalPlan,
        fields: &[Field],
        sets: &[Vec<Typed>],
    ) -> Outcome<(LogicalPlan, Vec<Moved>)> {
        let mut computed: Vec<Moved> = Vec::new();
        let mut columns: Vec<Plan> = Vec::new();
        // Where sets leave a key out it is NULL, but the engine takes a key that a filter holds constant for constant still;
        // it cannot see through a call.
        let hidden = sets.len() > 1;
        for key in sets.iter().flatten() {
            let is_column = matches!(key.expr, Plan::Column(_)) && !hidden;
            if !is_column && computed.iter().all(|(known, _)| *known != key.expr) {
                let column = self.fresh();
                let value = match hidden {
                    true => {
                        Kernel::call("key", |c| Ok(c.args[0].clone()), vec![key.clone()], key.data_type.clone()).expr
                    }
                    false => key.expr.clone(),
                };
                columns.push(value.alias(&column));
                computed.push((key.expr.clone(), Plan::Column(Column::new_unqualified(column))));
            }
        }
        if columns.is_empty() {
            return Ok((plan, computed));
        }
        columns.extend(fields.iter().map(|field| Plan::Column(field.column())));
        Ok((LogicalPlanBuilder::from(plan).project(columns)?.build()?, computed))
    }

    /// A call of an aggregate.
    pub(super) fn aggregate(&self, name: &str, call: &Function, names: &Names<'_>) -> Outcome<Typed> {
        let inside = names.with_clause(Clause::Aggregate);
        let parts = self.aggregate_parts(name, call, &inside).map_err(|failure| match failure.name {
            "NESTED_WINDOW" => {
                let message = failure.message.replace("aggregation:", &format!("aggregation '{name}':"));
                Failure::new("NESTED_WINDOW", message)
            }
            "NESTED_AGGREGATION" => {
                let message = failure.message.replace("aggregation:", &format!("aggregation '{name}':"));
                Failure::new("NESTED_AGGREGATION", message)
            }
            _ => failure,
        });
        let (args, modifiers) = parts?;
        if name == "listagg" {
            self.check_listagg(call, &args)?;
        }
        aggregates::call(name, args, modifiers)
    }

    /// `listagg` needs WITHIN GROUP and a text.
    fn check_listagg(&self, call: &Function, args: &[Typed]) -> Outcome<()> {
        if call.within_group.is_empty() {
            let found = self.places.behind_parentheses(call.span().start);
            let said = found.as_ref().map_or("<EOF>", |(_, written)| written.as_str());
            let failure = Failure::new("SYNTAX_ERROR", format!("mismatched input '{said}'. Expecting: 'WITHIN'"));
            return Err(found.map_or(failure.clone(), |(place, _)| failure.at_location(place)));
        }
        match (args.first(), super::expr::argument_asts(&call.args).first()) {
            (Some(value), Some(ast)) if value.data_type != DataType::Utf8 => {
                let message = format!("Expected expression of varchar, but '{ast}' has {} type", value.type_name());
                Err(Failure::type_mismatch(message))
            }
            _ => Ok(()),
        }
    }

    /// The arguments of an aggregate and what modifies it. `count(*)` has no arguments.
    pub(super) fn aggregate_parts(
        &self,
        name: &str,
        call: &Function,
        names: &Names<'_>,
    ) -> Outcome<(Vec<Typed>, Modifiers)> {
        let FunctionArguments::List(list) = &call.args else {
            return Err(Failure::new("SYNTAX_ERROR", format!("{name} needs its arguments in parentheses")));
        };
        let star = matches!(list.args.as_slice(), [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]);
        if star && list.duplicate_treatment == Some(DuplicateTreatment::Distinct) {
            return Err(Failure::new("SYNTAX_ERROR", "mismatched input '*'"));
        }
        let args = match (star, name) {
            (true, "count") => Vec::new(),
            (true, _) => Vec::new(),
            (false, _) => self.arguments(&call.args, names)?,
        };
        let mut order: Vec<SortExpr> = self.sort_keys(&call.within_group, names)?;
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::OrderBy(keys) => order.extend(self.sort_keys(keys, names)?),
                _ => return Err(Failure::athena_only(format!("`{clause}` in {name}"))),
            }
        }
        let filter = call.filter.as_ref().map(|f| self.condition(f, names, "Filter expression")).transpose()?;
        let modifiers = Modifiers {
            distinct: list.duplicate_treatment == Some(DuplicateTreatment::Distinct),
            filter: filter.map(|f| f.expr),
            order,
        };
        Ok((args, modifiers))
    }

    pub(super) fn sort_keys(&self, keys: &[OrderByExpr], names: &Names<'_>) -> Outcome<Vec<SortExpr>> {
        keys.iter().map(|key| Ok(sort_key(operators::in_order(self.expr(&key.expr, names)?).expr, key))).collect()
    }
}

/// The expression with what has moved replaced by its column.
pub(super) fn rewritten(expr: &Plan, moved: &[Moved]) -> Outcome<Plan> {
    let replaced = expr.clone().transform_down(|e| {
        Ok(match moved.iter().find(|(old, _)| *old == e) {
            Some((_, new)) => Transformed::new(new.clone(), true, TreeNodeRecursion::Jump),
            None => Transformed::no(e),
        })
    })?;
    Ok(replaced.data)
}

/// Refuses a value that still reads a row where only groups are left.
fn only_groups(expr: &Plan, groups: &LogicalPlan, fields: &[Field], origin: Option<&Expr>) -> Outcome<()> {
    let stray = expr.column_refs().into_iter().find(|column| groups.schema().index_of_column(column).is_err());
    match stray {
        None => Ok(()),
        Some(column) => {
            let found = fields.iter().find(|field| field.column == column.name);
            let field = found.map_or("", |field| field.shown.as_str());
            let relation = found.and_then(|field| field.relation.as_ref());
            if let (None, Some(relation)) = (origin, relation) {
                let message = format!("Column '{}.{field}' not in GROUP BY clause", relation.table);
                return Err(Failure::new("EXPRESSION_NOT_AGGREGATE", message).unplaced());
            }
            if let Some(Expr::Function(Function { over: Some(WindowType::WindowSpec(spec)), .. })) = origin {
                let is = |ast: &&Expr| matches!(ast, Expr::Identifier(name) if name.value.eq_ignore_ascii_case(field));
                if let Some(key) = spec.order_by.iter().map(|key| &key.expr).find(is) {
                    let message = format!(
                        "ORDER BY expression '{key}' must be an aggregate expression or appear in GROUP BY clause"
                    );
                    return Err(Failure::new("EXPRESSION_NOT_AGGREGATE", message).at(key.span()));
                }
            }
            let shown = match origin {
                Some(ast @ Expr::BinaryOp { .. }) => format!("({ast})"),
                Some(ast) => ast.to_string(),
                None => field.to_owned(),
            };
            let message = format!("'{shown}' must be an aggregate expression or appear in GROUP BY clause");
            Err(Failure::new("EXPRESSION_NOT_AGGREGATE", message))
        }
    }
}
