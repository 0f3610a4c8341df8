//! The controls that a visual answers to, and how its query answers all of them at once.
//!
//! A row counts once for every combination that it belongs to: with each filter, under all and under its own value; with
//! each parameter, under every value for which the visual's condition holds.

use super::expression::{self, literal, quoted, type_name};
use super::result::{ResultColumn, Role};
use crate::dashboard::model::{Dashboard, Filter, Parameter, Sheet, Visual};
use crate::error::{Error, Result};
use crate::flow::expr::{Literal, Node};
use crate::flow::types::DataType;

/// The most combinations that a visual may have if every filter has as many values as it offers. How many there are is for
/// the data to say: see [`MOST_ROWS`].
pub const MOST_COMBINATIONS: u64 = 250_000;

/// The most rows, over all combinations, that a page carries of one visual. Queries end after one more.
pub const MOST_ROWS: usize = 100_000;

/// The most values that a filter offers, the most frequent ones: 50, and fewer where a sheet has more than two filters on
/// one data set, so that their combinations stay few.
pub fn most_values(filters: usize) -> u64 {
    match filters {
        0..=2 => 50,
        3 => 20,
        _ => 9,
    }
}

/// The controls of a visual.
#[derive(Debug)]
pub struct Choices<'d> {
    /// The parameters that its condition names.
    pub parameters: Vec<&'d Parameter>,
    /// The sheet's filters on its data set.
    pub filters: Vec<&'d Filter>,
}

impl<'d> Choices<'d> {
    /// Those of a visual; an error when they have too many combinations. `read` are the names in its condition.
    pub fn of(
        dashboard: &'d Dashboard,
        sheet: &'d Sheet,
        visual: &Visual,
        read: &std::collections::BTreeSet<&str>,
    ) -> Result<Self> {
        let named = |p: &&Parameter| read.contains(format!(":{}", p.name).as_str());
        let parameters: Vec<_> = dashboard.parameters.iter().filter(named).collect();
        let filters: Vec<_> = sheet.filters.iter().filter(|f| f.dataset == visual.dataset).collect();
        let values = most_values(filters.len()) + 1;
        let of_parameters = parameters.iter().map(|p| p.values.len() as u64);
        let counts = of_parameters.chain(filters.iter().map(|_| values));
        let combinations = counts.fold(1_u64, |product, n| product.saturating_mul(n));
        if combinations > MOST_COMBINATIONS {
            let (p, f) = (parameters.len(), filters.len());
            let message = format!(
                "the visual `{}` answers to {p} parameters and {f} filters, up to {combinations} combinations of their \
                 values",
                visual.title
            );
            return Err(Error::manifest("too-many-combinations", message)
                .with_expected(format!("at most {MOST_COMBINATIONS} combinations"))
                .with_help("move the visual to a sheet with fewer filters, or give its parameters fewer values"));
        }
        Ok(Self { parameters, filters })
    }

    /// The result's columns for them, in front of all others.
    pub fn columns(&self) -> Vec<ResultColumn> {
        let parameters = self.parameters.iter().enumerate().map(|(i, p)| ResultColumn {
            name: format!("p{i}"),
            role: Role::Parameter(p.name.clone()),
            data_type: DataType::Int,
        });
        let filters = self.filters.iter().enumerate().map(|(i, f)| ResultColumn {
            name: format!("f{i}"),
            role: Role::Filter(f.id.clone()),
            data_type: f.data_type.clone(),
        });
        parameters.chain(filters).collect()
    }

    /// Names of the parameters for expressions.
    pub fn names(&self) -> Vec<(&'d str, String)> {
        let name = |(i, p): (usize, &&'d Parameter)| (p.name.as_str(), format!("parameter{i}.value{i}"));
        self.parameters.iter().enumerate().map(name).collect()
    }

    /// The common table expressions that list each filter's values.
    pub fn tables(&self) -> Vec<String> {
        let most = most_values(self.filters.len());
        let table = |(i, filter): (usize, &&Filter)| {
            let column = quoted(&filter.column);
            format!(
                "choices{i} AS (\n  SELECT {column} AS choice\n  FROM computed\n  WHERE {column} IS NOT NULL\n  GROUP BY \
                 {column}\n  ORDER BY count(*) DESC, {column}\n  LIMIT {most}\n)"
            )
        };
        self.filters.iter().enumerate().map(table).collect()
    }

    /// `computed` with a row for each combination that it belongs to, in columns `p0`, ..., `f0`, ...
    pub fn from(&self) -> Result<String> {
        let mut from = String::from("FROM computed");
        for (i, filter) in self.filters.iter().enumerate() {
            let column = quoted(&filter.column);
            from.push_str(&format!("\n  LEFT JOIN choices{i} ON choices{i}.choice = computed.{column}"));
        }
        for (i, filter) in self.filters.iter().enumerate() {
            let all = literal(&Literal::Null, &filter.data_type);
            from.push_str(&format!(
                "\n  CROSS JOIN UNNEST(IF(choices{i}.choice IS NULL, ARRAY[{all}], ARRAY[{all}, choices{i}.choice])) AS \
                 narrowed{i} (f{i})"
            ));
        }
        for (i, parameter) in self.parameters.iter().enumerate() {
            let rows = parameter.values.iter().enumerate().map(|(n, value)| {
                let Node::Literal(value) = &value.node else {
                    return Err(Error::bug(format!("a value of the parameter `{}` is no literal", parameter.name)));
                };
                Ok(format!("({n}, {})", literal(value, &parameter.data_type)))
            });
            let rows = rows.collect::<Result<Vec<_>>>()?.join(", ");
            from.push_str(&format!("\n  CROSS JOIN (VALUES {rows}) AS parameter{i} (p{i}, value{i})"));
        }
        Ok(from)
    }
}

/// A parameter's values as results write them, in order.
pub fn parameter_texts(parameter: &Parameter) -> Vec<String> {
    let text = |value: &crate::flow::expr::Expr| match &value.node {
        Node::Literal(Literal::String(text) | Literal::Date(text) | Literal::Timestamp(text)) => text.clone(),
        Node::Literal(Literal::Integer(i)) => i.to_string(),
        Node::Literal(Literal::Double(f)) => f.to_string(),
        Node::Literal(Literal::Boolean(b)) => b.to_string(),
        // Typing lets literals pass alone.
        _ => expression::sql(
            value,
            &expression::Names { relation: type_name(&value.data_type).as_str(), parameters: &[] },
        )
        .unwrap_or_default(),
    };
    parameter.values.iter().map(text).collect()
}
