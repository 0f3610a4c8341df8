//! What plans are made with, and joins of two of them.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as ArrowType, Schema as ArrowSchema};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{DataFrame, SessionContext};

use super::fault::error;
use super::lower;
use super::operators::join::join;
use super::operators::pairs::{From, Join};
use super::operators::stage::Planned;
use super::operators::store::Room;
use super::steps;
use super::types::whole;
use crate::error::{Error, Result};
use crate::flow::document::JoinKind;
use crate::flow::types::Schema;

/// Rows on their way, and how many there are, about.
#[derive(Clone)]
pub struct Rows {
    /// They; to be planned once.
    pub frame: DataFrame,
    /// About how many.
    pub count: f64,
}

/// What plans are made with.
pub struct Making<'a> {
    /// The session.
    pub session: &'a SessionContext,
    /// Streams that work side by side.
    pub threads: usize,
    /// Where operators put rows down.
    pub folder: PathBuf,
    /// Into how many parts, when memory is short.
    pub parts: usize,
}

impl Making<'_> {
    /// Where operator `name` holds its rows; `place` is its alone.
    pub fn room(&self, name: &'static str, place: &str) -> Room {
        Room { name, folder: self.folder.join(place), parts: self.parts }
    }

    /// The plan of `frame`'s columns `schema`.
    pub async fn plan(&self, frame: DataFrame, schema: &Schema) -> Result<Arc<dyn ExecutionPlan>> {
        steps::select(frame, schema)?.create_physical_plan().await.map_err(error)
    }

    /// The rows of a plan, for further steps.
    pub fn planned(&self, plan: Arc<dyn ExecutionPlan>) -> Result<DataFrame> {
        steps::read(self.session, Arc::new(Planned(plan)))
    }
}

/// The kind of a join, its keys (left, right), and the right's columns with their names in the outcome.
pub type How<'a> = (JoinKind, &'a [(String, String)], &'a [(String, String)]);

/// `left`, of which the columns of `before` are read, joined to `right`: the columns of `after`.
pub async fn joined(
    making: &Making<'_>,
    (left, before): (Rows, &Schema),
    other: Rows,
    (how, on, right): How<'_>,
    after: &Schema,
    room: Room,
) -> Result<DataFrame> {
    let mut wanted: Vec<&String> = Vec::new();
    for name in on.iter().map(|(_, name)| name).chain(right.iter().map(|(name, _)| name)) {
        if !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    let frame = other.frame.select(wanted.iter().map(|name| lower::column(name))).map_err(error)?;
    let right_plan = frame.create_physical_plan().await.map_err(error)?;
    let left_plan = making.plan(left.frame, before).await?;
    let (left_schema, right_schema) = (left_plan.schema(), right_plan.schema());
    let either = matches!(how, JoinKind::Right | JoinKind::Full);
    let column = |name: &str| {
        if let Some((from, _)) = right.iter().find(|(_, new)| new == name) {
            return Ok(From::Right(place(&right_schema, from)?));
        }
        let left = place(&left_schema, name)?;
        Ok(match on.iter().find(|(key, _)| key == name).filter(|_| either) {
            Some((_, key)) => From::Either(left, place(&right_schema, key)?),
            None => From::Left(left),
        })
    };
    let what = Join {
        how,
        on: (
            on.iter().map(|(left, _)| place(&left_schema, left)).collect::<Result<_>>()?,
            on.iter().map(|(_, right)| place(&right_schema, right)).collect::<Result<_>>()?,
        ),
        columns: after.names().map(column).collect::<Result<_>>()?,
        hold_left: left.count * width(&left_schema) <= other.count * width(&right_schema),
    };
    making.planned(join(left_plan, right_plan, whole(after), what, room))
}

fn place(schema: &ArrowSchema, name: &str) -> Result<usize> {
    schema.index_of(name).map_err(|_| Error::bug(format!("there is no column `{name}`")))
}

/// Bytes of a row, about.
fn width(schema: &ArrowSchema) -> f64 {
    let bytes = |data_type: &ArrowType| data_type.primitive_width().map_or(32.0, |bytes| bytes as f64);
    schema.fields().iter().map(|field| bytes(field.data_type())).sum()
}
