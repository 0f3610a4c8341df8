//! Queries inside expressions.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Spans;
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{Expr as Plan, LogicalPlan, LogicalPlanBuilder, Subquery};
use sqlparser::ast::Query;

use super::{Binder, Clause, Names};
use crate::local::athena::sql::aggregates;
use crate::local::athena::sql::failure::{Failure, Outcome};
use crate::local::athena::sql::scope::Relation;
use crate::local::athena::sql::typed::{Typed, common};
use crate::local::athena::sql::types;

impl Binder<'_> {
    pub(super) fn scalar_subquery(&self, query: &Query, names: &Names<'_>) -> Outcome<Typed> {
        let (relation, data_type) = self.one_column(query, names)?;
        let plan = if yields_one_row(&relation.plan) {
            relation.plan
        } else {
            let value = Typed::new(Plan::Column(relation.fields[0].column()), data_type.clone());
            let single = aggregates::single_value(value).expr.alias(self.fresh());
            LogicalPlanBuilder::from(relation.plan).aggregate(Vec::<Plan>::new(), [single])?.build()?
        };
        Ok(Typed::new(Plan::ScalarSubquery(subquery(plan)), data_type))
    }

    pub(super) fn in_subquery(&self, value: Typed, query: &Query, negated: bool, names: &Names<'_>) -> Outcome<Typed> {
        let (relation, data_type) = self.one_column(query, names)?;
        let to = common(&value.data_type, &data_type).ok_or_else(|| {
            let (value, found) = (value.type_name(), types::name(&data_type));
            Failure::type_mismatch(format!(
                "value and result of subquery must be of the same type for IN expression: {value} vs {found}"
            ))
        })?;
        let column = Typed::new(Plan::Column(relation.fields[0].column()), data_type).coerced(&to);
        let plan = LogicalPlanBuilder::from(relation.plan).project([column.expr.alias(self.fresh())])?.build()?;
        let test = InSubquery::new(Box::new(value.coerced(&to).expr), subquery(plan), negated);
        Ok(Typed::new(Plan::InSubquery(test), DataType::Boolean))
    }

    pub(super) fn exists(&self, query: &Query, negated: bool, names: &Names<'_>) -> Outcome<Typed> {
        let relation = self.query(query, Some(&self.around(names)?), names.ctes)?;
        Ok(Typed::new(Plan::Exists(Exists::new(subquery(relation.plan), negated)), DataType::Boolean))
    }

    fn one_column(&self, query: &Query, names: &Names<'_>) -> Outcome<(Relation, DataType)> {
        let relation = self.query(query, Some(&self.around(names)?), names.ctes)?;
        match relation.fields.as_slice() {
            [field] => {
                let data_type = field.data_type.clone();
                Ok((relation, data_type))
            }
            fields => {
                let message =
                    format!("Multiple columns returned by subquery are not yet supported. Found {}", fields.len());
                Err(Failure::new("NOT_SUPPORTED", message))
            }
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
