//! A run that is left before its end, on purpose or not: what goes on by itself, and how to go on with the rest.

use super::event::Stage;
use super::record::RunRecord;
use crate::error::{Error, Kind};

/// What `--detach` or Ctrl-C leaves behind, and the next step: two lines for a person.
pub fn told(record: &RunRecord) -> (String, String) {
    let id = &record.run_id;
    let left = record.left();
    let job = record.job_run.as_ref().filter(|_| left.contains(&Stage::Job));
    let rest: Vec<&str> = left.iter().filter(|s| **s != Stage::Job || job.is_none()).map(|s| s.as_str()).collect();
    match (job, rest.is_empty()) {
        (Some(job), true) => {
            (format!("its job goes on in Glue as {job}"), format!("`pipectl run --attach {id}` watches it to its end"))
        }
        (Some(job), false) => (
            format!("its job goes on in Glue as {job}"),
            format!("`pipectl run --attach {id}` watches it, then does what is left: {}", rest.join(", ")),
        ),
        (None, _) => (
            "nothing of it goes on by itself".to_owned(),
            format!("`pipectl run --attach {id}` does what is left: {}", rest.join(", ")),
        ),
    }
}

/// The error of a run that was interrupted in `stage`; `is_over`: that was its job, which ran inside this process.
pub fn interrupted(record: &RunRecord, stage: Stage, is_over: bool) -> Error {
    let id = &record.run_id;
    if is_over {
        return error(format!("run {id} was interrupted: its job ran inside this process and ends with it"))
            .with_help("the tables keep their old rows; `pipectl --local run` starts anew");
    }
    let (goes_on, next) = told(record);
    error(format!("run {id} was interrupted in stage {stage}; {goes_on}")).with_help(next)
}

fn error(message: String) -> Error {
    Error::new(Kind::Interrupted, "interrupted", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunStatus;
    use crate::run::record::StageRecord;

    fn record(done: &[Stage], job_run: Option<&str>) -> RunRecord {
        let mut record = RunRecord::begin("R".into(), "2026-01-01T00:00:00Z".into());
        record.stages =
            done.iter().map(|name| StageRecord { name: *name, status: RunStatus::Succeeded, seconds: 1.0 }).collect();
        record.job_run = job_run.map(str::to_owned);
        record
    }

    #[test]
    fn what_is_left_is_told_at_every_point() {
        use Stage::{Crawl, Job, Queries, Refresh, Upload};
        let told = |done: &[Stage], job| {
            let (goes_on, next) = told(&record(done, job));
            format!("{goes_on}; {next}\n")
        };
        let mut job_only = record(&[], Some("jr_1"));
        job_only.planned = vec![Job];
        let (goes_on, next) = super::told(&job_only);
        let all = [
            told(&[], None),
            told(&[Upload], None),
            told(&[Upload], Some("jr_1")),
            told(&[Upload, Job, Crawl, Queries], Some("jr_1")),
            format!("{goes_on}; {next}\n"),
        ];
        assert_eq!(record(&[Upload, Job, Crawl, Queries], None).left(), [Refresh]);
        insta::assert_snapshot!(all.concat(), @r#"
        nothing of it goes on by itself; `pipectl run --attach R` does what is left: upload, job, crawl, queries, refresh
        nothing of it goes on by itself; `pipectl run --attach R` does what is left: job, crawl, queries, refresh
        its job goes on in Glue as jr_1; `pipectl run --attach R` watches it, then does what is left: crawl, queries, refresh
        nothing of it goes on by itself; `pipectl run --attach R` does what is left: refresh
        its job goes on in Glue as jr_1; `pipectl run --attach R` watches it to its end
        "#);
    }

    #[test]
    fn a_job_inside_this_process_ends_with_it() {
        let at = |stage| interrupted(&record(&[Stage::Upload], None), stage, stage == Stage::Job);
        assert!(at(Stage::Job).message().ends_with("ends with it"));
        assert!(at(Stage::Crawl).help().unwrap().contains("--attach R"));
        assert_eq!(at(Stage::Crawl).kind().exit_code(), 130);
    }
}
