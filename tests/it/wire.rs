//! Everything that goes over the wire: the requests are such as AWS's models take, and `pipectl policy` allows exactly what
//! they need.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::convergence::{Bench, exercise, flagship};
use crate::support::project::Project;
use crate::support::python;

/// Somebody to show dashboards to, so that the calls about people are made.
const PEOPLE: (&str, &str) = (
    "  # principals: { owners: [user/default/you@example.com], viewers: [group/default/analysts] }",
    "  principals: { owners: [user/default/you@example.com, group/default/leads], viewers: [group/default/analysts] }",
);

/// The logs of every verb on the flagship, and of every change of every field of every kind.
fn logs(project: &Project) -> [PathBuf; 2] {
    project.edit("pipeline.yaml", PEOPLE.0, PEOPLE.1);
    project.edit("pipeline.yaml", "region: us-east-1\n", "region: us-east-1\nschedule: \"cron(0 3 * * ? *)\"\n");
    project.edit("pipeline.yaml", "sources:\n", "iam: { operator: { user: runner } }\nsources:\n");
    let (verbs, fields) = (project.path("verbs.jsonl"), project.path("fields.jsonl"));
    let run = |arguments: &[&str]| {
        let mut all = vec!["--local", "--request-log", verbs.to_str().expect("UTF-8")];
        all.extend(arguments);
        project.run(&all).ok();
    };
    for arguments in [
        &["up"][..],
        &["plan"],
        &["status"],
        &["runs"],
        &["cost"],
        &["logs"],
        &["query", "top_artists"],
        &["dashboard"],
        &["unlock"],
        &["destroy", "--env", "dev", "--delete-data", "--auto-approve"],
    ] {
        run(arguments);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async {
        exercise(&Bench::logging(fields.clone()).await).await;
    });
    [verbs, fields]
}

fn judge(script: &str, arguments: &[&Path]) -> Value {
    serde_json::from_str(&python::run(script, arguments)).expect("JSON")
}

#[test]
fn requests_are_such_as_aws_takes_and_the_policy_allows_exactly_them() {
    let project = Project::flagship();
    let logs = logs(&project);
    let [verbs, fields] = logs.each_ref().map(PathBuf::as_path);
    let judged = judge("wire.py", &[verbs, fields]);
    assert_eq!(judged["faults"], json!([]), "{judged:#}");
    let operations = judged["operations"].as_array().expect("a list").len();
    assert!(operations > 80, "{operations} operations were judged");

    // The judge sees what is wrong.
    let planted = project.path("planted.jsonl");
    let wrong = [
        json!({"service": "glue", "operation": "GetJob", "input": {}}),
        json!({"service": "athena", "operation": "GetWorkGroup", "input": {"WorkGroup": "a b"}}),
        json!({"service": "iam", "operation": "GetRole", "input": {"RoleName": "x", "Path": "/"}}),
    ];
    std::fs::write(&planted, wrong.iter().map(|line| format!("{line}\n")).collect::<String>()).expect("a file");
    assert_eq!(judge("wire.py", &[&planted])["faults"].as_array().expect("a list").len(), 4);

    // Answers are such as boto3 reads, for every operation that was called.
    let replayed = Project::flagship();
    let answers =
        replayed.serve().python("replay.py", &[fields.to_str().expect("UTF-8"), verbs.to_str().expect("UTF-8")]);
    assert_eq!(answers["faults"], json!([]), "{answers:#}");
    let answered = answers["answered"].as_array().expect("a list").len();
    // What is asked for by an id that a server made is not there under that id.
    assert!(answered + 12 > operations, "{operations} operations, {answered} answered: {answers:#}");

    // And such as the AWS CLI reads.
    let replayed = Project::flagship();
    let answers =
        replayed.serve().python("replay_cli.py", &[verbs.to_str().expect("UTF-8"), fields.to_str().expect("UTF-8")]);
    assert_eq!(answers["faults"], json!([]), "{answers:#}");
    let answered = answers["answered"].as_array().expect("a list").len();
    assert!(answered + 12 > operations, "{operations} operations, {answered} answered: {answers:#}");

    let policy = project.path("policy.json");
    std::fs::write(&policy, project.run(&["--local", "policy"]).ok().stdout()).expect("a file");
    let judged = judge("policy.py", &[&policy, verbs, fields]);
    assert_eq!(judged, json!({"missing": [], "unused": [], "faults": []}), "{judged:#}");
}

/// The policies that pipectl writes for the job and the operator name actions, and resources of theirs, that IAM knows.
#[test]
fn the_policies_of_role_and_operator_are_such_as_iam_knows() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let bench = runtime.block_on(Bench::start());
    let mut seen = 0;
    for want in bench.desired(&flagship()) {
        let Some(policy) = want.fields.get("inline_policy").filter(|policy| policy.is_object()) else { continue };
        let file = folder.path().join(format!("{}.json", want.address));
        std::fs::write(&file, policy.to_string()).expect("a file");
        assert_eq!(judge("policy.py", &[&file])["faults"], json!([]), "{}: {policy:#}", want.address);
        seen += 1;
    }
    assert!(seen >= 2, "{seen} policies");
}
