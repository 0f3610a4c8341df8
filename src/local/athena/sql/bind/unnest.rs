//! `UNNEST(a, b) [WITH ORDINALITY] AS t (x, y, n)` beside the relation to its left: a row for each element.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, UnnestOptions};
use datafusion::logical_expr::{Expr as Plan, LogicalPlanBuilder};
use sqlparser::ast::TableFactor;

use super::{Binder, Clause, Ctes, Names, foreign};
use crate::local::athena::sql::arrays;
use crate::local::athena::sql::failure::{Failure, Outcome};
use crate::local::athena::sql::scope::{Field, Relation, RelationName, fold};
use crate::local::athena::sql::typed::Typed;
use crate::local::athena::sql::types;

impl Binder<'_> {
    /// `outer_rows`: a row of the left stays, with NULLs, when its arrays are empty.
    pub(super) fn unnest(
        &self,
        left: Relation,
        factor: &TableFactor,
        outer_rows: bool,
        outer: Option<&Names<'_>>,
        ctes: &Ctes,
    ) -> Outcome<Relation> {
        let TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_ordinality, .. } = factor else {
            return Err(foreign("WITH OFFSET"));
        };
        let clause = Clause::Rows("UNNEST");
        let names = Names { fields: &left.fields, outputs: &[], outer, ctes, windows: &[], clause };
        let mut lists = self.exprs(array_exprs, &names)?;
        for list in &lists {
            match &list.data_type {
                DataType::List(_) => {}
                DataType::Map(..) => return Err(Failure::athena_only("UNNEST of a map")),
                _ => {
                    return Err(Failure::new(
                        "INVALID_FUNCTION_ARGUMENT",
                        format!("Cannot unnest type: {}", list.type_name()),
                    ));
                }
            }
        }
        if *with_ordinality {
            lists.push(arrays::ordinals(lists.clone()));
        }
        if outer_rows {
            lists = arrays::never_empty(lists);
        }
        let mut columns: Vec<Plan> = left.fields.iter().map(|field| Plan::Column(field.column())).collect();
        let mut unnested = Vec::new();
        for list in lists {
            let column = self.fresh();
            columns.push(list.expr.alias(&column));
            unnested.push((column, types::element(&list.data_type).cloned().unwrap_or(DataType::Null)));
        }
        let options = UnnestOptions::new().with_preserve_nulls(false);
        let unnest = unnested.iter().map(|(column, _)| Column::new_unqualified(column)).collect();
        let plan = LogicalPlanBuilder::from(left.plan)
            .project(columns)?
            .unnest_columns_with_options(unnest, options)?
            .build()?;
        let (plan, elements) = self.spread_rows(plan, &left.fields, unnested)?;
        let added = self.named_elements(elements, alias.as_ref())?;
        Ok(Relation { plan, fields: [left.fields, added].concat() })
    }

    /// An element that is a row becomes its fields, as Trino does it.
    fn spread_rows(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        left: &[Field],
        unnested: Vec<(String, DataType)>,
    ) -> Outcome<(datafusion::logical_expr::LogicalPlan, Vec<Field>)> {
        let mut columns: Vec<Plan> = left.iter().map(|field| Plan::Column(field.column())).collect();
        let mut elements = Vec::new();
        let mut add = |value: Plan, name: Option<String>, data_type: DataType| {
            let column = self.fresh();
            columns.push(value.alias(&column));
            elements.push(Field { relation: None, shown: name.clone().unwrap_or_default(), name, column, data_type });
        };
        for (column, data_type) in unnested {
            let element = Typed::new(Plan::Column(Column::new_unqualified(column)), data_type.clone());
            match &data_type {
                DataType::Struct(fields) => {
                    for (i, field) in fields.iter().enumerate() {
                        let value = arrays::field_at(element.clone(), i, field.data_type().clone());
                        let name = (!field.name().is_empty()).then(|| field.name().clone());
                        add(value.expr, name, field.data_type().clone());
                    }
                }
                _ => add(element.expr, None, data_type),
            }
        }
        Ok((LogicalPlanBuilder::from(plan).project(columns)?.build()?, elements))
    }

    fn named_elements(
        &self,
        mut elements: Vec<Field>,
        alias: Option<&sqlparser::ast::TableAlias>,
    ) -> Outcome<Vec<Field>> {
        let Some(alias) = alias else { return Ok(elements) };
        let name = RelationName { database: None, table: fold(&alias.name) };
        if !alias.columns.is_empty() && alias.columns.len() != elements.len() {
            let (given, there) = (alias.columns.len(), elements.len());
            let message =
                format!("Column alias list has {given} entries but '{}' has {there} columns available", name.table);
            let failure = Failure::new("MISMATCHED_COLUMN_ALIASES", message);
            let place = self.places.word_before(alias.name.span, &["unnest"]);
            return Err(place.map_or(failure.clone(), |at| failure.at_location(at)));
        }
        for (i, field) in elements.iter_mut().enumerate() {
            field.relation = Some(name.clone());
            if let Some(column) = alias.columns.get(i) {
                field.name = Some(fold(&column.name));
                field.shown.clone_from(&column.name.value);
            }
        }
        Ok(elements)
    }
}
