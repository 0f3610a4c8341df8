//! Conversions while rows pass by, counted.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Result;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};

use super::super::convert::convert;
use super::stage::{Passage, mapped, stage};
use crate::flow::document::Conversion;
use crate::flow::metrics::CastLoss;

/// What conversions lost so far.
#[derive(Clone, Debug)]
pub struct Losses {
    sums: Arc<Mutex<Vec<CastLoss>>>,
    /// Which of them a batch's conversions are.
    places: Arc<[usize]>,
    passage: Passage,
}

impl Losses {
    /// Of as many conversions.
    pub fn new(conversions: usize) -> Self {
        let sums = vec![CastLoss { lost: 0, of: 0 }; conversions];
        Losses { sums: Arc::new(Mutex::new(sums)), places: (0..conversions).collect(), passage: Passage::default() }
    }

    /// The same for those who see only the conversions at `places`.
    pub fn at(&self, places: Vec<usize>) -> Self {
        Losses { places: places.into(), ..self.clone() }
    }

    /// Adds what one batch lost.
    pub fn add(&self, losses: &[CastLoss]) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, loss) in self.places.iter().zip(losses) {
            sums[*place].lost += loss.lost;
            sums[*place].of += loss.of;
        }
    }

    /// How far the rows have passed by.
    pub fn passage(&self) -> &Passage {
        &self.passage
    }

    /// For each conversion.
    pub fn all(&self) -> Vec<CastLoss> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The rows of `plan` with `conversions` applied to them, as columns `schema`; what is lost is added to `losses`.
pub fn converting(
    plan: Arc<dyn ExecutionPlan>,
    threads: usize,
    conversions: Vec<Conversion>,
    schema: SchemaRef,
    losses: Losses,
) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = spread(plan, threads)?;
    let partitions = plan.output_partitioning().partition_count();
    let (conversions, columns): (Arc<[Conversion]>, _) = (conversions.into(), schema.clone());
    losses.passage.expect(partitions);
    Ok(stage("ConvertExec", schema, partitions, move |partition, task| {
        let (conversions, columns, losses) = (conversions.clone(), columns.clone(), losses.clone());
        let rows = losses.passage.noted(plan.execute(partition, task)?);
        Ok(mapped(columns.clone(), rows, move |batch| {
            let (batch, lost) = converted(&batch, &conversions, &columns)?;
            losses.add(&lost);
            Ok(batch)
        }))
    }))
}

/// Converting is work: all threads get a share of it.
fn spread(plan: Arc<dyn ExecutionPlan>, threads: usize) -> Result<Arc<dyn ExecutionPlan>> {
    if plan.output_partitioning().partition_count() >= threads {
        return Ok(plan);
    }
    Ok(Arc::new(RepartitionExec::try_new(plan, Partitioning::RoundRobinBatch(threads))?))
}

/// One batch converted, and what each conversion lost.
pub fn converted(
    batch: &RecordBatch,
    conversions: &[Conversion],
    schema: &SchemaRef,
) -> Result<(RecordBatch, Vec<CastLoss>)> {
    let mut columns = batch.columns().to_vec();
    let mut losses = Vec::with_capacity(conversions.len());
    for conversion in conversions {
        let index = batch.schema().index_of(&conversion.column)?;
        let format = conversion.format.as_deref();
        let (converted, loss) = convert(&columns[index], &conversion.from, &conversion.to, format)?;
        columns[index] = converted;
        losses.push(loss);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok((RecordBatch::try_new_with_options(schema.clone(), columns, &options)?, losses))
}
