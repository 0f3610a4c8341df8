//! Whole queries: WITH, set operations, VALUES, ORDER BY over their results, LIMIT.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr as Plan, ExprSchemable, LogicalPlanBuilder, SortExpr};
use sqlparser::ast::{
    Expr, LimitClause, OrderBy, OrderByExpr, OrderByKind, Query, SetExpr, SetOperator, SetQuantifier, Spanned, Value,
    Values, With,
};
use sqlparser::tokenizer::Span;

use super::{Binder, Clause, Ctes, Names, foreign};
use crate::local::athena::sql::failure::{Failure, Outcome};
use crate::local::athena::sql::scope::{Field, Relation, fold};
use crate::local::athena::sql::typed::{Typed, common};
use crate::local::athena::sql::{conditional, operators, types};

/// OFFSET and LIMIT.
#[derive(Clone, Copy, Default)]
pub(super) struct Window {
    pub(super) skip: usize,
    pub(super) fetch: Option<usize>,
}

impl Binder<'_> {
    pub(super) fn query(&self, query: &Query, outer: Option<&Names<'_>>, ctes: &Ctes) -> Outcome<Relation> {
        if !query.locks.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty()
        {
            return Err(foreign("this clause of a query"));
        }
        let ctes = match &query.with {
            None => ctes.clone(),
            Some(with) => self.with(with, outer, ctes)?,
        };
        let order = order_keys(query.order_by.as_ref())?;
        let window = self.limits(query)?;
        if let SetExpr::Select(select) = query.body.as_ref() {
            return self.select(select, order, window, outer, &ctes);
        }
        let body = self.body(&query.body, outer, &ctes)?;
        self.ordered(body, order, window, outer, &ctes)
    }

    fn with(&self, with: &With, outer: Option<&Names<'_>>, ctes: &Ctes) -> Outcome<Ctes> {
        if with.recursive {
            return Err(Failure::athena_only("WITH RECURSIVE"));
        }
        let mut ctes = ctes.clone();
        for (i, cte) in with.cte_tables.iter().enumerate() {
            let name = fold(&cte.alias.name);
            if with.cte_tables[..i].iter().any(|other| fold(&other.alias.name) == name) {
                let message = format!("WITH query name '{name}' specified more than once");
                return Err(Failure::new("DUPLICATE_NAMED_QUERY", message).at(cte.alias.name.span));
            }
            let relation = self.query(&cte.query, outer, &ctes)?;
            if let Some(first) = cte.alias.columns.first().filter(|_| cte.alias.columns.len() != relation.fields.len())
            {
                let (given, there) = (cte.alias.columns.len(), relation.fields.len());
                let message = format!("Column alias list has {given} entries but relation has {there} columns");
                return Err(Failure::new("MISMATCHED_COLUMN_ALIASES", message).at(first.name.span));
            }
            let relation = self.renamed(relation, &cte.alias, None)?;
            ctes.0.push((name, relation));
        }
        Ok(ctes)
    }

    fn body(&self, body: &SetExpr, outer: Option<&Names<'_>>, ctes: &Ctes) -> Outcome<Relation> {
        match body {
            SetExpr::Select(select) => self.select(select, &[], Window::default(), outer, ctes),
            SetExpr::Query(query) => self.query(query, outer, ctes),
            SetExpr::Values(values) => self.values(values, outer, ctes),
            SetExpr::SetOperation { op, set_quantifier, left, right } => {
                let place = self.places.word_before(right.span(), &["union", "intersect", "except"]);
                let (left, right) = (self.body(left, outer, ctes)?, self.body(right, outer, ctes)?);
                let joined = self.set_operation(*op, *set_quantifier, left, right);
                joined.map_err(|failure| place.map_or(failure.clone(), |at| failure.at_location(at)))
            }
            SetExpr::Table(_) => Err(Failure::athena_only("TABLE as a query")),
            _ => Err(foreign("a change of data inside a query")),
        }
    }

    fn set_operation(
        &self,
        op: SetOperator,
        quantifier: SetQuantifier,
        left: Relation,
        right: Relation,
    ) -> Outcome<Relation> {
        let all = match quantifier {
            SetQuantifier::All => true,
            SetQuantifier::None | SetQuantifier::Distinct => false,
            _ => return Err(foreign("BY NAME")),
        };
        let word = op.to_string();
        if left.fields.len() != right.fields.len() {
            let (l, r) = (left.fields.len(), right.fields.len());
            let message = format!("{word} query has different number of fields: {l}, {r}");
            return Err(Failure::type_mismatch(message));
        }
        let types = left.fields.iter().zip(&right.fields).enumerate().map(|(i, (l, r))| {
            common(&l.data_type, &r.data_type).ok_or_else(|| {
                let (l, r) = (types::name(&l.data_type), types::name(&r.data_type));
                Failure::type_mismatch(format!("column {} in {word} query has incompatible types: {l}, {r}", i + 1))
            })
        });
        let types = types.collect::<Outcome<Vec<_>>>()?;
        let (left, right) = (self.retyped(left, &types)?, self.retyped(right, &types)?);
        let fields = left.fields;
        let plan = match (op, all) {
            (SetOperator::Union, true) => LogicalPlanBuilder::from(left.plan).union(right.plan)?.build()?,
            (SetOperator::Union, false) => {
                LogicalPlanBuilder::from(left.plan).union(right.plan)?.distinct()?.build()?
            }
            (SetOperator::Intersect, false) => LogicalPlanBuilder::intersect(left.plan, right.plan, false)?,
            (SetOperator::Except, false) => LogicalPlanBuilder::except(left.plan, right.plan, false)?,
            (op, _) => return Err(Failure::athena_only(format!("{op} ALL"))),
        };
        Ok(Relation { plan, fields })
    }

    /// The relation with columns of these types, under fresh names.
    fn retyped(&self, relation: Relation, types: &[DataType]) -> Outcome<Relation> {
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        for (field, data_type) in relation.fields.into_iter().zip(types) {
            let value = Typed::new(Plan::Column(field.column()), field.data_type.clone()).coerced(data_type);
            let column = self.fresh();
            columns.push(value.expr.alias(&column));
            fields.push(Field { column, data_type: data_type.clone(), relation: None, ..field });
        }
        Ok(Relation { plan: LogicalPlanBuilder::from(relation.plan).project(columns)?.build()?, fields })
    }

    fn values(&self, values: &Values, outer: Option<&Names<'_>>, ctes: &Ctes) -> Outcome<Relation> {
        let names = Names { fields: &[], outputs: &[], outer, ctes, windows: &[], clause: Clause::Rows("VALUES") };
        let rows = values.rows.iter().map(|row| self.exprs(row.iter(), &names)).collect::<Outcome<Vec<_>>>()?;
        let width = rows.first().map_or(0, Vec::len);
        let word = values.rows.first().and_then(|row| row.iter().next()).and_then(|ast| self.places.of(ast));
        let word = word.and_then(|at| self.places.word_before(Span::new(at, at), &["values"]));
        let placed = |failure: Failure| word.map_or(failure.clone(), |place| failure.at_location(place));
        if let Some(other) = rows.iter().find(|row| row.len() != width) {
            let message = format!("Values rows have mismatched sizes: {width} vs {}", other.len());
            return Err(placed(Failure::type_mismatch(message)));
        }
        for row in &rows {
            let fits = rows[0].iter().zip(row).all(|(a, b)| common(&a.data_type, &b.data_type).is_some());
            if !fits {
                let shown = |row: &[Typed]| row.iter().map(Typed::type_name).collect::<Vec<_>>().join(", ");
                let (first, other) = (shown(&rows[0]), shown(row));
                let message = format!("Values rows have mismatched types: row({first}) vs row({other})");
                return Err(placed(Failure::type_mismatch(message)));
            }
        }
        let mut columns: Vec<Vec<Typed>> = vec![Vec::new(); width];
        rows.into_iter().for_each(|row| row.into_iter().zip(&mut columns).for_each(|(v, column)| column.push(v)));
        let columns = columns.into_iter().map(|column| conditional::unify(column, "Values of a column"));
        let columns = columns.collect::<Outcome<Vec<_>>>()?;
        let height = values.rows.len();
        let rows = (0..height).map(|i| columns.iter().map(|(column, _)| column[i].expr.clone()).collect()).collect();
        let plan = LogicalPlanBuilder::values(rows)?.build()?;
        let mut fields = Vec::new();
        let mut renamed = Vec::new();
        for (i, (_, data_type)) in columns.into_iter().enumerate() {
            let column = self.fresh();
            let (qualifier, field) = plan.schema().qualified_field(i);
            renamed
                .push(Plan::Column(datafusion::common::Column::new(qualifier.cloned(), field.name())).alias(&column));
            fields.push(Field { relation: None, name: None, shown: format!("_col{i}"), column, data_type });
        }
        Ok(Relation { plan: LogicalPlanBuilder::from(plan).project(renamed)?.build()?, fields })
    }

    /// ORDER BY and LIMIT over a result, whose columns alone they see.
    fn ordered(
        &self,
        relation: Relation,
        order: &[OrderByExpr],
        window: Window,
        outer: Option<&Names<'_>>,
        ctes: &Ctes,
    ) -> Outcome<Relation> {
        let names = Names {
            fields: &relation.fields,
            outputs: &[],
            outer,
            ctes,
            windows: &[],
            clause: Clause::Rows("ORDER BY clause"),
        };
        let mut keys = Vec::new();
        for key in order {
            let value = match ordinal(&key.expr) {
                Some(n) => {
                    let field = n.checked_sub(1).and_then(|i| relation.fields.get(i));
                    Plan::Column(field.ok_or_else(|| bad_ordinal("ORDER BY", n, &key.expr))?.column())
                }
                None => self.expr(&key.expr, &names)?.expr,
            };
            keys.push(sort_key(value, key));
        }
        Ok(Relation { plan: sorted(relation.plan, keys, window)?, fields: relation.fields })
    }

    /// OFFSET comes before LIMIT.
    fn in_order(&self, limit: Option<&Expr>, offset: Option<&Expr>) -> Outcome<()> {
        let (Some(limit), Some(offset)) = (limit, offset) else { return Ok(()) };
        if self.places.of(offset) < self.places.of(limit) {
            return Ok(());
        }
        let failure = Failure::new("SYNTAX_ERROR", "mismatched input 'OFFSET'. Expecting: <EOF>");
        let place = self.places.word_before(offset.span(), &["offset"]);
        Err(place.map_or(failure.clone(), |at| failure.at_location(at)))
    }

    fn limits(&self, query: &Query) -> Outcome<Window> {
        let mut window = Window::default();
        let number = |ast: &Expr, what: &str| self.whole_number(ast, what).map(|n| n as usize);
        match &query.limit_clause {
            None => {}
            Some(LimitClause::LimitOffset { limit, offset, limit_by }) if limit_by.is_empty() => {
                self.in_order(limit.as_ref(), offset.as_ref().map(|offset| &offset.value))?;
                window.fetch = limit.as_ref().map(|limit| number(limit, "LIMIT")).transpose()?;
                window.skip = offset.as_ref().map_or(Ok(0), |offset| number(&offset.value, "OFFSET"))?;
            }
            Some(_) => return Err(foreign("this form of LIMIT")),
        }
        if let Some(fetch) = &query.fetch {
            if fetch.with_ties || fetch.percent {
                return Err(Failure::athena_only("FETCH FIRST ... WITH TIES"));
            }
            let zero = |q: &&Expr| self.whole_number(q, "FETCH FIRST").is_ok_and(|n| n == 0);
            if let Some(quantity) = fetch.quantity.as_ref().filter(zero) {
                let message = "FETCH FIRST row count must be positive (actual value: 0)";
                let failure = Failure::new("NUMERIC_VALUE_OUT_OF_RANGE", message);
                let place = self.places.word_before(quantity.span(), &["fetch"]);
                return Err(place.map_or(failure.clone(), |at| failure.at_location(at)));
            }
            window.fetch = Some(fetch.quantity.as_ref().map_or(Ok(1), |q| number(q, "FETCH FIRST"))?);
        }
        Ok(window)
    }
}

/// The keys of an ORDER BY.
fn order_keys(order: Option<&OrderBy>) -> Outcome<&[OrderByExpr]> {
    match order {
        None => Ok(&[]),
        Some(OrderBy { kind: OrderByKind::Expressions(keys), interpolate: None }) => Ok(keys),
        Some(_) => Err(foreign("this form of ORDER BY")),
    }
}

/// A bare whole number in ORDER BY or GROUP BY: the place of a column of the select list.
pub(super) fn ordinal(ast: &Expr) -> Option<usize> {
    match ast {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn bad_ordinal(clause: &str, n: usize, ast: &Expr) -> Failure {
    Failure::new("INVALID_COLUMN_REFERENCE", format!("{clause} position {n} is not in select list")).at(ast.span())
}

/// A sort key: NULLs last in both directions unless told otherwise.
pub(super) fn sort_key(value: Plan, key: &OrderByExpr) -> SortExpr {
    SortExpr::new(value, key.options.asc.unwrap_or(true), key.options.nulls_first.unwrap_or(false))
}

/// The plan sorted and cut.
pub(super) fn sorted(
    plan: datafusion::logical_expr::LogicalPlan,
    keys: Vec<SortExpr>,
    window: Window,
) -> Outcome<datafusion::logical_expr::LogicalPlan> {
    let in_order = |key: SortExpr| -> Outcome<SortExpr> {
        let data_type = key.expr.get_type(plan.schema())?;
        Ok(SortExpr { expr: operators::in_order(Typed::new(key.expr, data_type)).expr, ..key })
    };
    let keys = keys.into_iter().map(in_order).collect::<Outcome<Vec<_>>>()?;
    let mut builder = LogicalPlanBuilder::from(plan);
    if !keys.is_empty() {
        builder = builder.sort(keys)?;
    }
    if window.skip > 0 || window.fetch.is_some() {
        builder = builder.limit(window.skip, window.fetch)?;
    }
    Ok(builder.build()?)
}
