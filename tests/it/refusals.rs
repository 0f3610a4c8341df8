//! Bad input: each error names place and remedy, and nothing has happened.

use crate::support::project::Project;

/// Edits the flagship, validates and runs `up`: both refuse with the code at the place, and no state is made.
fn refused(edits: &[(&str, &str, &str)], code: &str, place: &str, told: &[&str]) {
    let project = Project::flagship();
    for (file, from, to) in edits {
        project.edit(file, from, to);
    }
    for arguments in [&["validate"][..], &["--local", "up"]] {
        let ran = project.run(arguments);
        let text = ran.stderr();
        assert_eq!(ran.code(), 1, "{arguments:?}: {}{text}", ran.stdout());
        assert!(text.contains(&format!("error[{code}]")), "{code}: {text}");
        assert!(text.contains(place), "{place}: {text}");
        for told in told {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert_eq!(ran.stdout(), "", "an error is no result");
    }
    assert!(!project.path(".pipectl").exists(), "something was made");
}

const MANIFEST: &str = "pipeline.yaml";

#[test]
fn an_unknown_key() {
    refused(
        &[(MANIFEST, "  workers: 2", "  wokers: 2")],
        "unknown-key",
        "pipeline.yaml:",
        &["`wokers`", "did you mean `workers`"],
    );
}

#[test]
fn a_wrong_type() {
    refused(&[(MANIFEST, "  workers: 2", "  workers: many")], "wrong-type", "pipeline.yaml:", &["workers: many"]);
}

#[test]
fn a_missing_file() {
    refused(
        &[(MANIFEST, "sql/genres.sql", "sql/genre.sql")],
        "missing-file",
        "pipeline.yaml:",
        &["genre.sql", "genres.sql"],
    );
    refused(
        &[(MANIFEST, "data/spotify_tracks_data_2023.csv", "data/nothing.csv")],
        "missing-file",
        "pipeline.yaml:",
        &["nothing.csv"],
    );
}

#[test]
fn a_join_on_a_column_that_is_not_there() {
    let edit = (MANIFEST, "on: { artist_id: id }, prefix", "on: { artist_idd: id }, prefix");
    refused(&[edit], "unknown-column", "pipeline.yaml:", &["`artist_idd`", "did you mean `artist_id`"]);
}

#[test]
fn an_unknown_function() {
    refused(
        &[(MANIFEST, "year(release_date)", "yaer(release_date)")],
        "unknown-function",
        "pipeline.yaml:",
        &["`yaer`", "year"],
    );
}

#[test]
fn a_duplicate_column_after_a_join() {
    let edits = [(MANIFEST, "      tempo: {", "      duration_ms: bigint\n      tempo: {")];
    refused(&edits, "duplicate-column", "pipeline.yaml:", &["`duration_ms`", "drop", "prefix"]);
}

#[test]
fn a_query_over_a_dropped_column() {
    refused(
        &[(
            MANIFEST,
            "drop_fields: [\"artist_[0-9]*\", artists]",
            "drop_fields: [\"artist_[0-9]*\", artists, album_name]",
        )],
        "unknown-column",
        "sql/top_albums.sql:",
        &["`album_name`", "drop_fields"],
    );
}

#[test]
fn a_name_that_aws_would_refuse() {
    refused(&[(MANIFEST, "name: spotify", "name: Spotify_2023")], "invalid-name", "pipeline.yaml:5", &["Spotify_2023"]);
    refused(
        &[(MANIFEST, "database: \"spotify_${env}\"", "database: \"spotify-${env}!\"")],
        "invalid-name",
        "pipeline.yaml:",
        &["spotify-dev!"],
    );
}

/// Data that breaks a promise: the run fails, names the cause, and the table keeps what it had.
fn run_fails(edits: &[(&str, &str, &str)], told: &[&str]) {
    let project = Project::flagship();
    project.run(&["--local", "up"]).ok();
    for (file, from, to) in edits {
        project.edit(file, from, to);
    }
    let ran = project.run(&["--local", "up", "--auto-approve"]);
    let text = ran.stderr();
    assert_eq!(ran.code(), 1, "{text}");
    for told in told {
        assert!(text.contains(told), "{told}: {text}");
    }
    let rows = project.run(&["--local", "query", "--sql", "SELECT count(*) AS n FROM hits", "--output", "json"]).ok();
    assert_eq!(rows.json(), serde_json::json!([{ "n": 5000 }]), "the old table stays");
}

#[test]
fn a_cast_that_loses_too_much() {
    run_fails(
        &[(MANIFEST, "max_cast_loss: 0.05", "max_cast_loss: 0.01")],
        &["release_date", "max_cast_loss 0.01", "5,0"],
    );
}

#[test]
fn a_row_with_too_few_fields() {
    let edit = ("data/spotify_tracks_data_2023.csv", "hBEakyq5IjGI1oDyblCA41,33,false", "hBEakyq5IjGI1oDyblCA41,33");
    run_fails(&[edit], &["spotify_tracks_data_2023.csv", "line 2"]);
}

#[test]
fn a_script_that_is_none() {
    let script = |name: &str| format!("job:\n  script: {name}\n");
    for (name, code, told) in
        [("data/mine.txt", "invalid-value", "ending in `.py`"), ("glue-scripts/mine.py", "missing-file", "mine.py")]
    {
        refused(&[("pipeline.yaml", "job:\n", &script(name))], code, "pipeline.yaml", &[told]);
    }
}

/// Without AWS a plan shows what the manifest asks for.
#[test]
fn a_plan_without_aws() {
    let project = Project::flagship();
    let plan = project.run(&["plan", "--offline", "--output", "json"]).ok().json();
    let changes = plan["changes"].as_array().expect("changes");
    assert!(changes.len() > 20 && changes.iter().all(|change| change["action"] == "create"), "{plan}");
    assert_eq!(plan["account"], "123456789012");
    assert_eq!(project.run(&["plan", "--offline", "--out", "x.plan"]).code(), 64);
    assert!(!project.path(".pipectl").exists(), "something was made");
}

/// Where a column goes, offline; a name that nobody knows gets the nearest that there is.
#[test]
fn columns_are_followed_without_aws() {
    let project = Project::flagship();
    let told = project.run(&["lineage", "albums.release_date", "--output", "json"]).ok().json();
    let users = told[0]["used_by"].as_array().expect("a list");
    let kinds = |kind: &str| users.iter().filter(|user| user["kind"] == kind).count();
    assert!(["table", "query", "dataset", "visual"].iter().all(|kind| kinds(kind) > 0), "{told}");
    let ran = project.run(&["lineage", "hits.release_yaer"]);
    assert_eq!(ran.code(), 64);
    assert!(ran.stderr().contains("did you mean `hits.release_year`"), "{}", ran.stderr());
}

/// What would be silently ignored, or cannot be known, is wrong usage.
#[test]
fn options_that_do_not_fit() {
    let project = Project::flagship();
    for (arguments, code, told) in [
        (&["--fault", "throttle=0.3", "plan"][..], "fault-without-local", "add --local"),
        (&["destroy", "--name", "spotify"], "region-required", "--region"),
        (&["--local", "--fault", "page-size=x", "plan"], "bad-fault", "a whole number"),
    ] {
        let ran = project.run(arguments);
        let text = ran.stderr();
        assert_eq!(ran.code(), 64, "{arguments:?}: {text}");
        assert!(text.contains(told), "{arguments:?}: {text}");
        // What the parser of the command line refuses carries no code of ours.
        assert!(code == "bad-fault" || text.contains(&format!("error[{code}]")), "{code}: {text}");
    }
    assert!(!project.path(".pipectl").exists(), "something was made");
}

/// Warnings are told and counted, and fail only who asks for that.
#[test]
fn warnings_are_strict_when_asked() {
    let project = Project::flagship();
    project.edit(MANIFEST, "  # principals:", "  principals:");
    let clean = project.run(&["validate", "--strict"]).ok();
    assert_eq!(clean.stderr(), "");
    project.edit("sql/top_artists.sql", "count(*) AS tracks", "count(*) / count(artist_id) AS tracks");
    let ran = project.run(&["validate", "--output", "json"]).ok();
    assert_eq!(ran.json()["warnings"][0]["code"], "division-by-zero");
    let strict = project.run(&["validate", "--strict"]);
    assert_eq!(strict.code(), 1);
    assert!(strict.stderr().contains("warning[division-by-zero]"), "{}", strict.stderr());
    assert!(strict.stdout().contains("1 warning"), "{}", strict.stdout());
}

#[test]
fn a_memory_limit_is_for_this_machine() {
    let project = Project::flagship();
    let ran = project.run(&["run", "--memory-limit", "1GB"]);
    assert_eq!(ran.code(), 64);
    assert!(ran.stderr().contains("error[memory-limit-without-local]"), "{}", ran.stderr());
    for (size, why) in [("many", "write it as 1GB"), ("1MB", "a job needs 256 MB at least")] {
        let ran = project.run(&["--local", "up", "--memory-limit", size]);
        assert_eq!(ran.code(), 64, "{}", ran.stderr());
        assert!(ran.stderr().contains(why), "{}", ran.stderr());
    }
    assert!(!project.path(".pipectl").exists(), "something was made");
}
