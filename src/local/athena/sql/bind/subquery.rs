//! Queries inside expressions.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, Spans};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{Expr as Plan, LogicalPlan, LogicalPlanBuilder, Operator, Subquery};
use sqlparser::ast::Query;

use super::{Binder, Clause, Names};
use crate::local::athena::sql::accumulators::SingleValue;
use crate::local::athena::sql::failure::{Failure, Outcome};
use crate::local::athena::sql::scope::Relation;
use crate::local::athena::sql::typed::{Typed, common};
use crate::local::athena::sql::types;
use crate::local::athena::sql::{aggregates, conditional, operators};

impl Binder<'_> {
    pub(super) fn scalar_subquery(&self, query: &Query, names: &Names<'_>) -> Outcome<Typed> {
        let (relation, data_type) = self.one_column(query, names)?;
        if yields_one_row(&relation.plan) {
            return Ok(Typed::new(Plan::ScalarSubquery(subquery(relation.plan)), data_type));
        }
        let value = Typed::new(Plan::Column(relation.fields[0].column()), data_type.clone());
        let counted = !relation.plan.all_out_ref_exprs().is_empty();
        let single = aggregates::single_value(value, counted);
        let plan = LogicalPlanBuilder::from(relation.plan);
        let plan = plan.aggregate(Vec::<Plan>::new(), [single.expr.alias(self.fresh())])?.build()?;
        let value = Typed::new(Plan::ScalarSubquery(subquery(plan)), single.data_type);
        Ok(if counted { SingleValue::of_counted(value, data_type) } else { value })
    }

    pub(super) fn in_subquery(&self, value: Typed, query: &Query, negated: bool, names: &Names<'_>) -> Outcome<Typed> {
        let relation = self.query(query, Some(&self.around(names)?), names.ctes)?;
        let column = match relation.fields.as_slice() {
            [field] => common(&value.data_type, &field.data_type).map(|to| (field.data_type.clone(), to)),
            _ => None,
        };
        let (data_type, to) = column.ok_or_else(|| {
            let found = relation.fields.iter().map(|field| match field.name {
                Some(_) => format!("{} {}", field.shown, types::name(&field.data_type)),
                None => types::name(&field.data_type),
            });
            let (value, found) = (value.type_name(), found.collect::<Vec<_>>().join(", "));
            Failure::type_mismatch(format!(
                "Value expression and result of subquery must be of the same type: row({value}) vs row({found})"
            ))
        })?;
        let column = Typed::new(Plan::Column(relation.fields[0].column()), data_type).coerced(&to);
        if names.clause == Clause::Output {
            return self.is_among(value.coerced(&to), column, relation.plan, negated);
        }
        let plan = LogicalPlanBuilder::from(relation.plan).project([column.expr.alias(self.fresh())])?.build()?;
        let test = InSubquery::new(Box::new(value.coerced(&to).expr), subquery(plan), negated);
        Ok(Typed::new(Plan::InSubquery(test), DataType::Boolean))
    }

    /// `value IN (SELECT column ...)` outside a condition on rows, where the engine has no such test: whether the list of
    /// all values contains it, which is as three-valued.
    fn is_among(&self, value: Typed, column: Typed, plan: LogicalPlan, negated: bool) -> Outcome<Typed> {
        let list = aggregates::call("array_agg", vec![column], aggregates::Modifiers::default())?;
        let (name, list_type) = (self.fresh(), list.data_type);
        let plan = LogicalPlanBuilder::from(plan).aggregate(Vec::<Plan>::new(), [list.expr.alias(&name)])?.build()?;
        let list = Typed::new(Plan::ScalarSubquery(subquery(plan)), list_type);
        let among = self.scalar_call("contains", vec![list.clone(), value])?;
        let empty = Typed::new(Plan::IsNull(Box::new(list.expr)), DataType::Boolean);
        let no = Typed::literal(ScalarValue::Boolean(Some(false)));
        let among = conditional::case(vec![(empty, no)], Some(among))?;
        Ok(if negated { operators::not(among) } else { among })
    }

    pub(super) fn exists(&self, query: &Query, negated: bool, names: &Names<'_>) -> Outcome<Typed> {
        let relation = self.query(query, Some(&self.around(names)?), names.ctes)?;
        if names.clause == Clause::Output {
            // Outside a condition on rows the engine counts instead.
            let count = aggregates::call("count", Vec::new(), aggregates::Modifiers::default())?;
            let counted = LogicalPlanBuilder::from(relation.plan);
            let plan = counted.aggregate(Vec::<Plan>::new(), [count.expr.alias(self.fresh())])?.build()?;
            let count = Typed::new(Plan::ScalarSubquery(subquery(plan)), DataType::Int64);
            let op = if negated { Operator::Eq } else { Operator::Gt };
            return operators::comparison(op, count, Typed::literal(ScalarValue::Int64(Some(0))));
        }
        Ok(Typed::new(Plan::Exists(Exists::new(subquery(relation.plan), negated)), DataType::Boolean))
    }

    fn one_column(&self, query: &Query, names: &Names<'_>) -> Outcome<(Relation, DataType)> {
        let relation = self.query(query, Some(&self.around(names)?), names.ctes)?;
        match relation.fields.as_slice() {
            [field] => {
                let data_type = field.data_type.clone();
                Ok((relation, data_type))
            }
            _ => Err(Failure::athena_only("a subquery of several columns as a value")),
        }
    }

    /// The names that a subquery sees around it.
    fn around<'n>(&self, names: &'n Names<'n>) -> Outcome<Names<'n>> {
        if names.clause == Clause::Aggregate {
            return Err(Failure::athena_only("a subquery inside an aggregate"));
        }
        Ok(Names { outputs: &[], ..names.with_clause(Clause::Output) })
    }
}

fn subquery(plan: LogicalPlan) -> Subquery {
    let outer_ref_columns = plan.all_out_ref_exprs();
    Subquery { subquery: Arc::new(plan), outer_ref_columns, spans: Spans::new() }
}

/// Whether the plan has exactly one row whatever the data: an aggregate without keys, or no FROM.
fn yields_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => yields_one_row(&projection.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::EmptyRelation(empty) => empty.produce_one_row,
        _ => false,
    }
}
