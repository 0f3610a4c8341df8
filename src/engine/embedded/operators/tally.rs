//! Rows counted as they pass by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::stage::{Passage, mapped, stage};

/// How many rows of a plan have passed by.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    rows: Arc<AtomicU64>,
    passage: Passage,
}

impl Tally {
    /// How many there were; `None` until all have passed by.
    pub fn all(&self) -> Option<u64> {
        self.passage.complete().then(|| self.rows.load(Ordering::Relaxed))
    }
}

/// The rows of `plan`, and their count to be.
pub fn tallied(plan: Arc<dyn ExecutionPlan>) -> (Arc<dyn ExecutionPlan>, Tally) {
    let tally = Tally::default();
    let (counting, schema, streams) = (tally.clone(), plan.schema(), plan.output_partitioning().partition_count());
    tally.passage.expect(streams);
    let plan = stage("TallyExec", schema.clone(), streams, move |stream, task| {
        let rows = counting.passage.noted(plan.execute(stream, task)?);
        let sum = counting.rows.clone();
        Ok(mapped(schema.clone(), rows, move |batch| {
            sum.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            Ok(batch)
        }))
    });
    (plan, tally)
}
