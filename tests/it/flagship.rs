//! The flagship from nothing to nothing, through the binary: up, an empty plan, drift and repair, destroy.

use serde_json::{Value, json};

use crate::support::project::Project;

const BASE: &str = "spotify-dev";
const BUCKET: &str = "123456789012-spotify-dev";

/// What a plan would change, as `(address, action, [paths])`.
fn changes(plan: &Value) -> Vec<(String, String, Vec<String>)> {
    let text = |v: &Value| v.as_str().expect("text").to_owned();
    let changes = plan["changes"].as_array().expect("changes").iter().filter(|c| c["action"] != "none");
    changes
        .map(|c| {
            let paths = c["fields"].as_array().expect("fields").iter().map(|f| text(&f["path"])).collect();
            (text(&c["address"]), text(&c["action"]), paths)
        })
        .collect()
}

#[test]
fn one_command_runs_everything_and_a_second_plan_is_empty() {
    let project = Project::flagship();
    let up = project.run(&["--local", "up", "--output", "json"]).ok();
    let result = up.json();
    assert_eq!(result["status"], "succeeded", "{}", up.stderr());
    let stages: Vec<_> = result["stages"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(stages, ["upload", "job", "crawl", "queries", "refresh"]);
    assert_eq!(result["tables"]["hits"]["rows"], 5000);
    // Bare years are no dates: counted, not guessed.
    assert!(result["tables"]["hits"]["cast_losses"]["release_date"].as_u64().unwrap() > 0);
    // A track on several albums stays once, and the run says how many rows that were.
    let duplicates = &result["tables"]["hits"]["duplicates"];
    let count = |name: &str| duplicates[0][name].as_u64().expect("a count");
    assert!(count("dropped") > 0 && count("of") - count("dropped") == 5000, "{duplicates}");
    let warned: Vec<_> = result["checks"].as_array().unwrap().iter().filter(|c| c["status"] != "passed").collect();
    assert!(warned.iter().all(|c| c["check"] == "not_null(artist_name)" && c["status"] == "warned"), "{warned:?}");
    let queries = result["queries"].as_object().unwrap();
    assert!(queries.len() >= 6);
    for (name, query) in queries {
        assert!(query["rows"].as_u64().unwrap() > 0, "{name} has no rows");
        assert!(query["bytes_scanned"].as_u64().unwrap() > 0, "{name} scanned nothing");
    }

    let page = project.path(result["dashboards"]["overview"].as_str().expect("a path"));
    let html = std::fs::read_to_string(page).expect("the page");
    assert!(html.contains("What makes a track popular") && html.contains(result["run_id"].as_str().expect("an id")));

    let again = project.run(&["--local", "plan", "--detailed-exitcode", "--output", "json"]);
    assert_eq!((again.code(), changes(&again.json())), (0, vec![]), "{}", again.stderr());

    let rows = project.run(&["--local", "query", "--sql", "SELECT count(*) AS n FROM hits", "--output", "json"]).ok();
    assert_eq!(rows.json(), json!([{ "n": 5000 }]));

    // A second run uploads nothing and writes the same rows.
    let second = project.run(&["--local", "run", "--output", "json"]).ok();
    assert_eq!(second.json()["tables"]["hits"]["rows"], 5000);
    assert!(second.stderr().contains("0 sent, 4 unchanged"), "{}", second.stderr());
}

#[test]
fn what_was_changed_behind_its_back_is_shown_repaired_and_nothing_else() {
    let project = Project::flagship();
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    let cloud = project.serve();
    let expected = [
        ("workers", "glue_job.spotify-dev", "update", vec!["workers"]),
        ("schedule", "glue_crawler.spotify-dev", "update", vec!["schedule"]),
        ("tag", "s3_bucket.123456789012-spotify-dev", "update", vec!["tags.team"]),
        ("query", "athena_named_query.top_artists", "create", vec![]),
        ("script", "s3_object.script", "update", vec!["content"]),
    ];
    for (what, address, action, paths) in expected {
        cloud.python("meddle.py", &[BASE, BUCKET, what]);
        let plan = cloud.run(&project, &["plan", "--detailed-exitcode", "--output", "json"]);
        assert_eq!(plan.code(), 2, "{what}: {}{}", plan.stdout(), plan.stderr());
        let found = changes(&plan.json());
        assert_eq!(found.len(), 1, "{what}: {found:?}");
        assert_eq!((found[0].0.as_str(), found[0].1.as_str()), (address, action), "{what}");
        if action == "update" {
            assert_eq!(found[0].2, paths, "{what}");
        }
        cloud.run(&project, &["apply", "--auto-approve"]).ok();
        let after = cloud.run(&project, &["plan", "--detailed-exitcode", "--output", "json"]);
        assert_eq!((after.code(), changes(&after.json())), (0, vec![]), "{what}");
    }
    let tags = cloud.python("tags.py", &[BUCKET]);
    assert_eq!((&tags["cost-centre"], &tags["team"]), (&json!("42"), &json!("analytics")));
}

#[test]
fn destroy_keeps_data_unless_asked_and_then_leaves_nothing() {
    let project = Project::flagship();
    project.run(&["--local", "up"]).ok();
    let refused = project.run(&["--local", "destroy", "--auto-approve"]);
    assert_eq!(refused.code(), 64, "several environments want --env: {}", refused.stderr());

    project.run(&["--local", "destroy", "--env", "dev", "--auto-approve"]).ok();
    let cloud = project.serve();
    let kept = cloud.python("inventory.py", &[]);
    assert_eq!(kept["buckets"], json!([BUCKET]), "{kept}");
    assert_eq!(kept["jobs"], json!([]), "{kept}");
    drop(cloud);

    project.run(&["--local", "up"]).ok();
    project.run(&["--local", "destroy", "--env", "dev", "--delete-data", "--auto-approve"]).ok();
    let cloud = project.serve();
    let left = cloud.python("inventory.py", &[]);
    for (kind, names) in left.as_object().unwrap() {
        assert_eq!(names, &json!([]), "{kind} are left");
    }
}

#[test]
fn inferred_mode_lets_the_crawler_make_the_tables() {
    let project = Project::flagship();
    project.edit("pipeline.yaml", "tables: declared", "tables: inferred");
    // Its dashboards compute with the year, too.
    project.cut("quicksight");
    project.edit("sql/genres_by_year.sql", "WHERE release_year >= 2000", "WHERE CAST(release_year AS integer) >= 2000");
    // Glue's crawler makes partition keys strings, so whoever computes with them has to cast.
    project.edit(
        "sql/popularity_by_year.sql",
        "WHERE release_year >= 2000",
        "WHERE CAST(release_year AS integer) >= 2000",
    );
    for _ in 0..2 {
        project.edit("sql/explicit_by_decade.sql", "release_year / 10", "CAST(release_year AS integer) / 10");
    }
    let result = project.run(&["--local", "up", "--output", "json"]).ok().json();
    assert_eq!(result["status"], "succeeded");
    let again = project.run(&["--local", "plan", "--detailed-exitcode", "--output", "json"]);
    assert_eq!((again.code(), changes(&again.json())), (0, vec![]));
    let rows = project.run(&[
        "--local",
        "query",
        "--sql",
        "SELECT count(*) AS n FROM hits WHERE release_year = '1999'",
        "--output",
        "json",
    ]);
    assert!(rows.ok().json()[0]["n"].as_u64().unwrap() > 0);
    project.run(&["--local", "destroy", "--env", "dev", "--delete-data", "--auto-approve"]).ok();
    let left = project.serve().python("inventory.py", &[]);
    assert_eq!((&left["tables"], &left["databases"]), (&json!([]), &json!([])), "{left}");
}

#[test]
fn a_saved_plan_is_refused_once_live_aws_has_moved() {
    let project = Project::flagship();
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    project.edit("pipeline.yaml", "workers: 2", "workers: 4");
    project.run(&["--local", "plan", "--out", "saved.plan"]).ok();
    let cloud = project.serve();
    cloud.python("meddle.py", &[BASE, BUCKET, "workers"]);
    let stale = cloud.run(&project, &["apply", "saved.plan"]);
    assert_eq!(stale.code(), 1, "{}", stale.stderr());
    assert!(stale.stderr().contains("stale-plan") && stale.stderr().contains("workers"), "{}", stale.stderr());
    cloud.run(&project, &["plan", "--out", "saved.plan"]).ok();
    cloud.run(&project, &["apply", "saved.plan"]).ok();
    let after = cloud.run(&project, &["plan", "--detailed-exitcode"]);
    assert_eq!(after.code(), 0, "{}", after.stdout());
}
