//! A data set's rows as common table expressions: `source`, what Athena gives, and `computed`, the columns that a query
//! needs of it, calculated ones included.

use std::collections::BTreeSet;

use super::expression::{self, Names, quoted, type_name};
use crate::dashboard::model::{Dataset, From};
use crate::error::{Error, Result};

/// The two expressions, each as `name AS (...)`.
pub fn rows(dataset: &Dataset, needed: &BTreeSet<&str>) -> Result<Vec<String>> {
    let source = match &dataset.from {
        From::Table(table) => format!("source AS (\n  SELECT * FROM {}\n)", quoted(table)),
        // On lines of its own: it may end in a comment.
        From::Query(sql) => format!("source AS (\n{}\n)", sql.trim_end()),
    };
    let names = Names { relation: "source", parameters: &[] };
    let mut columns = Vec::new();
    for name in needed {
        let calculated = dataset.calculated.iter().find(|c| c.name == *name);
        let column = match (calculated, dataset.columns.iter().find(|c| c.name == *name)) {
            (Some(calculated), _) => expression::sql(&calculated.expression, &names)?,
            (None, None) => return Err(Error::bug(format!("the data set `{}` has no column `{name}`", dataset.name))),
            // What a query gives is what the data set says it is.
            (None, Some(given)) if matches!(dataset.from, From::Query(_)) => {
                format!("CAST({} AS {})", names.column(name), type_name(&given.data_type))
            }
            (None, Some(_)) => names.column(name),
        };
        columns.push(format!("{column} AS {}", quoted(name)));
    }
    if columns.is_empty() {
        columns.push("1 AS present".to_string());
    }
    Ok(vec![source, format!("computed AS (\n  SELECT {}\n  FROM source\n)", columns.join(",\n    "))])
}
