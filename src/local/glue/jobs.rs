//! Job definitions.

use serde_json::{Value, json};

use super::support::{already_exists, invalid, members, not_found, page, text, texts};
use super::tags;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, now};

const COLLECTION: &str = "glue/jobs";

/// The job's document, or Glue's refusal.
pub fn existing(store: &Store, job: &str) -> ServiceResult {
    store.get(COLLECTION, job)?.ok_or_else(|| not_found(format!("Job {job} not found.")))
}

/// All jobs, sorted.
pub fn all(store: &Store) -> Result<Vec<Value>, ServiceError> {
    Ok(store.list(COLLECTION)?.into_iter().map(|(_, job)| job).collect())
}

/// `CreateJob`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "Name");
    if store.get::<Value>(COLLECTION, name)?.is_some() {
        return Err(already_exists(format!("Job with name {name} already exists.")));
    }
    check(input)?;
    let time = now();
    tags::put_new(store, &tags::arn(store, "job", name), input.get("Tags"))?;
    store.put(COLLECTION, name, &document(name, input, time, time))?;
    Ok(json!({ "Name": name }))
}

/// `GetJob`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "Job": existing(store, text(input, "JobName"))? }))
}

/// `GetJobs`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    page("Jobs", all(store)?, input, 200)
}

/// `ListJobs`: names, filtered by tags.
pub async fn list_names(store: &Store, input: &Value) -> ServiceResult {
    let names = all(store)?.iter().map(|job| text(job, "Name").to_owned()).collect();
    page("JobNames", tags::filtered(store, "job", names, input)?, input, 100)
}

/// `BatchGetJobs`.
pub async fn batch_get(store: &Store, input: &Value) -> ServiceResult {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in texts(input, "JobNames") {
        match store.get::<Value>(COLLECTION, &name)? {
            Some(job) => found.push(job),
            None => missing.push(name),
        }
    }
    Ok(json!({ "Jobs": found, "JobsNotFound": missing }))
}

/// `UpdateJob`: overwrites the whole definition; what the update leaves out is reset to the server's default.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "JobName");
    let old = existing(store, name)?;
    let update = &input["JobUpdate"];
    for member in ["Role", "Command"] {
        if update.get(member).is_none_or(Value::is_null) {
            return Err(invalid(format!("{member} cannot be empty in the job update")));
        }
    }
    check(update)?;
    let created = old["CreatedOn"].as_f64().unwrap_or_else(now);
    store.put(COLLECTION, name, &document(name, update, created, now()))?;
    Ok(json!({ "JobName": name }))
}

/// `DeleteJob`: a job that is not there is no error. Its runs go with it.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "JobName");
    store.delete(COLLECTION, name)?;
    store.clear(&format!("glue/job-runs/{name}"))?;
    tags::forget(store, &tags::arn(store, "job", name))?;
    Ok(json!({ "JobName": name }))
}

/// How many DPUs a worker of the type is.
pub fn dpu_per_worker(worker_type: &str) -> f64 {
    match worker_type {
        "G.025X" => 0.25,
        "G.2X" => 2.0,
        "G.4X" => 4.0,
        "G.8X" => 8.0,
        "G.12X" => 12.0,
        "G.16X" => 16.0,
        _ => 1.0,
    }
}

fn given<'a>(input: &'a Value, member: &str) -> Option<&'a Value> {
    input.get(member).filter(|v| !v.is_null())
}

fn check(input: &Value) -> Result<(), ServiceError> {
    let by_workers = given(input, "WorkerType").is_some() || given(input, "NumberOfWorkers").is_some();
    if by_workers && given(input, "MaxCapacity").is_some() {
        return Err(invalid("Please do not set Max Capacity if using Worker Type and Number of Workers."));
    }
    if by_workers && (given(input, "WorkerType").is_none() || given(input, "NumberOfWorkers").is_none()) {
        return Err(invalid("Both Worker Type and Number of Workers must be set."));
    }
    let command = &input["Command"];
    let kinds = ["glueetl", "pythonshell", "gluestreaming", "glueray"];
    if !kinds.contains(&text(command, "Name")) {
        return Err(invalid(format!("Command name must be one of: {}", kinds.join(", "))));
    }
    if given(command, "ScriptLocation").is_none() {
        return Err(invalid("Script location cannot be empty"));
    }
    Ok(())
}

/// The definition with the server's defaults, as `GetJob` answers it: both `MaxCapacity` and the workers.
fn document(name: &str, input: &Value, created: f64, updated: f64) -> Value {
    let mut job = members(input);
    job.shift_remove("Tags");
    job.retain(|_, value| !value.is_null());
    job.insert("Name".into(), name.into());
    job.insert("CreatedOn".into(), created.into());
    job.insert("LastModifiedOn".into(), updated.into());
    let kind = job.get("Command").map(|c| text(c, "Name").to_owned()).unwrap_or_default();
    let version = job.entry("GlueVersion").or_insert("5.1".into()).as_str().unwrap_or_default().to_owned();
    let short_timeout = version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|m| m >= 5);
    job.entry("Timeout").or_insert(if short_timeout { 480 } else { 2880 }.into());
    job.entry("MaxRetries").or_insert(0.into());
    job.entry("ExecutionClass").or_insert("STANDARD".into());
    job.entry("JobMode").or_insert("SCRIPT".into());
    job.entry("JobRunQueuingEnabled").or_insert(false.into());
    if job.get("ExecutionProperty").and_then(|p| p.get("MaxConcurrentRuns")).is_none() {
        job.insert("ExecutionProperty".into(), json!({ "MaxConcurrentRuns": 1 }));
    }
    let capacity = match (job.get("WorkerType").and_then(Value::as_str), job.get("NumberOfWorkers")) {
        (Some(kind), Some(workers)) => workers.as_f64().unwrap_or(0.0) * dpu_per_worker(kind),
        _ => match job.get("MaxCapacity").and_then(Value::as_f64) {
            Some(capacity) => capacity,
            None if kind == "pythonshell" => 0.0625,
            None => 10.0,
        },
    };
    job.insert("MaxCapacity".into(), capacity.into());
    job.insert("AllocatedCapacity".into(), (capacity as i64).into());
    job.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_fills_in_what_was_left_out() {
        let input = json!({
            "Role": "r", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k"}, "GlueVersion": "5.0",
            "WorkerType": "G.2X", "NumberOfWorkers": 3, "Timeout": null
        });
        let job = document("j", &input, 1.0, 2.0);
        assert_eq!(job["MaxCapacity"], 6.0);
        assert_eq!(job["Timeout"], 480);
        assert_eq!(job["ExecutionProperty"], json!({"MaxConcurrentRuns": 1}));
        assert_eq!(job["WorkerType"], "G.2X");
    }

    #[test]
    fn capacity_and_workers_exclude_each_other() {
        let input = json!({"WorkerType": "G.1X", "NumberOfWorkers": 2, "MaxCapacity": 2.0});
        assert!(check(&input).unwrap_err().message.starts_with("Please do not set Max Capacity"));
    }
}
