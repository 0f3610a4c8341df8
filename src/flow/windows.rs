//! Functions over windows of rows: those that SQL writes with `over`.

use serde::{Deserialize, Serialize};

use super::aggregates::Aggregate;
use super::document::SortKey;
use super::expr::Expr;
use super::types::DataType;

/// A column that is computed over a window of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// What is computed.
    pub function: WindowFunction,
    /// The type of the column.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// Rows of one window have these columns in common; NULLs are equal.
    pub partition_by: Vec<String>,
    /// The order in a window, as [`super::document::Operation::DropDuplicates`] has it; total where each row has a place of
    /// its own.
    pub order_by: Vec<SortKey>,
    /// The rows that an aggregate is over.
    pub frame: Frame,
}

/// What a window computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowFunction {
    /// Places from 1.
    RowNumber,
    /// Places from 1; equal rows share one, and leave a gap.
    Rank,
    /// Places from 1 without gaps.
    DenseRank,
    /// The value so many rows before; NULL when there is none.
    Lag(Expr, u32),
    /// The value so many rows behind; NULL when there is none.
    Lead(Expr, u32),
    /// An aggregate over the frame.
    Aggregate(Aggregate),
}

impl WindowFunction {
    /// The columns that it reads.
    pub fn columns(&self) -> std::collections::BTreeSet<&str> {
        match self {
            WindowFunction::Lag(e, _) | WindowFunction::Lead(e, _) => e.columns(),
            WindowFunction::Aggregate(call) => call.argument.iter().flat_map(|e| e.columns()).collect(),
            _ => Default::default(),
        }
    }

    /// The same over columns of other names.
    pub fn with_columns(self, name: &dyn Fn(String) -> String) -> Self {
        match self {
            WindowFunction::Lag(e, rows) => WindowFunction::Lag(e.with_columns(name), rows),
            WindowFunction::Lead(e, rows) => WindowFunction::Lead(e.with_columns(name), rows),
            WindowFunction::Aggregate(call) => {
                let argument = call.argument.map(|argument| argument.with_columns(name));
                WindowFunction::Aggregate(Aggregate { argument, ..call })
            }
            plain => plain,
        }
    }
}

/// The rows of a window that an aggregate is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// All.
    Whole,
    /// From the first to the last that is equal to the row at hand in the order.
    Peers,
    /// So many rows before and behind the row at hand; `None`: all there are.
    Rows {
        /// Before it.
        preceding: Option<u32>,
        /// Behind it.
        following: Option<u32>,
    },
}
