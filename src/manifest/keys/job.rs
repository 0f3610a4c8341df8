//! `job`: the Glue job.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::manifest::cx::Cx;
use crate::manifest::model::{Job, Script};
use crate::manifest::paths;
use crate::manifest::read::{Reader, choice, duration, integer, list, map_of, record, text, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

/// `job`; every key has a default.
pub fn job() -> impl Reader<Out = Job> {
    record("job", |m| {
        let script = m.optional(
            "script",
            "A hand-written PySpark script instead of the generated one. It gets --pipectl_staging, --pipectl_warehouse and --pipectl_run_id.",
            text_of(&rules::NOT_EMPTY).spanned().try_map(script),
        );
        let glue_version = m.or(
            "glue_version",
            "Glue's version; decides Spark's.",
            choice(rules::GLUE_VERSIONS).map(str::to_string).spanned(),
            "5.0",
        );
        let worker_type = m.or(
            "worker_type",
            "The machines' size. G.1X: 4 vCPU, 16 GB.",
            choice(rules::WORKER_TYPES).map(str::to_string).spanned(),
            "G.1X",
        );
        let workers =
            m.or("workers", "How many machines, one of them the driver.", integer(2..=i32::MAX as u64).spanned(), "2");
        let timeout = m.or("timeout", "When a run is stopped, in whole minutes: 60m, 2h.", timeout().spanned(), "60m");
        let max_retries =
            m.or("max_retries", "How often Glue itself starts a failed run again.", integer(0..=10).spanned(), "0");
        let max_concurrent_runs =
            m.or("max_concurrent_runs", "How many runs may go at once.", integer(1..=1000).spanned(), "1");
        let connections = m.listed(
            "connections",
            "Glue connections the job uses, by name: they are there already and stay somebody else's.",
            list(text_of(&rules::GLUE_NAME).spanned()),
        );
        let security_configuration = m.optional(
            "security_configuration",
            "The Glue security configuration of the job's runs, by name: it is there already and stays somebody else's.",
            text_of(&rules::GLUE_NAME).spanned(),
        );
        let arguments = m.listed(
            "arguments",
            "Further arguments of the job, keys with their dashes.",
            map_of(&rules::JOB_ARGUMENT, text().spanned()),
        );
        Some(Job {
            script: script?,
            glue_version: glue_version?,
            worker_type: worker_type?,
            workers: workers?,
            timeout: timeout?,
            max_retries: max_retries?,
            max_concurrent_runs: max_concurrent_runs?,
            arguments: arguments?,
            connections: connections?,
            security_configuration: security_configuration?,
        })
    })
}

/// Reads a script.
fn script(file: Spanned<String>, cx: &Cx) -> Result<Script> {
    if !file.value.ends_with(".py") {
        return Err(Error::manifest("invalid-value", format!("`{}` is no Python script", file.value))
            .with_expected("a PySpark script, ending in `.py`"));
    }
    let text = paths::read_text(&cx.folder, &file)?;
    if text.text.trim().is_empty() {
        return Err(Error::manifest("empty-script", format!("`{}` is empty", file.value)));
    }
    Ok(Script { file: file.with(PathBuf::from(&file.value)), text })
}

/// Glue counts timeouts in minutes, up to seven days. (Glue API, `Job.Timeout`.)
fn timeout() -> impl Reader<Out = Duration> {
    let days = Duration::from_secs(7 * 86_400);
    duration(Duration::from_secs(60)..=days, "whole minutes from `1m` to `7d`, e.g. `60m`").try_map(|timeout, _| {
        if timeout.as_secs() % 60 == 0 {
            return Ok(timeout);
        }
        Err(Error::manifest("out-of-range", "Glue counts a job's timeout in whole minutes")
            .with_expected("whole minutes, e.g. `60m`"))
    })
}
