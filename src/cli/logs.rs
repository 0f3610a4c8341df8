//! `logs`: what a run's job printed.

use super::args::{Global, LogsArgs};
use super::connect::Connected;
use super::status;
use crate::error::{Error, Result};
use crate::report::{Out, logs as view};
use crate::run::RunRecord;
use crate::run::logs::{Channel, Line, Reader};

/// `logs [RUN] [--follow]`.
pub async fn logs(global: &Global, args: &LogsArgs, out: &Out) -> Result<u8> {
    let connected = Connected::open(global).await?;
    let id = job_run(&connected, args.run.as_deref()).await?;
    let channels = args.channel.map_or(Channel::ALL.to_vec(), |channel| vec![channel]);
    let mut reader = Reader::new(&connected.workspace.manifest.base_name(), &id, &channels);
    if !args.follow {
        let lines = reader.all(&connected.aws).await?;
        let lines = last(&lines, args.lines);
        let documents: Vec<_> = lines.iter().map(view::document).collect();
        out.result(&documents, |style| view::render(lines, style))?;
        return Ok(0);
    }
    let mut most = args.lines;
    let ended = reader.follow(&connected.aws, |lines| {
        let lines = last(&lines, most);
        // The limit is for what was there before.
        most = if lines.is_empty() { most } else { None };
        // A document a line: who reads along cannot wait for the end of a list.
        let text = match out.json() {
            true => lines.iter().map(|line| format!("{}\n", view::document(line))).collect(),
            false => view::render(lines, out.stdout),
        };
        out.text(&text)
    });
    let ended = ended.await?;
    out.note(&format!("job run {} ended {} after {} s", ended.id, ended.state.name(), ended.seconds));
    Ok(0)
}

fn last(lines: &[Line], most: Option<usize>) -> &[Line] {
    &lines[lines.len().saturating_sub(most.unwrap_or(lines.len()))..]
}

/// Glue's id of the job run that is meant.
///
/// Errors: `unknown-run`, `no-job-run`.
async fn job_run(connected: &Connected, run: Option<&str>) -> Result<String> {
    let no_job = |why: String| {
        Error::usage("no-job-run", why)
            .with_help("`pipectl runs` lists the runs; `pipectl run --attach` goes on with one")
    };
    match run {
        Some(id) if id.starts_with("jr_") => Ok(id.to_owned()),
        Some(id) => {
            let RunRecord { run_id, job_run, .. } = status::known(connected, id).await?;
            job_run.ok_or_else(|| no_job(format!("run {run_id} has started no job")))
        }
        None => {
            let records = status::records(connected, status::RECENT).await?;
            let last = records.into_iter().find_map(|record| record.job_run);
            last.ok_or_else(|| no_job("no run has started a job yet".to_owned()))
        }
    }
}
