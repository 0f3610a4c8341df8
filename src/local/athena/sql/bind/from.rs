//! FROM: tables, subqueries, joins. What may follow a comma or CROSS JOIN as `UNNEST` sees the relation to its left.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, TableReference};
use datafusion::logical_expr::{Expr as Plan, LogicalPlanBuilder, Operator};
use sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, Spanned, TableAlias, TableFactor, TableWithJoins,
    Value,
};
use sqlparser::tokenizer::{Location, Span};

use super::{Binder, Clause, Ctes, Names, foreign};
use crate::local::athena::sql::conditional;
use crate::local::athena::sql::failure::{Failure, Outcome};
use crate::local::athena::sql::operators;
use crate::local::athena::sql::scope::{Field, Relation, RelationName, fold, resolve};
use crate::local::athena::sql::typed::{Typed, common};

impl Binder<'_> {
    pub(super) fn from(&self, from: &[TableWithJoins], outer: Option<&Names<'_>>, ctes: &Ctes) -> Outcome<Relation> {
        let mut all: Option<Relation> = None;
        for element in from {
            let mut relation = match (all.take(), &element.relation) {
                (left, TableFactor::UNNEST { .. }) => {
                    let left = left.map_or_else(single_row, Ok)?;
                    self.unnest(left, &element.relation, false, outer, ctes)?
                }
                (None, factor) => self.factor(factor, outer, ctes)?,
                (Some(left), factor) => self.cross_join(left, self.factor(factor, outer, ctes)?)?,
            };
            for join in &element.joins {
                relation = self.join(relation, join, outer, ctes)?;
            }
            all = Some(relation);
        }
        all.map_or_else(single_row, Ok)
    }

    fn factor(&self, factor: &TableFactor, outer: Option<&Names<'_>>, ctes: &Ctes) -> Outcome<Relation> {
        match factor {
            TableFactor::Table {
                name, alias, args: None, version: None, with_ordinality: false, sample: None, ..
            } => {
                let relation = self.table(name, ctes)?;
                match alias {
                    Some(alias) => self.renamed(relation, alias, Some(name.span().start)),
                    None => Ok(relation),
                }
            }
            TableFactor::Derived { lateral: false, subquery, alias, sample: None } => {
                let relation = self.query(subquery, outer, ctes)?;
                let open = self.places.opening(subquery.span().start);
                match alias {
                    Some(alias) => self.renamed(relation, alias, open),
                    None => Ok(relation),
                }
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.from(std::slice::from_ref(table_with_joins.as_ref()), outer, ctes)
            }
            TableFactor::Table { .. } => Err(Failure::athena_only("TABLESAMPLE, or a table at a point in time")),
            TableFactor::Derived { .. } => Err(Failure::athena_only("LATERAL")),
            other => Err(Failure::athena_only(format!("`{other}` in FROM"))),
        }
    }

    /// A common table expression or a table of the catalog, its columns under fresh names.
    fn table(&self, name: &ObjectName, ctes: &Ctes) -> Outcome<Relation> {
        let idents: Vec<&Ident> = name.0.iter().filter_map(|part| part.as_ident()).collect();
        let span = idents.first().map_or_else(Span::empty, |ident| ident.span);
        let parts: Vec<String> = idents.iter().map(|ident| fold(ident)).collect();
        if let [single] = parts.as_slice()
            && let Some((_, relation)) = ctes.0.iter().rev().find(|(cte, _)| cte == single)
        {
            return self.refreshed(relation, RelationName { database: None, table: single.clone() });
        }
        let (database, table) = qualified(&parts, &self.tables.database).map_err(|failure| failure.at(span))?;
        let Some(source) = self.tables.tables.get(&(database.clone(), table.clone())) else {
            let failure = match self.tables.databases.contains(&database) {
                true => {
                    Failure::new("TABLE_NOT_FOUND", format!("Table 'awsdatacatalog.{database}.{table}' does not exist"))
                }
                false => Failure::new("SCHEMA_NOT_FOUND", format!("Schema '{database}' does not exist")),
            };
            return Err(failure.at(span));
        };
        let relation = RelationName { database: Some(database), table };
        let scanned = TableReference::bare(self.fresh());
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        for column in source.schema().fields() {
            let fresh = self.fresh();
            columns.push(Plan::Column(Column::new(Some(scanned.clone()), column.name())).alias(&fresh));
            fields.push(Field {
                relation: Some(relation.clone()),
                name: Some(column.name().to_lowercase()),
                shown: column.name().to_lowercase(),
                column: fresh,
                data_type: column.data_type().clone(),
            });
        }
        let plan = LogicalPlanBuilder::scan(scanned, Arc::clone(source), None)?.project(columns)?.build()?;
        Ok(Relation { plan, fields })
    }

    /// A copy of a relation under fresh column names, so that it may stand in a query twice.
    fn refreshed(&self, relation: &Relation, name: RelationName) -> Outcome<Relation> {
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        for field in &relation.fields {
            let fresh = self.fresh();
            columns.push(Plan::Column(field.column()).alias(&fresh));
            fields.push(Field { relation: Some(name.clone()), column: fresh, ..field.clone() });
        }
        Ok(Relation { plan: LogicalPlanBuilder::from(relation.plan.clone()).project(columns)?.build()?, fields })
    }

    /// The relation under an alias, with its column aliases.
    /// The relation under another name; `place` is where it stands.
    pub(super) fn renamed(
        &self,
        mut relation: Relation,
        alias: &TableAlias,
        place: Option<Location>,
    ) -> Outcome<Relation> {
        let name = RelationName { database: None, table: fold(&alias.name) };
        if !alias.columns.is_empty() && alias.columns.len() != relation.fields.len() {
            let (given, there) = (alias.columns.len(), relation.fields.len());
            let message =
                format!("Column alias list has {given} entries but '{}' has {there} columns available", name.table);
            let failure = Failure::new("MISMATCHED_COLUMN_ALIASES", message);
            return Err(place.map_or(failure.clone(), |at| failure.at_location(at)).at(alias.name.span));
        }
        for (i, field) in relation.fields.iter_mut().enumerate() {
            field.relation = Some(name.clone());
            if let Some(column) = alias.columns.get(i) {
                field.name = Some(fold(&column.name));
                field.shown.clone_from(&column.name.value);
            }
        }
        Ok(relation)
    }

    fn cross_join(&self, left: Relation, right: Relation) -> Outcome<Relation> {
        let plan = LogicalPlanBuilder::from(left.plan).cross_join(right.plan)?.build()?;
        Ok(Relation { plan, fields: [left.fields, right.fields].concat() })
    }

    fn join(&self, left: Relation, join: &Join, outer: Option<&Names<'_>>, ctes: &Ctes) -> Outcome<Relation> {
        let (kind, constraint) = match &join.join_operator {
            JoinOperator::Join(c) | JoinOperator::Inner(c) => (JoinType::Inner, c),
            JoinOperator::Left(c) | JoinOperator::LeftOuter(c) => (JoinType::Left, c),
            JoinOperator::Right(c) | JoinOperator::RightOuter(c) => (JoinType::Right, c),
            JoinOperator::FullOuter(c) => (JoinType::Full, c),
            JoinOperator::CrossJoin(JoinConstraint::None) => {
                return match &join.relation {
                    unnest @ TableFactor::UNNEST { .. } => self.unnest(left, unnest, false, outer, ctes),
                    factor => self.cross_join(left, self.factor(factor, outer, ctes)?),
                };
            }
            _ => return Err(foreign("this kind of join")),
        };
        if let unnest @ TableFactor::UNNEST { .. } = &join.relation {
            return match (kind, constraint) {
                (JoinType::Left, JoinConstraint::On(condition)) if is_true(condition) => {
                    self.unnest(left, unnest, true, outer, ctes)
                }
                (JoinType::Inner, JoinConstraint::On(condition)) if is_true(condition) => {
                    self.unnest(left, unnest, false, outer, ctes)
                }
                _ => Err(Failure::athena_only("a join with UNNEST on a condition other than TRUE")),
            };
        }
        let right = self.factor(&join.relation, outer, ctes)?;
        match constraint {
            JoinConstraint::On(condition) => {
                let fields = [left.fields, right.fields].concat();
                let clause = Clause::Rows("JOIN clause");
                let names = Names { fields: &fields, outputs: &[], outer, ctes, windows: &[], clause };
                let condition = self.row_condition(condition, &names, "JOIN ON clause")?;
                let joined = LogicalPlanBuilder::from(left.plan).join_on(right.plan, kind, [condition.expr])?;
                Ok(Relation { plan: joined.build()?, fields })
            }
            JoinConstraint::Using(columns) => self.join_using(left, right, kind, columns),
            JoinConstraint::Natural => Err(Failure::new("NOT_SUPPORTED", "Natural join not supported")),
            JoinConstraint::None => Err(foreign("a join without a condition")),
        }
    }

    /// `USING (c)`: each key once and first, unqualified; then the left's other columns, then the right's.
    fn join_using(&self, left: Relation, right: Relation, kind: JoinType, columns: &[ObjectName]) -> Outcome<Relation> {
        let mut conditions = Vec::new();
        let mut keys = Vec::new();
        let mut used = Vec::new();
        for column in columns {
            let ident = column.0.last().and_then(|part| part.as_ident()).cloned().unwrap_or_else(|| Ident::new(""));
            let side = |fields: &[Field], word: &str| {
                let found = resolve(fields, std::slice::from_ref(&ident))?.map(|(field, _)| field.clone());
                let message = format!("Column '{}' is missing from {word} side of join", ident.value);
                found.ok_or_else(|| Failure::new("COLUMN_NOT_FOUND", message).at(ident.span))
            };
            let (l, r) = (side(&left.fields, "left")?, side(&right.fields, "right")?);
            let value = |field: &Field| Typed::new(Plan::Column(field.column()), field.data_type.clone());
            conditions.push(operators::comparison(Operator::Eq, value(&l), value(&r))?.expr);
            let data_type = common(&l.data_type, &r.data_type).unwrap_or_else(|| l.data_type.clone());
            let (l_key, r_key) = (value(&l).coerced(&data_type), value(&r).coerced(&data_type));
            let key = match kind {
                JoinType::Right => r_key,
                JoinType::Full => conditional::coalesce(vec![l_key, r_key])?,
                _ => l_key,
            };
            let fresh = self.fresh();
            let field = Field {
                relation: None,
                name: Some(fold(&ident)),
                shown: ident.value.clone(),
                column: fresh,
                data_type,
            };
            used.extend([l.column, r.column]);
            keys.push((key.expr.alias(&field.column), field));
        }
        let joined = LogicalPlanBuilder::from(left.plan).join_on(right.plan, kind, conditions)?;
        let others = left.fields.into_iter().chain(right.fields).filter(|field| !used.contains(&field.column));
        let others: Vec<_> = others.map(|field| (Plan::Column(field.column()), field)).collect();
        let (columns, fields): (Vec<_>, Vec<_>) = keys.into_iter().chain(others).unzip();
        Ok(Relation { plan: joined.project(columns)?.build()?, fields })
    }
}

/// Database and table of a name: `t`, `db.t`, `awsdatacatalog.db.t`.
pub(in crate::local::athena::sql) fn qualified(parts: &[String], default: &str) -> Outcome<(String, String)> {
    match parts {
        [table] if default.is_empty() => Err(Failure::new(
            "MISSING_SCHEMA_NAME",
            format!("Schema must be specified when session schema is not set: {table}"),
        )),
        [table] => Ok((default.to_owned(), table.clone())),
        [database, table] => Ok((database.clone(), table.clone())),
        [catalog, database, table] if catalog == "awsdatacatalog" => Ok((database.clone(), table.clone())),
        [_, _, _, _, ..] => {
            let message = format!("Too many dots in table name: {}", parts.join("."));
            Err(Failure::new("SYNTAX_ERROR", message).unplaced())
        }
        [catalog, ..] => Err(Failure::new("CATALOG_NOT_FOUND", format!("Catalog '{catalog}' does not exist"))),
        [] => Err(Failure::new("SYNTAX_ERROR", "a table needs a name")),
    }
}

/// What a query without FROM reads: one row without columns.
fn single_row() -> Outcome<Relation> {
    Ok(Relation { plan: LogicalPlanBuilder::empty(true).build()?, fields: Vec::new() })
}

fn is_true(condition: &Expr) -> bool {
    matches!(condition, Expr::Value(value) if value.value == Value::Boolean(true))
}
