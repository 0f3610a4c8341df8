//! A visual's query, and what the columns of its result are.

use serde::Serialize;

use crate::flow::types::DataType;

/// A visual's query.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VisualQuery {
    /// Trino's SQL as Athena runs it, over the pipeline's database.
    pub sql: String,
    /// What the result's columns are, in order.
    pub columns: Vec<ResultColumn>,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResultColumn {
    /// Its name in the result.
    pub name: String,
    /// What it holds.
    #[serde(flatten)]
    pub role: Role,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: DataType,
}

/// What a column of the result holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "role", content = "of", rename_all = "snake_case")]
pub enum Role {
    /// Which value of the dashboard's parameter of that name the row is for: its index.
    Parameter(String),
    /// Which value of the filter of that id the row is for; NULL: for all of them.
    Filter(String),
    /// The group of the visual's dimension of that index (see [`super::Shape`]). Of a histogram: the bin, from 0.
    Group(usize),
    /// What is shown in place of the group of the dimension of that index.
    Label(usize),
    /// The measure of that index. Of a histogram: how many rows.
    Value(usize),
    /// Where a histogram's bin begins.
    Lower,
    /// Where a histogram's bin ends.
    Upper,
}
