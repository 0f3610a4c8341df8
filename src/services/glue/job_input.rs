//! Jobs between Glue's form and ours. UpdateJob overwrites the whole definition, so an update is what GetJob returned with
//! the managed fields laid over it; of capacities the worker type and number alone, since both forms together are refused.

use std::collections::HashMap;

use aws_sdk_glue::operation::create_job::builders::CreateJobInputBuilder;
use aws_sdk_glue::types::{ConnectionsList, ExecutionProperty, Job, JobCommand, JobUpdate, WorkerType};
use serde_json::{Value, json};

use crate::error::Result;
use crate::resource::Fields;
use crate::services::fields;

/// A Spark job, by Glue's name.
const SPARK: &str = "glueetl";

/// The managed fields of a live job, but for its tags.
pub(super) fn fields_of(job: &Job) -> Fields {
    let security = job.security_configuration().filter(|name| !name.is_empty());
    let arguments: HashMap<String, String> = job.default_arguments.clone().unwrap_or_default();
    Fields::from([
        ("description".to_owned(), json!(job.description().unwrap_or_default())),
        ("role".to_owned(), json!(job.role())),
        ("script_location".to_owned(), json!(job.command().and_then(|command| command.script_location()))),
        ("glue_version".to_owned(), json!(job.glue_version().unwrap_or("0.9"))),
        ("worker_type".to_owned(), json!(job.worker_type().map_or("Standard", WorkerType::as_str))),
        ("workers".to_owned(), json!(job.number_of_workers().unwrap_or_default())),
        ("timeout_minutes".to_owned(), json!(job.timeout().unwrap_or_default())),
        ("max_retries".to_owned(), json!(job.max_retries())),
        (
            "max_concurrent_runs".to_owned(),
            json!(job.execution_property().map_or(1, ExecutionProperty::max_concurrent_runs)),
        ),
        ("connections".to_owned(), json!(job.connections().map(ConnectionsList::connections).unwrap_or_default())),
        ("security_configuration".to_owned(), json!(security)),
        ("arguments".to_owned(), fields::object(&arguments)),
    ])
}

/// Glue gives a role back as a name, a path and name, or an ARN: one that is the wanted role is shown as it is wanted.
pub(super) fn name_role_as(live: &mut Fields, want: &Fields) {
    let (Some(found), Some(wanted)) = (fields::text(live, "role"), fields::text(want, "role")) else { return };
    let is_name = !found.starts_with("arn:");
    let path = wanted.split_once(":role/").map_or(wanted, |(_, path)| path);
    let found = found.trim_start_matches('/');
    if is_name && (path == found || (!found.contains('/') && path.rsplit('/').next() == Some(found))) {
        live.insert("role".to_owned(), json!(wanted));
    }
}

/// The input for a new job.
pub(super) fn new(name: &str, want: &Fields) -> Result<CreateJobInputBuilder> {
    let command = JobCommand::builder().name(SPARK).python_version("3");
    Ok(aws_sdk_glue::operation::create_job::CreateJobInput::builder()
        .name(name)
        .set_description(text(want, "description"))
        .set_role(text(want, "role"))
        .command(command.set_script_location(text(want, "script_location")).build())
        .set_glue_version(text(want, "glue_version"))
        .set_worker_type(fields::text(want, "worker_type").map(WorkerType::from))
        .set_number_of_workers(fields::int(want, "workers"))
        .set_timeout(fields::int(want, "timeout_minutes"))
        .set_max_retries(fields::int(want, "max_retries"))
        .execution_property(concurrency(want))
        .set_connections(connections(want))
        .set_security_configuration(text(want, "security_configuration"))
        .set_default_arguments(Some(fields::hash(fields::map(want, "arguments"))))
        .set_tags(Some(fields::hash(fields::map(want, "tags")))))
}

/// The update that changes `names` of a live job and keeps everything else.
pub(super) fn changed(live: &Job, want: &Fields, names: &[String]) -> Result<JobUpdate> {
    let touched = |name: &str| fields::touches(names, name);
    let mut update = echo(live);
    if touched("description") {
        update.description = Some(text(want, "description").unwrap_or_default());
    }
    if touched("role") {
        update.role = text(want, "role");
    }
    if touched("script_location") {
        let command = update.command.take();
        let mut command = command.unwrap_or_else(|| JobCommand::builder().name(SPARK).python_version("3").build());
        command.script_location = text(want, "script_location");
        update.command = Some(command);
    }
    if touched("glue_version") {
        update.glue_version = text(want, "glue_version");
    }
    // The two are one statement to Glue; a capacity in its older form gives way to them.
    if touched("worker_type") || touched("workers") || update.worker_type.is_some() {
        update.max_capacity = None;
    }
    if touched("worker_type") || touched("workers") {
        update.worker_type = fields::text(want, "worker_type").map(WorkerType::from);
        update.number_of_workers = fields::int(want, "workers");
    }
    if touched("timeout_minutes") {
        update.timeout = fields::int(want, "timeout_minutes");
    }
    if touched("max_retries") {
        update.max_retries = fields::int(want, "max_retries").unwrap_or_default();
    }
    if touched("max_concurrent_runs") {
        update.execution_property = Some(concurrency(want));
    }
    // What is left out of the whole definition is taken away.
    if touched("connections") {
        update.connections = connections(want);
    }
    if touched("security_configuration") {
        update.security_configuration = text(want, "security_configuration");
    }
    if touched("arguments") {
        update.default_arguments = Some(fields::hash(fields::merged(&fields_of(live), want, "arguments")));
    }
    Ok(update)
}

/// Everything that GetJob returns and JobUpdate takes, but for the deprecated AllocatedCapacity.
fn echo(live: &Job) -> JobUpdate {
    JobUpdate::builder()
        .set_job_mode(live.job_mode.clone())
        .set_job_run_queuing_enabled(live.job_run_queuing_enabled)
        .set_description(live.description.clone())
        .set_log_uri(live.log_uri.clone())
        .set_role(live.role.clone())
        .set_execution_property(live.execution_property.clone())
        .set_command(live.command.clone())
        .set_default_arguments(live.default_arguments.clone())
        .set_non_overridable_arguments(live.non_overridable_arguments.clone())
        .set_connections(live.connections.clone())
        .max_retries(live.max_retries)
        .set_timeout(live.timeout)
        .set_max_capacity(live.max_capacity)
        .set_worker_type(live.worker_type.clone())
        .set_number_of_workers(live.number_of_workers)
        .set_security_configuration(live.security_configuration.clone())
        .set_notification_property(live.notification_property.clone())
        .set_glue_version(live.glue_version.clone())
        .set_code_gen_configuration_nodes(live.code_gen_configuration_nodes.clone())
        .set_execution_class(live.execution_class.clone())
        .set_source_control_details(live.source_control_details.clone())
        .set_maintenance_window(live.maintenance_window.clone())
        .build()
}

fn concurrency(want: &Fields) -> ExecutionProperty {
    let runs = fields::int(want, "max_concurrent_runs").unwrap_or(1);
    ExecutionProperty::builder().max_concurrent_runs(runs).build()
}

/// The connections by name; `None` for none.
fn connections(want: &Fields) -> Option<ConnectionsList> {
    let names: Vec<String> =
        fields::items(want, "connections").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    (!names.is_empty()).then(|| ConnectionsList::builder().set_connections(Some(names)).build())
}

fn text(want: &Fields, name: &str) -> Option<String> {
    fields::text(want, name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::listed;
    use crate::services::testing::wanted;

    fn want() -> Fields {
        wanted("glue_job.spotify-dev").fields
    }

    /// As GetJob answers: both forms of capacity.
    fn live() -> Job {
        let input = new("spotify-dev", &want()).unwrap().build().unwrap();
        Job::builder()
            .name("spotify-dev")
            .set_description(input.description)
            .set_role(input.role)
            .set_command(input.command)
            .set_glue_version(input.glue_version)
            .set_worker_type(input.worker_type)
            .set_number_of_workers(input.number_of_workers)
            .set_timeout(input.timeout)
            .max_retries(input.max_retries.unwrap_or_default())
            .set_execution_property(input.execution_property)
            .set_default_arguments(input.default_arguments)
            .max_capacity(2.0)
            .log_uri("s3://logs/")
            .non_overridable_arguments("--keep", "me")
            .build()
    }

    #[test]
    fn a_new_job_reads_as_wanted() {
        let mut want = want();
        want.remove("tags");
        assert_eq!(fields_of(&live()), want);
    }

    #[test]
    fn an_update_writes_everything_back_but_the_second_capacity() {
        let mut live = live();
        live.default_arguments.as_mut().unwrap().insert("--theirs".into(), "1".into());
        live.security_configuration = Some("sec".into());
        live.number_of_workers = Some(10);
        live.timeout = Some(480);
        let update = changed(&live, &want(), &["workers".into()]).unwrap();
        assert_eq!((update.number_of_workers(), update.worker_type()), (Some(2), Some(&WorkerType::G1X)));
        assert_eq!(update.max_capacity(), None);
        assert_eq!(update.timeout(), Some(480), "not among the changed fields");
        assert_eq!(update.log_uri(), Some("s3://logs/"));
        assert_eq!(update.security_configuration(), Some("sec"));
        assert_eq!(update.non_overridable_arguments().unwrap()["--keep"], "me");
        assert_eq!(update.default_arguments().unwrap()["--theirs"], "1");
        assert_eq!(update.command().unwrap().python_version(), Some("3"));
    }

    #[test]
    fn connections_and_security_come_and_go() {
        let mut with = want();
        with.insert("connections".into(), json!(["vpc", "db"]));
        with.insert("security_configuration".into(), json!("sealed"));
        let names = ["connections".to_owned(), "security_configuration".to_owned()];
        let update = changed(&live(), &with, &names).unwrap();
        assert_eq!(update.connections().unwrap().connections(), ["vpc", "db"]);
        assert_eq!(update.security_configuration(), Some("sealed"));
        let mut set = live();
        (set.connections, set.security_configuration) = (update.connections, update.security_configuration);
        assert_eq!(fields_of(&set)["connections"], json!(["vpc", "db"]));
        let update = changed(&set, &want(), &names).unwrap();
        assert_eq!((update.connections(), update.security_configuration()), (None, None));
    }

    #[test]
    fn an_argument_that_left_the_manifest_goes() {
        let mut live = live();
        let list = listed::list(["--conf", "--old"]).unwrap();
        for (key, value) in [("--old", "1"), ("--theirs", "2"), (listed::ARGUMENTS, &list)] {
            live.default_arguments.as_mut().unwrap().insert(key.into(), value.into());
        }
        let update = changed(&live, &want(), &["arguments".into()]).unwrap();
        let arguments = update.default_arguments().unwrap();
        assert!(!arguments.contains_key("--old") && arguments.contains_key("--theirs"), "{arguments:?}");
        assert_eq!(arguments["--conf"], "spark.x=1");
    }

    #[test]
    fn every_field_alone_reaches_its_place() {
        for name in want().keys().filter(|name| *name != "tags") {
            let bare = Job::builder().name("spotify-dev").build();
            let update = changed(&bare, &want(), std::slice::from_ref(name)).unwrap();
            let stored = Job::builder()
                .set_description(update.description)
                .set_role(update.role)
                .set_command(update.command)
                .set_glue_version(update.glue_version)
                .set_worker_type(update.worker_type)
                .set_number_of_workers(update.number_of_workers)
                .set_timeout(update.timeout)
                .max_retries(update.max_retries)
                .set_execution_property(update.execution_property)
                .set_default_arguments(update.default_arguments)
                .set_connections(update.connections)
                .set_security_configuration(update.security_configuration)
                .build();
            assert_eq!(fields_of(&stored)[name], want()[name], "{name}");
        }
    }

    #[test]
    fn a_role_is_known_in_every_form() {
        let want = Fields::from([("role".to_owned(), json!("arn:aws:iam::1:role/pipectl/spotify/r"))]);
        for (found, same) in [
            ("arn:aws:iam::1:role/pipectl/spotify/r", true),
            ("pipectl/spotify/r", true),
            ("/pipectl/spotify/r", true),
            ("r", true),
            ("other/r", false),
            ("s", false),
            ("arn:aws:iam::1:role/r", false),
        ] {
            let mut live = Fields::from([("role".to_owned(), json!(found))]);
            name_role_as(&mut live, &want);
            assert_eq!(live == want, same, "{found}");
        }
    }
}
