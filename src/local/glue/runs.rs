//! Job runs: started, followed to their end, stopped, listed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::execute::execute;
use super::support::{invalid, members, not_found, page, text, texts};
use super::{jobs, printed};
use crate::local::endings::REASON;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::heavy;
use crate::local::owners::{self, Owner};
use crate::local::store::{Store, now};

fn collection(job: &str) -> String {
    format!("glue/job-runs/{job}")
}

/// The run's document, or Glue's refusal. One whose process died has failed.
pub fn existing(store: &Store, job: &str, run: &str) -> ServiceResult {
    let found: Option<Value> = store.get(&collection(job), run)?;
    let found = found.ok_or_else(|| not_found(format!("Job run with id {run} not found")))?;
    settled(store, found)
}

fn settled(store: &Store, mut run: Value) -> ServiceResult {
    if in_flight(&run) && !owners::is_alive(store, text(&run, "_owner")) {
        end(&mut run, "FAILED", Some("The local cloud ended while this job ran"));
        store.put(&collection(text(&run, "JobName")), text(&run, "Id"), &run)?;
    }
    Ok(run)
}

/// All runs of a job, the newest first.
fn all(store: &Store, job: &str) -> Result<Vec<Value>, ServiceError> {
    let runs = store.list::<Value>(&collection(job))?.into_iter().map(|(_, run)| settled(store, run));
    let mut runs = runs.collect::<Result<Vec<_>, _>>()?;
    let started = |run: &Value| run["StartedOn"].as_f64().unwrap_or_default();
    runs.sort_by(|a, b| started(b).total_cmp(&started(a)).then_with(|| text(a, "Id").cmp(text(b, "Id"))));
    Ok(runs)
}

fn in_flight(run: &Value) -> bool {
    matches!(text(run, "JobRunState"), "STARTING" | "RUNNING" | "STOPPING" | "WAITING")
}

fn end(run: &mut Value, state: &str, message: Option<&str>) {
    let time = now();
    run["JobRunState"] = state.into();
    run["CompletedOn"] = time.into();
    run["LastModifiedOn"] = time.into();
    run["ExecutionTime"] = ((time - run["StartedOn"].as_f64().unwrap_or(time)).max(0.0) as u64).into();
    if let Some(message) = message {
        run["ErrorMessage"] = message.into();
    }
}

/// As the API answers it: without what is only ours.
pub fn public(mut run: Value) -> Value {
    if let Some(members) = run.as_object_mut() {
        members.retain(|member, _| !member.starts_with('_'));
    }
    run
}

/// `StartJobRun`.
pub async fn start(store: &Store, owner: &Arc<Owner>, input: &Value) -> ServiceResult {
    begin(store, owner, input, None).await
}

/// Begins a run: somebody's, or that of a trigger.
pub async fn begin(store: &Store, owner: &Arc<Owner>, input: &Value, trigger: Option<&str>) -> ServiceResult {
    let lock = store.lock().await?;
    let name = text(input, "JobName");
    let job = jobs::existing(store, name)?;
    let runs = all(store, name)?;
    let most = job["ExecutionProperty"]["MaxConcurrentRuns"].as_u64().unwrap_or(1);
    if runs.iter().filter(|run| in_flight(run)).count() as u64 >= most {
        let message = format!("Concurrent runs exceeded for {name}");
        return Err(ServiceError::bad_request("ConcurrentRunsExceededException", message));
    }
    let given = |member: &str| input.get(member).filter(|v| !v.is_null());
    if given("MaxCapacity").is_some() && (given("WorkerType").is_some() || given("NumberOfWorkers").is_some()) {
        return Err(invalid("Please do not set Max Capacity if using Worker Type and Number of Workers."));
    }
    let id = match given("JobRunId").and_then(Value::as_str) {
        Some(previous) => runs
            .iter()
            .find(|r| text(r, "Id") == previous)
            .map(|_| fresh_id())
            .ok_or_else(|| not_found(format!("Job run with id {previous} not found")))?,
        None => fresh_id(),
    };
    let mut run = document(&id, &job, input, owner.id());
    if let Some(trigger) = trigger {
        run["TriggerName"] = trigger.into();
    }
    store.put(&collection(name), &id, &run)?;
    drop(lock);
    let (store, owner) = (store.clone(), owner.clone());
    heavy::handle().spawn(async move {
        let _alive = owner;
        let name = text(&job, "Name").to_owned();
        let id = text(&run, "Id").to_owned();
        if let Err(error) = follow(&store, &job, run).await {
            tracing::warn!("run {id} of job {name}: {error}");
        }
    });
    Ok(json!({ "JobRunId": id }))
}

fn fresh_id() -> String {
    let hash = uuid::Uuid::new_v4().simple().to_string() + &uuid::Uuid::new_v4().simple().to_string();
    format!("jr_{hash}")
}

/// The run as it starts: the job's settings overlaid by the run's.
fn document(id: &str, job: &Value, input: &Value, owner: &str) -> Value {
    let time = now();
    let mut run = Map::new();
    run.insert("Id".into(), id.into());
    run.insert("Attempt".into(), 0.into());
    run.insert("JobName".into(), job["Name"].clone());
    run.insert("JobMode".into(), "SCRIPT".into());
    run.insert("StartedOn".into(), time.into());
    run.insert("LastModifiedOn".into(), time.into());
    run.insert("JobRunState".into(), "STARTING".into());
    run.insert("Arguments".into(), members(&input["Arguments"]).into());
    run.insert("PredecessorRuns".into(), json!([]));
    run.insert("ExecutionTime".into(), 0.into());
    run.insert("LogGroupName".into(), printed::GROUP.into());
    let settings = [
        "Timeout",
        "WorkerType",
        "NumberOfWorkers",
        "MaxCapacity",
        "AllocatedCapacity",
        "GlueVersion",
        "SecurityConfiguration",
        "ExecutionClass",
        "MaintenanceWindow",
    ];
    for setting in settings {
        let value = input.get(setting).filter(|v| !v.is_null()).or_else(|| job.get(setting));
        if let Some(value) = value.filter(|v| !v.is_null()) {
            run.insert(setting.into(), value.clone());
        }
    }
    run.insert("_owner".into(), owner.into());
    run.into()
}

/// Carries a run to its end: `STARTING`, `RUNNING`, and how it ended.
async fn follow(store: &Store, job: &Value, run: Value) -> Result<(), ServiceError> {
    let (name, id) = (text(job, "Name").to_owned(), text(&run, "Id").to_owned());
    if !change(store, &name, &id, |run| run["JobRunState"] = "RUNNING".into()).await? {
        return Ok(());
    }
    if let Some(state) = store.endings().job {
        change(store, &name, &id, |run| end(run, state, Some(REASON))).await?;
        return Ok(());
    }
    let timeout = Duration::from_secs(60 * run["Timeout"].as_u64().unwrap_or(2880));
    let outcome = tokio::select! {
        outcome = execute(store, job, &run) => outcome.map_err(|message| ("FAILED", message)),
        () = tokio::time::sleep(timeout) => {
            Err(("TIMEOUT", format!("Job run exceeded its timeout of {} minutes", timeout.as_secs() / 60)))
        }
        stopped = stop_asked(store, &name, &id) => match stopped {
            Ok(()) => {
                change(store, &name, &id, |run| end(run, "STOPPED", None)).await?;
                return Ok(());
            }
            Err(error) => Err(("FAILED", error.message)),
        },
    };
    change(store, &name, &id, |run| match &outcome {
        Ok(()) => end(run, "SUCCEEDED", None),
        Err((state, message)) => end(run, state, Some(message)),
    })
    .await?;
    Ok(())
}

/// Changes the run's document, unless it has ended or gone; whether it did.
async fn change(store: &Store, job: &str, id: &str, change: impl FnOnce(&mut Value)) -> Result<bool, ServiceError> {
    let _lock = store.lock().await?;
    match store.get::<Value>(&collection(job), id)?.filter(in_flight) {
        None => Ok(false),
        Some(mut run) => {
            change(&mut run);
            store.put(&collection(job), id, &run)?;
            Ok(true)
        }
    }
}

/// Returns once somebody, in whatever process, asked the run to stop or deleted its job.
async fn stop_asked(store: &Store, job: &str, id: &str) -> Result<(), ServiceError> {
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    loop {
        ticks.tick().await;
        match store.get::<Value>(&collection(job), id)? {
            Some(run) if text(&run, "JobRunState") != "STOPPING" => {}
            _ => return Ok(()),
        }
    }
}

/// `GetJobRun`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    let job = text(input, "JobName");
    jobs::existing(store, job)?;
    let mut run = public(existing(store, job, text(input, "RunId"))?);
    if let Some(detail) = store.detail(text(input, "RunId")) {
        run["StateDetail"] = detail.into();
    }
    Ok(json!({ "JobRun": run }))
}

/// `GetJobRuns`, the newest first.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let job = text(input, "JobName");
    jobs::existing(store, job)?;
    page("JobRuns", all(store, job)?.into_iter().map(public).collect(), input, 200)
}

/// `BatchStopJobRun`.
pub async fn batch_stop(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let job = text(input, "JobName");
    let (mut stopped, mut errors) = (Vec::new(), Vec::new());
    for id in texts(input, "JobRunIds") {
        let outcome = existing(store, job, &id).and_then(|mut run| {
            if !in_flight(&run) {
                let message = format!("Job run {id} is not running");
                return Err(ServiceError::bad_request("InvalidInputException", message));
            }
            run["JobRunState"] = "STOPPING".into();
            Ok(store.put(&collection(job), &id, &run)?)
        });
        match outcome {
            Ok(()) => stopped.push(json!({ "JobName": job, "JobRunId": id })),
            Err(error) => errors.push(json!({
                "JobName": job, "JobRunId": id, "ErrorDetail": super::support::detail(&error)
            })),
        }
    }
    Ok(json!({ "SuccessfulSubmissions": stopped, "Errors": errors }))
}
