//! A run's tables: each is computed, measured, written and audited.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use super::audit::audit;
use super::fault::error;
use super::files::{Target, WrittenFile};
use super::making::{Making, Rows};
use super::operators::converting::Losses;
use super::operators::first::first;
use super::operators::stage::drain;
use super::publish;
use super::reading::judge;
use super::rows::{Converted, Counted, Firsts, make};
use super::run::{Kept, Progress, Run, State};
use super::scan::{FileReader, FilesTable};
use super::session::{memory, threads};
use super::spill::spill;
use super::steps;
use super::write::{self, Arrangement};
use super::written::Written;
use crate::error::{Error, Result};
use crate::flow::document::{Input, Rule, Severity, Table};
use crate::flow::metrics::{Duplicates, TableMetrics};
use crate::flow::verdict::check_text;

/// A part on disk that is read as a whole takes about this share of the memory.
const SHARE: u64 = 8;

impl Run {
    /// Computes and writes table `name`, and counts its checks.
    pub async fn write_table(&self, state: &mut State<'_>, name: &str, table: &Table) -> Result<()> {
        state.metrics.tables.insert(name.to_string(), TableMetrics::default());
        let mut counted = Counted::default();
        let written = self.written(state, name, table, &mut counted).await;
        self.measure(state, name, table, counted.conversions).await?;
        let (files, rows) = written?;
        let metrics = &mut state.metrics.tables[name];
        metrics.rows = files.iter().map(|file| file.rows).sum();
        metrics.files = files.len() as u64;
        metrics.bytes = files.iter().map(|file| file.bytes).sum();
        self.tell_duplicates(state, name, table, counted.duplicates).await?;
        let files = files.into_iter().map(|file| file.relative).collect();
        state.tables.insert(name.to_string(), Kept { files, rows });
        self.audit(state, name, table).await
    }

    fn making<'a>(&self, state: &'a State<'_>, folder: &str) -> Making<'a> {
        let sources: u64 = state.sources.values().map(|source| source.bytes()).sum();
        // Parquet's bytes become several times as many in memory.
        let tables: u64 = state.tables.values().flat_map(|table| table.rows.sizes()).sum::<u64>() * 4;
        // So that parts fit even when memory is short, and that there are not too many files.
        let part = (memory(self.memory_limit) as u64 / SHARE).max(1);
        let parts = ((sources + tables) / part).next_power_of_two().clamp(16, 256) as usize;
        Making { session: &state.session, threads: threads(), folder: self.scratch().join(folder), parts }
    }

    /// The files of a table, and its rows as they were written. What is counted on the way is added to `counted`.
    async fn written(
        &self,
        state: &State<'_>,
        name: &str,
        table: &Table,
        counted: &mut Counted,
    ) -> Result<(Vec<WrittenFile>, Arc<dyn FileReader>)> {
        let making = self.making(state, &format!("tables/{name}"));
        let task = state.session.task_ctx();
        let mut made = make(&making, table, |input| input_rows(state, input), counted).await?;
        let mut kept: Option<Arc<dyn FileReader>> = None;
        if table.output.format.is_text() {
            // Text keeps no types: checks and other tables read the rows as they were.
            if let Some(only) = made.only.take() {
                made.plan = first(made.plan, making.threads, only, making.room("drop_duplicates", "last"));
            }
            let rows = Arc::new(spill(made.plan, task.clone(), &making.folder.join("text")).await.map_err(error)?);
            let columns = (0..rows.schema().fields().len()).collect();
            made.plan = FilesTable::new(rows.clone()).plan(columns, making.threads).map_err(error)?;
            kept = Some(rows);
        }
        let arrangement = Arrangement { only: made.only, room: making.room("write", "write") };
        let folder = publish::data_folder(&self.places.warehouse, &self.run_id, name);
        let (told_name, tell) = (name.to_string(), self.tell.clone());
        let told = move |rows| {
            let _ = tell.send(Progress::WritingTable { table: told_name.clone(), rows });
        };
        let target = Target::new(name, table, folder.clone(), &self.run_id, Box::new(told)).map_err(error)?;
        let files = write::write(made.plan, task, target, arrangement).await.map_err(error)?;
        let rows = kept.unwrap_or_else(|| Arc::new(Written::new(table, folder, files.clone())));
        Ok((files, rows))
    }

    /// Judges what the conversions of a table lost. Those whose rows did not all pass by, because nothing behind them
    /// asked for the rest or because something behind them failed, see them again.
    async fn measure(&self, state: &mut State<'_>, name: &str, table: &Table, counted: Vec<Converted>) -> Result<()> {
        let of_table = table.all_steps().filter_map(|step| step.operation.conversions());
        let mut failures = Vec::new();
        for (number, conversions) in of_table.enumerate() {
            let losses = match counted.get(number).filter(|counted| counted.losses.passage().complete()) {
                Some(counted) => counted.losses.all(),
                None => self.losses(state, name, table, number).await?.all(),
            };
            let kept = &mut state.metrics.tables[name].cast_losses;
            failures.extend(judge("change_schema", conversions, &losses, kept));
        }
        Error::check(failures, ())
    }

    /// Has all rows pass by conversion `number` of a table once more, for its counts alone.
    async fn losses(&self, state: &State<'_>, name: &str, table: &Table, number: usize) -> Result<Losses> {
        let again = self.again(state, &format!("counts/{name}-{number}"), table).await?.conversions;
        let counted = again.into_iter().nth(number).ok_or_else(|| Error::bug("a conversion that is not there"))?;
        if !counted.losses.passage().complete() {
            drain(counted.plan, state.session.task_ctx()).await.map_err(error)?;
        }
        Ok(counted.losses)
    }

    /// Notes what the steps of a table that was written dropped as duplicates. As with conversions, rows that nothing
    /// behind asked for are computed once more.
    async fn tell_duplicates(
        &self,
        state: &mut State<'_>,
        name: &str,
        table: &Table,
        counted: Vec<Firsts>,
    ) -> Result<()> {
        let written = state.metrics.tables[name].rows;
        let steps = table.all_steps().filter_map(|step| step.operation.duplicates_by());
        for (number, (by, counted)) in steps.zip(counted).enumerate() {
            let (of, stay) = match passed(&counted, written) {
                Some(counts) => counts,
                None => self.duplicates(state, name, table, number).await?,
            };
            if of > stay {
                let duplicates = Duplicates { by: by.to_vec(), dropped: of - stay, of };
                state.metrics.tables[name].duplicates.push(duplicates);
            }
        }
        Ok(())
    }

    /// Has all rows pass by step `number` of those that drop duplicates: how many come and how many stay.
    async fn duplicates(&self, state: &State<'_>, name: &str, table: &Table, number: usize) -> Result<(u64, u64)> {
        let again = self.again(state, &format!("duplicates/{name}-{number}"), table).await?.duplicates;
        let counted = again.into_iter().nth(number).ok_or_else(|| Error::bug("a step that is not there"))?;
        let passed = |counted: &Firsts| passed(counted, 0);
        if let (None, Some((_, plan))) = (passed(&counted), &counted.stay) {
            drain(plan.clone(), state.session.task_ctx()).await.map_err(error)?;
        }
        passed(&counted).ok_or_else(|| Error::bug("rows that did not pass by"))
    }

    /// Plans a table's rows once more, to be counted.
    async fn again(&self, state: &State<'_>, folder: &str, table: &Table) -> Result<Counted> {
        let mut counted = Counted::default();
        make(&self.making(state, folder), table, |input| self.rows_again(state, input), &mut counted).await?;
        Ok(counted)
    }

    fn rows_again(&self, state: &State<'_>, input: &Input) -> Result<Rows> {
        match input {
            Input::Source(name) if !state.shared.contains_key(name) => {
                let source = self.source(name, &self.flow.sources[name])?;
                let count = source.rows();
                Ok(Rows { frame: steps::read(&state.session, Arc::new(source))?, count })
            }
            input => input_rows(state, input),
        }
    }

    async fn audit(&self, state: &mut State<'_>, name: &str, table: &Table) -> Result<()> {
        self.tell(Progress::Auditing { table: name.to_string() });
        let others = table.checks.iter().map(|check| match &check.rule {
            Rule::References { input, .. } => input_rows(state, input).map(Some),
            _ => Ok(None),
        });
        let others = others.collect::<Result<Vec<_>>>()?;
        let rows = input_rows(state, &Input::Table(name.to_string()))?;
        let written = state.metrics.tables[name].rows;
        let verdicts = audit(&self.making(state, &format!("audits/{name}")), rows, table, written, others).await?;
        let metrics = &mut state.metrics.tables[name];
        metrics.checks = verdicts;
        let failed = table
            .checks
            .iter()
            .zip(&metrics.checks)
            .filter(|(check, verdict)| check.severity == Severity::Error && !verdict.passed);
        let failures = failed.map(|(check, verdict)| {
            Error::data("check-failed", check_text(&check.name, &check.rule, name, verdict.failing_rows))
                .with_help("look at the rows with a query; correct the data, the check, or give it `severity: warn`")
        });
        Error::check(failures.collect(), ())
    }
}

/// How many rows came and how many stayed, where all have passed by; `written` rows are the table's.
fn passed(firsts: &Firsts, written: u64) -> Option<(u64, u64)> {
    let stay = firsts.stay.as_ref().map_or(Some(written), |(stay, _)| stay.all())?;
    Some((firsts.came.all()?, stay))
}

fn input_rows(state: &State<'_>, input: &Input) -> Result<Rows> {
    let (table, count): (Arc<dyn TableProvider>, u64) = match input {
        Input::Source(name) => match (state.shared.get(name), state.sources.get(name)) {
            (Some(spill), _) => (Arc::new(FilesTable::new(spill.clone())), spill.rows().unwrap_or(1)),
            (None, Some(source)) => {
                return Ok(Rows { frame: steps::read(&state.session, source.clone())?, count: source.rows() });
            }
            (None, None) => return Err(Error::bug(format!("source `{name}` was not read"))),
        },
        Input::Table(name) => {
            let written = state.tables.get(name).map(|written| written.rows.clone());
            let written = written.ok_or_else(|| Error::bug(format!("table `{name}` was not written")))?;
            let count = written.rows().unwrap_or(1);
            (Arc::new(FilesTable::new(written)), count)
        }
        Input::Part(name) => return Err(Error::bug(format!("part `{name}` is no input of a table"))),
    };
    Ok(Rows { frame: steps::read(&state.session, table)?, count: count as f64 })
}
