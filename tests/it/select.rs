//! Runs of some tables alone.

use serde_json::{Value, json};

use crate::support::project::{Project, Served};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// The keys below `prefix` in the flagship's bucket.
fn objects(cloud: &Served, prefix: &str) -> Vec<String> {
    let found = cloud.python("objects.py", &["123456789012-spotify-dev", prefix]);
    serde_json::from_value(found).expect("keys")
}

#[test]
fn only_what_is_selected_is_sent_written_and_asked_for() {
    let project = Project::flagship();
    project.edit("pipeline.yaml", "\ntables:\n", "\ntables:\n  sounds: { steps: [{ source: features }] }\n");
    let cloud = project.serve();
    let run = |arguments: &[&str]| cloud.run(&project, arguments);
    run(&["apply", "--auto-approve"]).ok();

    let first = run(&["run", "--select", "sounds", "--output", "json"]).ok().json();
    assert_eq!((&first["selected"], keys(&first["tables"])), (&json!(["sounds"]), vec!["sounds"]));
    let sent = objects(&cloud, "staging/");
    assert!(sent.iter().all(|key| key.ends_with('/') || key.starts_with("staging/features/")), "{sent:?}");
    assert!(!keys(&first["queries"]).contains(&"top_artists"), "it reads hits: {first}");
    assert_eq!(first["checks"], json!([]));

    // A table that is not selected stays as it is, to the file.
    let answers = project.path("answers");
    let whole = run(&["run", "--results", answers.to_str().expect("UTF-8"), "--output", "json"]).ok().json();
    for query in keys(&whole["queries"]) {
        let asked = run(&["query", query, "--format", "csv"]).ok().stdout().replace('"', "");
        let file = std::fs::read_to_string(answers.join(format!("{query}.csv"))).expect("an answer");
        assert_eq!(file.replace('"', ""), asked, "{query}");
    }
    assert_eq!((whole.get("selected"), keys(&whole["tables"])), (None, vec!["sounds", "hits", "artists"]));
    let before = objects(&cloud, "warehouse/hits/");
    let left = run(&["run", "--select", "sounds+", "--detach", "--output", "json"]).ok().json();
    assert_eq!(left["selected"], json!(["sounds"]));
    let done = run(&["run", "--attach", "--output", "json"]).ok().json();
    assert_eq!((&done["run_id"], keys(&done["tables"])), (&left["run_id"], vec!["sounds"]));
    assert_eq!(done["tables"]["sounds"]["rows"], whole["tables"]["sounds"]["rows"]);
    assert_eq!(objects(&cloud, "warehouse/hits/"), before);

    // What a table is made of comes along.
    let made = run(&["run", "--select", "artists", "--only", "job", "--output", "json"]).ok().json();
    assert_eq!(made["selected"], json!(["hits", "artists"]));

    let unknown = run(&["run", "--select", "artist"]);
    assert_eq!(unknown.code(), 64);
    assert!(unknown.stderr().contains("the manifest has no table `artist`"), "{}", unknown.stderr());
    assert!(unknown.stderr().contains("did you mean `artists`?"), "{}", unknown.stderr());
}
